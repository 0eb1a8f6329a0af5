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


@pytest.mark.parametrize(
    "code",
    [
        "import sklstm",
        "import sklstm; repr(sklstm.PositiveOrderedRegressor())",
        "import sklstm; sklstm.PositiveOrderedRegressor()._repr_html_()",
        "import sklstm; sklstm.LSTMRegressor()._repr_html_()",
        "import sklstm, sklearn; sklearn.clone(sklstm.PositiveOrderedRegressor())",
        "import sklstm; sklstm.PositiveOrderedRegressor().get_params()",
        "import sklstm; sklstm.PositiveOrderedRegressor().__sklearn_tags__()",
        "import sklstm; sklstm.PositiveOrderedRegressor().get_metadata_routing()",
        "import sklstm; sklstm.adjust_predictions([[2.0, 1.0]])",
        """
from sklearn.linear_model import Ridge
from sklstm import PositiveOrderedRegressor
X, y = [[0.0], [1.0], [2.0]], [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
model = PositiveOrderedRegressor(Ridge()).fit(X, y)
model.predict(X), model.score(X, y), model._repr_html_()
""",
    ],
    ids=lambda code: code.strip().splitlines()[-1],
)
def test_no_heavy_package_is_imported_by(code):
    assert imported_by(code) == []


def test_the_check_of_imports_sees_an_import():
    assert imported_by("import matplotlib") == ["matplotlib"]


def test_submodules_are_imported_when_first_used():
    code = "import sys, sklstm; assert 'sklstm.metrics' not in sys.modules;"
    assert imported_by(f"{code} sklstm.metrics.d2_pinball_score") == []
