"""Training in parts."""

import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo
from sklearn.linear_model import Ridge, SGDRegressor
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


def test_partial_fit_continues_with_the_constraints_of_the_first_call():
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo(), order=["low <= high"])
    assert model.partial_fit(RAW, y) is model
    model.partial_fit(RAW[:1], y[:1])
    assert model.regressor_.calls_ == 2
    assert model.output_names_ == ("low", "close", "high")
    assert_array_equal(model.predict(RAW), [[1, 2, 3], [0, 2, 3], [2, 1, 3]])


def test_partial_fit_after_fit_continues_it():
    model = echo()
    fitted = model.regressor_
    assert model.partial_fit(RAW, OBEDIENT).regressor_ is fitted
    assert model.fit(RAW, OBEDIENT).regressor_ is not fitted


@pytest.mark.parametrize(
    "y",
    [
        OBEDIENT[:, :2],
        OBEDIENT[:, 0],
        pd.DataFrame(OBEDIENT, columns=["close", "low", "high"]),
    ],
)
def test_partial_fit_with_other_outputs_raises(y):
    first = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo()).partial_fit(RAW, first)
    with pytest.raises(ValueError, match="outputs of the first"):
        model.partial_fit(RAW, y)


def test_a_warning_of_partial_fit_points_at_its_caller():
    model = PositiveOrderedRegressor(Echo())
    for _ in range(2):
        with pytest.warns(ConstraintWarning) as record:
            model.partial_fit(RAW, -OBEDIENT)
        assert record[0].filename == __file__


def test_partial_fit_checks_each_target():
    model = PositiveOrderedRegressor(Echo(), target_check="raise")
    model.partial_fit(RAW, OBEDIENT)
    with pytest.raises(ValueError, match="below `lower`"):
        model.partial_fit(RAW, -OBEDIENT)


def test_partial_fit_is_there_only_where_the_regressor_has_it(daily_range):
    X, y = daily_range
    assert hasattr(PositiveOrderedRegressor(SGDRegressor()), "partial_fit")
    assert hasattr(PositiveOrderedRegressor(), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()).fit(X, y), "partial_fit")
