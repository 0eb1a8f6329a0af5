"""Matplotlib is imported only when a figure is drawn."""

import subprocess
import sys

import pytest
from inspection.rows import ADJUSTED, RAW

from sklstm.inspection import ConstraintDisplay, LossCurveDisplay


@pytest.mark.parametrize(
    "display",
    [
        ConstraintDisplay(raw=RAW, adjusted=ADJUSTED),
        LossCurveDisplay(loss=[1.0, 2.0]),
    ],
)
def test_missing_matplotlib_raises_with_the_cure(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"plot needs .*pip install \"sklstm\[plot\]"):
        display.plot()


def test_importing_the_displays_does_not_import_matplotlib():
    code = "import sys, sklstm.inspection; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
