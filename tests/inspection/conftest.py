"""Fixtures of the tests of the displays."""

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt


@pytest.fixture(autouse=True)
def close_figures():
    with mpl.rc_context({"backend": "agg"}):
        yield
    plt.close("all")
