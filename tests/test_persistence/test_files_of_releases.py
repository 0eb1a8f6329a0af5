"""Estimators that earlier releases saved are loaded, and predict what they predicted.

`write_files.py` writes the files of a release.
"""

import pickle
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.exceptions import InconsistentVersionWarning
from test_persistence.write_files import KINDS, rows_for

FILES = sorted(
    path
    for path in (Path(__file__).parent / "files").glob("*/*")
    if path.suffix[1:] in KINDS
)


def load(path):
    if path.suffix == ".pickle":
        return pickle.loads(path.read_bytes())
    if path.suffix == ".joblib":
        return joblib.load(path)
    unknown = skops.io.get_untrusted_types(file=path)
    assert [name for name in unknown if not name.startswith("sklstm.")] == []
    return skops.io.load(path, trusted=unknown)


@pytest.mark.parametrize(
    "path", FILES, ids=[f"{p.parent.name}-{p.name}" for p in FILES]
)
def test_a_file_is_loaded_and_predicts_as_when_it_was_saved(path):
    expected = np.load(path.parent / "expected.npz")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator = load(path)
    predicted = estimator.predict(rows_for(path.stem, expected["X"]))

    # Kinds of processors round the products differently.
    np.testing.assert_allclose(predicted, expected[path.stem], rtol=1e-5, atol=1e-6)
    repr(estimator)
    for warning in caught:  # scikit-learn's, about its own estimators
        assert warning.category is InconsistentVersionWarning, warning
        assert warning.message.estimator_name in (
            "Pipeline",
            "QuantileRegressor",
            "Ridge",
            "StandardScaler",
        )


def test_there_are_files_of_each_kind():
    releases = {path.parent for path in FILES}
    names = {path.stem for path in FILES}

    assert len(releases) >= 1
    assert len(names) >= 7
    assert len(FILES) == len(releases) * len(names) * len(KINDS)


def test_a_loaded_network_is_trained_further():
    path = next(path for path in FILES if path.name == "pipeline.pickle")
    X = np.load(path.parent / "expected.npz")["X"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        network = load(path)[-1].regressor_
    assert network.warm_start
    assert network.average_epochs == 0, "as it was trained before"

    network.fit(X, np.abs(X[:, :2]).cumsum(axis=1))

    assert network.n_epochs_ == 4
