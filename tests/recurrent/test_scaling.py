"""Scales of X and y."""

import numpy as np
import pytest
from recurrent.networks import tiny

from sklstm._recurrent.scaling import sequence_scale


def test_the_model_is_exact_for_X_far_from_zero(sequences):
    X, y = sequences
    regressor = tiny(epochs=10, learning_rate=0.02).fit(1.6e9 + X, y)

    predictions = regressor.model_(1.6e9 + X).numpy()[:, 0]

    np.testing.assert_allclose(predictions, regressor.predict(1.6e9 + X), atol=1e-5)


def test_targets_too_far_from_zero_for_a_positive_head_warn(sequences):
    X, y = sequences

    with pytest.warns(UserWarning, match=r"its mean is 1\.\de\+08 times"):
        tiny(head="positive").fit(X, 1e8 + y)
    tiny(head="positive").fit(X, np.full(200, 1e8))


@pytest.mark.parametrize("exponent", [660, -660, 1015])
@pytest.mark.parametrize("as_table", [False, True])
def test_the_unit_of_X_does_not_matter_however_large(exponent, as_table, sequences):
    X, y = sequences
    X = X[:, :, 0] if as_table else X
    unit = 2.0**exponent

    ordinary = tiny(epochs=2).fit(X, y)
    extreme = tiny(epochs=2).fit(X * unit, y)

    np.testing.assert_array_equal(extreme.predict(X * unit), ordinary.predict(X))


def test_channels_of_very_different_size_are_scaled_apart(sequences):
    X, y = sequences
    units = 2.0 ** np.array([700, -700])

    ordinary = tiny(epochs=2).fit(X, y)
    extreme = tiny(epochs=2).fit(X * units, y)

    np.testing.assert_array_equal(extreme.predict(X * units), ordinary.predict(X))


def test_outputs_of_very_different_size_are_scaled_apart(two_outputs):
    X, y = two_outputs
    units = 2.0 ** np.array([700, -700])

    ordinary = tiny(epochs=2).fit(X, y)
    extreme = tiny(epochs=2).fit(X, y * units)

    np.testing.assert_array_equal(extreme.predict(X), ordinary.predict(X) * units)


def test_values_at_the_end_of_float64_are_refused(sequences):
    X, y = map(np.abs, sequences)

    with pytest.raises(ValueError, match=r"LSTMRegressor: X .* 1\.\de\+308.* Divide X"):
        tiny().fit(X / np.abs(X).max() * 1.7e308, y)
    with pytest.raises(ValueError, match=r"LSTMRegressor: y .* 1\.\de\+308.* Divide y"):
        tiny().fit(X, y / np.abs(y).max() * 1.7e308)


@pytest.mark.parametrize("shape", [(200, 6, 2), (200, 12)])
def test_values_of_both_signs_at_the_end_of_float64_are_refused(shape, rng):
    # Their sums overflow in both directions; warnings are errors here.
    X = rng.choice([-1.7e308, 1.7e308], size=shape)

    with pytest.raises(ValueError, match=r"X has values up to 1\.7e\+308, too close"):
        tiny().fit(X, X.reshape(len(X), -1)[:, 0] > 0)


def test_values_beyond_float32_need_normalize(sequences):
    X, y = sequences
    message = r"LSTMRegressor: {} .* beyond .* float32\. Use `normalize=True`"

    with pytest.raises(ValueError, match=message.format("X")):
        tiny(normalize=False).fit(1e200 * X, y)
    with pytest.raises(ValueError, match=message.format("y")):
        tiny(normalize=False).fit(X, 1e200 * y)
    with pytest.raises(ValueError, match=r"LSTMRegressor: y .* uses y unscaled"):
        tiny(loss="bce").fit(X, 1e200 * y)


@pytest.mark.parametrize("per_timestep", [False, True])
def test_equal_weights_give_the_very_scales_of_none(per_timestep, rng):
    sequences = rng.normal(size=(500, 24, 2))

    weighted, unweighted = (
        sequence_scale(sequences, weight, per_timestep=per_timestep)
        for weight in (np.full(500, 3.1), None)
    )

    np.testing.assert_array_equal(weighted, unweighted)
