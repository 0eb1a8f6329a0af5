"""The target, the names of its outputs, and constraints that fit them."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from regressors import Untrainable
from strategies import METHODS
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import PositiveOrderedRegressor


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_outputs_are_named_by_the_columns_of_y(frame):
    y = frame(dict(zip(["low", "close", "high"], OBEDIENT.T, strict=True)))
    model = echo(y=y, order=["low <= close <= high"], lower={"high": 2}, upper=10)
    assert model.output_names_ == ("low", "close", "high")
    assert model.n_outputs_ == 3
    assert_array_equal(model.order_edges_, [[0, 1], [1, 2]])
    assert_array_equal(model.lower_, [-np.inf, -np.inf, 2])
    assert_array_equal(model.upper_, [10, 10, 10])
    assert_array_equal(model.predict(RAW)[2], [1, 2, 3])


def test_outputs_without_string_names_have_none():
    assert echo().output_names_ is None
    assert echo(y=pd.DataFrame(OBEDIENT)).output_names_ is None
    assert echo(y=pd.Series(OBEDIENT[:, 0]), answer=lambda X: X[:, 0]).n_outputs_ == 1


def test_the_regressor_gets_y_as_an_array_of_the_same_shape():
    for y in (OBEDIENT, pd.DataFrame(OBEDIENT), OBEDIENT.tolist()):
        assert_array_equal(echo(y=y).regressor_.y_, OBEDIENT, strict=True)
    flat = echo(y=pd.Series(OBEDIENT[:, 0]), answer=lambda X: X[:, 0])
    assert_array_equal(flat.regressor_.y_, OBEDIENT[:, 0], strict=True)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (np.where(OBEDIENT > 4, np.nan, OBEDIENT), "Input y contains NaN"),
        (np.where(OBEDIENT > 4, np.inf, OBEDIENT), "Input y contains infinity"),
        (OBEDIENT[..., np.newaxis], r"y must have shape .* got \(3, 3, 1\)"),
        (np.array(["dry", "wet", "dry"]), "dtype='numeric'|could not convert"),
        (OBEDIENT + 1j, "Complex data not supported"),
        (OBEDIENT[:0], "minimum of 1 is required"),
    ],
)
def test_an_unusable_target_raises_before_training(y, message):
    with pytest.raises(ValueError, match=message):
        PositiveOrderedRegressor(Untrainable()).fit(RAW, y)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"lower": 5.0, "upper": 1.0}, ValueError, "lower=5.0.*upper=1.0.*'low'"),
        ({"lower": {"wind": 0.0}}, ValueError, "wind"),
        ({"lower": [0.0, 0.0]}, ValueError, "`lower`"),
        ({"lower": np.nan}, ValueError, "`lower`.*nan"),
        ({"upper": "1"}, ValueError, "'upper' parameter .* Got '1'"),
        ({"lower": {"low": "0"}}, TypeError, "`lower`.*'0'"),
        (
            {"order": ["low <= close", "close <= low"]},
            ValueError,
            "`order` has a cycle",
        ),
        ({"order": ["low <= wind"]}, ValueError, "wind"),
        ({"order": [[0, 3]]}, ValueError, "3"),
        ({"order": 1}, ValueError, "'order' parameter"),
        ({"order": ["low <= close", "low <= high"]}, ValueError, "method='projection'"),
        ({"method": "mean"}, ValueError, "'method' parameter .* Got 'mean'"),
        ({"output_weight": [1, 0, 1]}, ValueError, "`output_weight`"),
        ({"output_weight": "heavy"}, ValueError, "'output_weight' parameter"),
        ({"sample_order": "up"}, ValueError, "'sample_order' parameter"),
        ({"group_by": 0.5}, ValueError, "'group_by' parameter"),
        ({"target_check": True}, ValueError, "'target_check' parameter"),
        ({"group_by": 0}, ValueError, "`group_by`=0 has no effect .*`sample_order`"),
        ({"order_by": 0}, ValueError, "`order_by`=0 has no effect .*`sample_order`"),
    ],
)
def test_a_wrong_declaration_raises_before_training(params, error, message):
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Untrainable(), **params)
    with pytest.raises(error, match=message) as info:
        model.fit(RAW, y)
    assert "PositiveOrderedRegressor" in str(info.value)


def test_a_wrong_declaration_for_a_flat_target_raises_before_training():
    model = PositiveOrderedRegressor(Untrainable(), lower=5.0, upper=1.0)
    with pytest.raises(ValueError, match=r"lower=5.0.*upper=1.0"):
        model.fit(RAW, OBEDIENT[:, 0])


def test_a_failed_fit_keeps_the_fit_before():
    model = echo()
    before = model.predict(RAW)
    model.set_params(regressor__answer=lambda X: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.fit(RAW, OBEDIENT[:, 0])
    assert_array_equal(model.set_params(order="increasing").predict(RAW), before)


@pytest.mark.parametrize("method", ["projection", "cummax"])
def test_a_method_set_after_fit_must_suit_the_order(method):
    model = echo(method=method, order=[[0, 2], [1, 2]])
    with pytest.raises(ValueError, match="method='sort' needs chains that share no"):
        model.set_params(method="sort").predict(RAW)


def test_an_order_set_after_fit_waits_for_the_next_fit():
    model = echo(method="cummax", order="increasing")
    before = model.predict(RAW)
    assert_array_equal(model.set_params(order="decreasing").predict(RAW), before)


@pytest.mark.parametrize(
    ("levels", "order"),
    [((0.5, 0.1, 0.9), "increasing"), ((0.1, 0.5, 0.9), "decreasing")],
)
def test_an_order_that_would_swap_quantiles_raises_before_training(levels, order):
    model = PositiveOrderedRegressor(Untrainable(quantiles=levels), order=order)
    message = r"predicts the quantile 0.\d in output \d and .* order=\[\[\d, \d, \d\]\]"
    with pytest.raises(ValueError, match=message):
        model.fit(RAW, OBEDIENT[:, 0])


def test_the_order_that_quantile_levels_have_may_be_declared():
    levels = (0.5, 0.1, 0.9)
    model = echo(y=OBEDIENT[:, 0], quantiles=levels, order=[[1, 0, 2]])
    assert_array_equal(model.predict(RAW), [[2, 1, 3], [2, 0, 3], [2, 1, 3]])


@pytest.mark.parametrize("method", METHODS)
def test_labels_of_a_series_name_the_outputs(method):
    y = pd.DataFrame(OBEDIENT, columns=["low", "mid", "high"])
    params = {
        "method": method,
        "target_check": "ignore",
        "upper": pd.Series({"high": 9.0, "low": 1.0, "mid": 5.0}),
        "lower": pd.Series([0.0, 1.0, 2.0]),
        "output_weight": pd.Series({"high": 3.0, "low": 1.0, "mid": 2.0}),
    }
    model = echo(y=y, **params)
    assert model.upper_.tolist() == [1.0, 5.0, 9.0]
    assert model.lower_.tolist() == [0.0, 1.0, 2.0]
    plain = echo(
        y=y,
        **params
        | {"upper": [1.0, 5.0, 9.0], "lower": [0, 1, 2], "output_weight": [1, 2, 3]},
    )
    assert_array_equal(model.predict(RAW), plain.predict(RAW))
    by_place = echo(upper=pd.Series({"a": 1.0, "b": 5.0, "c": 9.0}), method=method)
    assert by_place.upper_.tolist() == [1.0, 5.0, 9.0]
    with pytest.raises(ValueError, match="`upper` speaks of 'top'"):
        echo(y=y, upper=pd.Series({"top": 1.0}))
    with pytest.raises(ValueError, match="`output_weight` must be finite"):
        echo(y=y, method="projection", output_weight=pd.Series({"low": 1.0}))
