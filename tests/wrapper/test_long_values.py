"""Messages show the beginning of a long value, not all of it."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm._utils.text import cut, shortened
from sklstm.preprocessing import (
    SequenceScaler,
    SlidingWindow,
    SmearingTargetRegressor,
)

LONG = "a" * 400_000
X, Y = np.ones((3, 4, 1)), np.ones((3, 2))


def test_short_values_are_shown_in_full_and_long_ones_with_their_length():
    assert shortened({"a": [1, 2]}) == "{'a': [1, 2]}"
    assert shortened(LONG).startswith("'aaa")
    assert shortened(LONG).endswith("... (400002 characters)")
    assert len(shortened(LONG)) < 250
    assert cut("one\n   two") == "one two"


@pytest.mark.parametrize(
    "estimator",
    [
        PositiveOrderedRegressor(Ridge(), method=LONG),
        PositiveOrderedRegressor(Ridge(), target_check=LONG),
        PositiveOrderedRegressor(regressor=LONG),
        PositiveOrderedRegressor([RandomForestRegressor(i + 1) for i in range(19)]),
        LSTMRegressor(head=LONG),
        LSTMRegressor(optimizer=list(LONG)),
        SequenceScaler(scaler=LONG),
        SlidingWindow(length=LONG),
        SmearingTargetRegressor(check_inverse=LONG),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_long_value_of_a_parameter_is_cut(estimator):
    with pytest.raises(ValueError, match=r"must be .* Got .* instead\.") as info:
        estimator.fit(X, Y)
    message = str(info.value)
    assert len(message) < 700
    assert "characters) instead." in message


def test_a_short_value_is_shown_in_full():
    with pytest.raises(ValueError, match=r"Got 'mean' instead\."):
        PositiveOrderedRegressor(Ridge(), method="mean").fit(X[..., 0], Y)
