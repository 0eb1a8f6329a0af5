"""What must not be imported before it is needed, each in a process of its own."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from sklstm import LSTMRegressor, PositiveOrderedRegressor

HEAVY = ("tensorflow", "keras", "scikeras", "matplotlib")


def imported_by(code):
    """Return which of the heavy packages a new process imports by running `code`."""
    report = f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


UNFITTED = """
import sklearn, sklstm
for estimator in (sklstm.PositiveOrderedRegressor(), sklstm.LSTMRegressor()):
    sklearn.clone(estimator).set_params(**estimator.get_params())
    repr(estimator), estimator._repr_html_(), sklearn.utils.get_tags(estimator)
    estimator.get_metadata_routing(), hasattr(estimator, "partial_fit")
"""

FITTED = """
from sklearn.linear_model import Ridge
from sklstm import PositiveOrderedRegressor, adjust_predictions
X, y = [[0.0], [1.0], [2.0]], [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
model = PositiveOrderedRegressor(Ridge()).fit(X, y)
model.score(X, y), model._repr_html_(), adjust_predictions(model.predict_raw(X))
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import sklstm", id="the package"),
        pytest.param(UNFITTED, id="estimators before fit"),
        pytest.param(FITTED, id="a regressor of scikit-learn"),
    ],
)
def test_no_heavy_package_is_imported_by(code):
    assert imported_by(code) == []


def test_the_check_of_imports_sees_an_import():
    assert imported_by("import sys; sys.modules['keras'] = sys") == ["keras"]


def test_submodules_are_imported_when_first_used():
    code = "import sys, sklstm; assert 'sklstm.metrics' not in sys.modules;"
    assert imported_by(f"{code} sklstm.metrics.d2_pinball_score") == []


def test_one_main_name_does_not_import_the_others():
    code = """
import sys, sklstm
sklstm.LSTMRegressor
assert not {"sklstm._wrapper", "sklstm._constraints"} & sys.modules.keys()
assert set(sklstm.__all__) <= set(dir(sklstm))
for name in sklstm.__all__:
    assert getattr(sklstm, name) is getattr(sklstm, name)
"""
    assert "tensorflow" not in imported_by(code)


SERVING = """
import pickle, sys
for name in ("tensorflow", "keras", "scikeras"):
    sys.modules[name] = None  # an import of it fails
with open(sys.argv[1], "rb") as file:
    models, X, y, expected = pickle.load(file)
for model, predictions in zip(models, expected, strict=True):
    assert model.predict(X).tobytes() == predictions.tobytes(), model
    assert model.predict(X[:1]).tobytes() == predictions[:1].tobytes(), model
    model.score(X, y), repr(model)
"""


@pytest.mark.parametrize("n_threads", ["1", "2"])
def test_fitted_networks_are_served_without_keras(trained, n_threads):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SERVING, trained],
        env=os.environ | {"OMP_NUM_THREADS": n_threads},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A file of fitted networks, alone and wrapped, with what they predict here."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5, 2))
    y = np.sort(rng.normal(size=(60, 2)), axis=1)
    network = LSTMRegressor((4, 3), bidirectional=True, epochs=1, random_state=0)
    wrapped = PositiveOrderedRegressor(network, lower=None, target_check="ignore")
    models = [network.fit(X, y), wrapped.fit(X, y)]
    path = tmp_path_factory.mktemp("served") / "models.pickle"
    path.write_bytes(pickle.dumps((models, X, y, [m.predict(X) for m in models])))
    return str(path)
