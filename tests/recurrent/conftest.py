"""What the tests of the LSTM share."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def sequences():
    """200 sequences of 6 steps and 2 channels; y is the mean of the last 2 steps."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6, 2))
    return X, X[:, -2:, 0].mean(axis=1)


@pytest.fixture(scope="module")
def two_outputs(sequences):
    """The same X; y has two columns of very different units."""
    X, y = sequences
    return X, np.column_stack([y, 1000 + 300 * y])
