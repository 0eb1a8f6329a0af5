"""What must not be imported before it is needed, each in a process of its own."""

import subprocess
import sys

import pytest

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
