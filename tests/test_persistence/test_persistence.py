"""A fitted estimator, saved in this process, predicts the same bits in a fresh one."""

import copy
import pickle
import subprocess
import sys

import cloudpickle
import joblib
import numpy as np
import pytest
import skops.io
from recurrent.networks import tiny
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import PositiveOrderedRegressor

ESTIMATORS = {
    "head": tiny(head="positive_ordered"),
    "quantiles": PositiveOrderedRegressor(tiny(quantiles=(0.1, 0.5, 0.9))),
    "stacked": PositiveOrderedRegressor(
        make_pipeline(StandardScaler(), tiny(units=(4, 3), bidirectional=True))
    ),
    "default": PositiveOrderedRegressor(tiny(), order="x <= y"),
    "ridge": PositiveOrderedRegressor(Ridge(), lower={"y": 0.0}),
}

KINDS = ("pickle", "joblib", "cloudpickle", "skops")

# Loads every file of a folder, and saves what each predicts.
PREDICT = """
import pathlib, pickle, sys, warnings
import joblib, numpy as np, skops.io

warnings.simplefilter("error")
folder = pathlib.Path(sys.argv[1])
X = np.load(folder / "X.npy")
for path in folder.glob("*.saved"):
    if "skops" in path.name:
        unknown = skops.io.get_untrusted_types(file=path)
        foreign = [name for name in unknown if not name.startswith("sklstm.")]
        assert not foreign, foreign
        estimator = skops.io.load(path, trusted=unknown)
    elif "joblib" in path.name:
        estimator = joblib.load(path)
    else:
        estimator = pickle.loads(path.read_bytes())
    np.save(path.with_suffix(".npy"), estimator.predict(X))
"""


def save(estimator, kind, path):
    if kind == "skops":
        skops.io.dump(estimator, path)
    elif kind == "joblib":
        joblib.dump(estimator, path)
    else:
        dump = {"pickle": pickle.dump, "cloudpickle": cloudpickle.dump}[kind]
        with path.open("wb") as file:
            dump(estimator, file)


@pytest.fixture(scope="module")
def data():
    import pandas as pd

    X = np.random.default_rng(0).normal(size=(60, 5))
    y = np.abs(X[:, :2]).cumsum(axis=1)
    return X, pd.DataFrame(y, columns=["x", "y"])


@pytest.fixture(scope="module")
def all_fitted(data):
    X, y = data
    return {
        name: clone(estimator).fit(X, y["x"] if name == "quantiles" else y)
        for name, estimator in ESTIMATORS.items()
    }


@pytest.fixture(scope="module")
def answers_of_a_fresh_process(all_fitted, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    np.save(folder / "X.npy", data[0])
    for name, estimator in all_fitted.items():
        for kind in KINDS:
            save(estimator, kind, folder / f"{name}-{kind}.saved")
    subprocess.run([sys.executable, "-c", PREDICT, folder], check=True)
    return folder


@pytest.fixture(params=ESTIMATORS)
def fitted(request, all_fitted):
    return all_fitted[request.param]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_fresh_process_predicts_the_same_bits(
    answers_of_a_fresh_process, all_fitted, data, name, kind
):
    answer = np.load(answers_of_a_fresh_process / f"{name}-{kind}.npy")

    np.testing.assert_array_equal(answer, all_fitted[name].predict(data[0]))


def test_copies_predict_the_same_bits(fitted, data):
    X, _ = data
    expected = fitted.predict(X)

    for twin in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(twin.predict(X), expected)


def test_what_is_saved_is_about_the_weights(data):
    X, y = data
    regressor = tiny(units=64).fit(X, y)
    n_bytes = sum(weight.nbytes for weight in regressor.weights_)

    assert len(pickle.dumps(regressor)) < 1.1 * n_bytes + 3000


def test_training_goes_on_after_a_pickle_as_it_would_have_before(data):
    X, y = data
    regressor = tiny(warm_start=True).fit(X, y)
    loaded = pickle.loads(pickle.dumps(regressor))

    np.testing.assert_array_equal(
        loaded.fit(X, y).predict(X), regressor.fit(X, y).predict(X)
    )


@pytest.mark.parametrize(
    "estimator", [tiny(), PositiveOrderedRegressor(Ridge())], ids=["lstm", "wrapper"]
)
def test_another_version_of_sklstm_warns(estimator, data, monkeypatch):
    X, y = data
    estimator = copy.deepcopy(estimator).fit(X, y)
    monkeypatch.setattr("sklstm._utils.persistence.__version__", "0.0.1")
    saved = pickle.dumps(estimator)
    monkeypatch.undo()

    with pytest.warns(InconsistentVersionWarning, match=r"version 0\.0\.1 of sklstm"):
        pickle.loads(saved)
