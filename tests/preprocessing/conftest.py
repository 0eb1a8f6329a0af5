"""Fixtures of the tests of preprocessing."""

import numpy as np
import pytest


@pytest.fixture
def sequences():
    rng = np.random.default_rng(0)
    return rng.normal(loc=[0, 100], scale=[1, 20], size=(30, 5, 2))


@pytest.fixture
def table():
    """Rows whose values encode their position: 10 * row + channel."""
    return 10.0 * np.arange(8)[:, np.newaxis] + np.arange(3)


@pytest.fixture
def lognormal(rng):
    X = rng.normal(size=(400, 2))
    return X, np.exp(X @ [0.5, -0.3] + 1 + 0.8 * rng.normal(size=400))
