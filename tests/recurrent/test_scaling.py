"""Scales of X and y."""

import numpy as np
import pytest
from recurrent.networks import tiny


def test_the_model_takes_X_far_from_zero_as_predict_does(sequences):
    X, y = sequences
    regressor = tiny(epochs=10, learning_rate=0.02).fit(1.6e9 + X, y)

    predictions = regressor.model_(1.6e9 + X).numpy()[:, 0]

    np.testing.assert_allclose(predictions, regressor.predict(1.6e9 + X), atol=1e-5)


def test_targets_too_far_from_zero_for_a_positive_head_are_warned_of(sequences):
    X, y = sequences

    with pytest.warns(UserWarning, match=r"whose mean is 1\.\de\+08 times"):
        tiny(head="positive").fit(X, 1e8 + y)
    tiny(head="positive").fit(X, np.full(200, 1e8))
