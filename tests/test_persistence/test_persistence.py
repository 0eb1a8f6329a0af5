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


# -- files of other releases, and damaged files ----------------------------------


def saved_as(estimator, monkeypatch, **written):
    """Return a pickle as if another release had written it."""
    for name, value in written.items():
        monkeypatch.setattr(f"sklstm._utils.persistence.{name}", value)
    saved = pickle.dumps(estimator)
    monkeypatch.undo()
    return saved


@pytest.fixture(params=["head", "ridge"])
def one_of_two(request, all_fitted):
    return all_fitted[request.param]


def test_a_file_of_a_later_release_warns(one_of_two, monkeypatch):
    saved = saved_as(one_of_two, monkeypatch, __version__="99.0.1")

    with pytest.warns(InconsistentVersionWarning, match=r"version 99\.0\.1 of sklstm"):
        pickle.loads(saved)


def test_a_file_of_an_earlier_release_does_not(one_of_two, data, monkeypatch):
    loaded = pickle.loads(saved_as(one_of_two, monkeypatch, __version__="0.0.1"))

    np.testing.assert_array_equal(loaded.predict(data[0]), one_of_two.predict(data[0]))


def test_a_later_format_is_refused(one_of_two, monkeypatch):
    saved = saved_as(one_of_two, monkeypatch, FORMAT=7, __version__="9.1.0")

    message = r"Regressor: the file has format 7, of sklstm 9\.1\.0, but .* up to 1"
    with pytest.raises(ValueError, match=message):
        pickle.loads(saved)


def test_a_format_that_is_no_number_is_refused(one_of_two, monkeypatch):
    saved = saved_as(one_of_two, monkeypatch, FORMAT="1")

    with pytest.raises(ValueError, match="Regressor: the file is damaged"):
        pickle.loads(saved)


def test_a_file_without_a_format_is_refused(one_of_two, monkeypatch):
    saved = saved_as(one_of_two, monkeypatch, _KEYS=("_a", "_b", "_c"))

    with pytest.raises(ValueError, match=r"Regressor: .*_sklstm_version, .* missing"):
        pickle.loads(saved)


@pytest.mark.parametrize("kind", ["pickle", "joblib", "cloudpickle"])
def test_a_changed_byte_in_the_weights_is_refused(all_fitted, kind, tmp_path):
    path = tmp_path / "file"
    save(all_fitted["default"], kind, path)
    weights = all_fitted["default"].regressor_.weights_[1].tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(weights) + 5] ^= 1
    path.write_bytes(content)

    load = joblib.load if kind == "joblib" else lambda path: pickle.loads(content)
    with pytest.raises(ValueError, match="LSTMRegressor: the file is damaged: it does"):
        load(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_bytes_may_change(data, kind, tmp_path):
    X, y = data
    lower = np.array([0.25, -np.inf], dtype=">f8")
    fitted = PositiveOrderedRegressor(Ridge(), lower=lower, target_check="ignore")
    save(fitted.fit(X, y), kind, tmp_path / "file")

    if kind == "skops":
        unknown = skops.io.get_untrusted_types(file=tmp_path / "file")
        loaded = skops.io.load(tmp_path / "file", trusted=unknown)
    else:
        loaded = joblib.load(tmp_path / "file")

    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


CHANGES = {
    "head": (b"positive_ordered", b"positive_orderee"),
    "bounds": (np.full(2, 0.375).tobytes(), np.array([0.375, np.nan]).tobytes()),
    "method": (b"\x0aprojection", b"\x0aprojectiom"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_byte_elsewhere_is_refused(all_fitted, data, what):
    fitted = all_fitted["head"]
    if what != "head":
        fitted = PositiveOrderedRegressor(
            Ridge(), lower=0.375, method="projection", target_check="ignore"
        ).fit(*data)
    before, after = CHANGES[what]
    saved = pickle.dumps(fitted)
    places = [k for k in range(len(saved)) if saved[k:].startswith(before)]
    assert places

    for place in places:
        content = saved[:place] + after + saved[place + len(before) :]
        with pytest.raises(ValueError, match=r"Regressor: the file is damaged"):
            pickle.loads(content)
