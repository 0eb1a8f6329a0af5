"""A target that breaks the declared constraints."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo, Untrainable
from sklearn.dummy import DummyRegressor
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [(1, 2, np.uint8), (-100, 100, np.int8), (0, 1, bool), (-6e4, 6e4, np.float16)],
)
def test_targets_of_small_dtypes_are_compared_without_wrapping(low, high, dtype):
    y = np.tile(np.array([low, high], dtype=dtype), (5, 1))
    params = {"lower": None, "target_check": "raise"}
    echo(y[:, :1], y, **params)
    with pytest.raises(ValueError, match="100% of its rows are out of `order`"):
        echo(y[:, :1], y[:, ::-1], **params)


def test_a_target_that_breaks_the_constraints_warns_once_with_shares_and_cure():
    y = np.array([[-0.5, 1.0, 2.0], [1.0, 0.5, 0.6], [0.0, 0.0, 0.5]])
    with pytest.warns(ConstraintWarning) as record:
        PositiveOrderedRegressor(Echo(), upper=0.75).fit(RAW, y)
    assert len(record) == 1
    message = str(record[0].message)
    assert "33% of its rows are below `lower`" in message
    assert "67% of its rows are above `upper`" in message
    assert "33% of its rows are out of `order`" in message
    assert "TransformedTargetRegressor(regressor, transformer=scaler)" in message
    assert record[0].filename == __file__


def test_small_shares_are_not_rounded_to_nothing():
    y = np.ones(500)
    y[0] = -1
    with pytest.warns(ConstraintWarning, match="<1% of its rows are below"):
        PositiveOrderedRegressor(DummyRegressor()).fit(y[:, np.newaxis], y)


def test_target_check_raise_stops_before_training():
    model = PositiveOrderedRegressor(Untrainable(), target_check="raise")
    with pytest.raises(ValueError, match=r"below `lower` \(.*>= 0.0\)"):
        model.fit(RAW, -OBEDIENT)


def test_target_check_ignore_is_silent():
    assert_array_equal(
        echo(y=-OBEDIENT, target_check="ignore").predict(RAW), echo().predict(RAW)
    )


def test_bounds_of_a_quantile_target_are_checked_but_not_its_order():
    params = {"quantiles": (0.1, 0.5, 0.9), "upper": [1.0, 2.0, 3.0]}
    echo(y=np.array([0.0, 3.0, 1.0]), **params)
    with pytest.warns(ConstraintWarning, match="33% of its rows are above `upper`"):
        echo(y=np.array([0.0, 3.5, 1.0]), **params)


def test_a_target_against_the_sample_order_warns():
    X, y = np.arange(4.0), np.array([1.0, 2.0, 3.0, 2.5])
    model = PositiveOrderedRegressor(DummyRegressor(), sample_order="increasing")
    with pytest.warns(ConstraintWarning, match="25% of its rows are below an earlier"):
        model.fit(X, y)
    with pytest.warns(ConstraintWarning, match="25% of its rows"):
        model.set_params(group_by=lambda X: X // 2).fit(X, y)
    model.set_params(group_by=None, order_by=lambda X: y).fit(X, y)
    model.set_params(order_by=None, group_by=lambda X: y).fit(X, y)
    with pytest.warns(ConstraintWarning, match="75% of its rows are above an earlier"):
        model.set_params(group_by=None, sample_order="decreasing").fit(X, y)
