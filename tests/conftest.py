"""What several test files share."""

import numpy as np
import pytest
import sklearn
from hypothesis import settings

# A first example may import TensorFlow or compile a network.
settings.register_profile("sklstm", deadline=None)
settings.load_profile("sklstm")


@pytest.fixture
def rng():
    """A seeded generator, new for each test."""
    return np.random.default_rng(0)


@pytest.fixture
def daily_range(rng):
    """X and y: a minimum and a maximum, never negative, that are hard to predict."""
    X = rng.normal(size=(120, 4))
    low, width = np.maximum(X[:, :2] + 0.1 * rng.normal(size=(120, 2)), 0).T
    return X, np.column_stack([low, low + width])


@pytest.fixture
def metadata_routing():
    """scikit-learn with metadata routing enabled."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield
