"""Weights of rows."""

import numpy as np
from recurrent.networks import same_weights, tiny


def test_rows_of_weight_zero_have_no_effect(sequences):
    X, y = sequences
    weight = np.tile([1.0, 0.0], 100)

    assert same_weights(tiny().fit(X, y, weight), tiny().fit(X[::2], y[::2]))


def test_the_unit_of_sample_weight_has_no_effect(sequences):
    X, y = sequences
    weight = np.linspace(1, 2, len(y))

    assert same_weights(
        tiny(optimizer="sgd").fit(X, y, weight),
        tiny(optimizer="sgd").fit(X, y, 4 * weight),
    )
    assert not same_weights(tiny().fit(X, y, weight), tiny().fit(X, y))
