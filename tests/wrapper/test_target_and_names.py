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
from sklstm._utils.labels import rank_keys


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
        (
            np.where(OBEDIENT > 4, np.nan, OBEDIENT),
            "`y` must be finite; got NaN in 1 of 3 rows",
        ),
        (
            np.where(OBEDIENT > 4, np.inf, OBEDIENT),
            "`y` must be finite; got infinity in 1 of 3 rows",
        ),
        (OBEDIENT[..., np.newaxis], r"y must have shape .* got \(3, 3, 1\)"),
        (
            np.array(["dry", "wet", "dry"]),
            "`y` must hold real numbers; got text such as 'dry'. Encode",
        ),
        (OBEDIENT + 1j, "Complex data not supported"),
        (OBEDIENT[:0], "at least one row"),
    ],
)
def test_an_unusable_target_raises_before_training(y, message):
    with pytest.raises(ValueError, match=message):
        PositiveOrderedRegressor(Untrainable()).fit(RAW, y)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"lower": 5.0, "upper": 1.0}, ValueError, "lower=5.0.*upper=1.0.*'low'"),
        (
            {"lower": {"wind": 0.0}},
            ValueError,
            "`lower` refers to 'wind', which is not",
        ),
        ({"lower": [0.0, 0.0]}, ValueError, "`lower` must be one .* for each of the 3"),
        (
            {"lower": np.nan},
            ValueError,
            "`lower` must be a number, .* got nan for 'low'",
        ),
        ({"upper": b"1"}, ValueError, "'upper' parameter .* Got b'1'"),
        (
            {"lower": {"low": b"0"}},
            TypeError,
            "`lower` must hold real numbers; got b'0'",
        ),
        (
            {"order": ["low <= close", "close <= low"]},
            ValueError,
            "`order` has a cycle: 'close' <= 'low' <= 'close'",
        ),
        (
            {"order": ["low <= wind"]},
            ValueError,
            "`order` refers to 'wind', which is no",
        ),
        (
            {"order": [[0, 3]]},
            ValueError,
            "`order` refers to output 3, but .* are 0 to 2",
        ),
        ({"order": 1}, ValueError, "'order' parameter"),
        (
            {"order": ["low <= close", "low <= high"], "method": "sort"},
            ValueError,
            "method='sort' needs chains that share no output.*method='projection'",
        ),
        ({"method": "isotonic"}, ValueError, "got 'isotonic'. .*method='projection'"),
        ({"output_weight": {"low": 1, 0: 2}}, ValueError, "sets 'low' twice"),
        ({"method": "mean"}, ValueError, "'method' parameter .* Got 'mean'"),
        ({"output_weight": [1, 0, 1]}, ValueError, "`output_weight` must be positive"),
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


@pytest.mark.parametrize(
    "later",
    [
        {"method": "projection"},
        {"lower": 2.0},
        {"upper": [0.0, 1.0, 2.0]},
        {"order": "decreasing"},
        {"output_weight": [1, 2, 3]},
        {"sample_order": "increasing"},
        {"group_by": lambda X: [0, 0, 1]},
        {"order_by": lambda X: -X[:, 0]},
    ],
)
def test_a_parameter_set_after_fit_waits_for_the_next_fit(later):
    params = {
        "method": "cummax",
        "sample_order": "decreasing",
        "order_by": 0,
        "target_check": "ignore",
    }
    model = echo(**params)
    before = model.predict(RAW)

    model.set_params(**later)

    assert_array_equal(model.predict(RAW), before)
    if later != {"output_weight": [1, 2, 3]}:  # refused with "cummax"
        assert not np.array_equal(model.fit(RAW, OBEDIENT).predict(RAW), before)


def test_an_order_that_is_changed_in_place_after_fit_has_no_effect():
    order, lower = [[0, 1, 2]], np.zeros(3)
    model = echo(order=order, lower=lower)
    before = model.predict(RAW)
    order[0].reverse()
    lower += 5
    assert_array_equal(model.predict(RAW), before)
    assert model.order_ == [[0, 1, 2]]


def test_what_was_resolved_at_fit_is_shown():
    model = echo(lower=[-1, 0, -1], upper=9.0)

    assert model.order_ == "increasing"
    assert model.method_ == "sort"
    assert model.lower_.tolist() == [-1, 0, 0]
    assert model.upper_.tolist() == [9, 9, 9]
    assert model.order_edges_.tolist() == [[0, 1], [1, 2]]
    assert echo(output_weight=[1, 2, 3]).method_ == "projection"
    assert not hasattr(PositiveOrderedRegressor(), "lower_")


@pytest.mark.parametrize("n_samples", [1, 50])
def test_labels_are_ranked_once_in_a_predict(monkeypatch, n_samples):
    calls = []

    def rank(*args):
        calls.append(args)
        return rank_keys(*args)

    monkeypatch.setattr("sklstm._wrapper.sample_values.rank_keys", rank)
    monkeypatch.setattr("sklstm._constraints.samples.rank_labels", rank)
    X = np.tile(RAW, (n_samples, 1))
    model = echo(sample_order="increasing", group_by=0, target_check="ignore")
    calls.clear()
    model.predict(X)
    assert len(calls) == 1


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
    weight = pd.Series({"high": 3.0, "low": 1.0, "mid": 2.0})
    weighted = {"output_weight": weight} if method == "projection" else {}
    params = {
        "method": method,
        "target_check": "ignore",
        "upper": pd.Series({"high": 9.0, "low": 1.0, "mid": 5.0}),
        "lower": pd.Series([0.0, 1.0, 2.0]),
        **weighted,
    }
    model = echo(y=y, **params)
    assert model.upper_.tolist() == [1.0, 5.0, 9.0]
    assert model.lower_.tolist() == [0.0, 1.0, 2.0]
    plain = echo(
        y=y,
        **params
        | {"upper": [1.0, 5.0, 9.0], "lower": [0, 1, 2]}
        | ({"output_weight": [1, 2, 3]} if weighted else {}),
    )
    assert_array_equal(model.predict(RAW), plain.predict(RAW))
    by_place = echo(upper=pd.Series({"a": 1.0, "b": 5.0, "c": 9.0}), method=method)
    assert by_place.upper_.tolist() == [1.0, 5.0, 9.0]
    with pytest.raises(ValueError, match="`upper` refers to 'top'"):
        echo(y=y, upper=pd.Series({"top": 1.0}))
    with pytest.raises(
        ValueError, match="`output_weight` needs a weight for each output; 'mid'"
    ):
        echo(y=y, method="projection", output_weight=pd.Series({"low": 1.0}))


@pytest.mark.parametrize("rules", [["low + close == high"], ("low + close == high",)])
def test_rules_hold_in_predictions(rules):
    y = pd.DataFrame(
        [[0.0, 1, 1], [1, 1, 2], [0, 5, 5]], columns=["low", "close", "high"]
    )
    model = echo(y=y, order=None, rules=rules)
    predictions = model.predict(RAW)
    assert_array_equal(predictions[:, 0] + predictions[:, 1], predictions[:, 2])
    assert model.method_ == "projection"
    assert predictions.min() == 0
    assert_array_equal(model.predict(RAW[:1])[0], [1, 2, 3])


def test_rules_that_contradict_each_other_raise_before_training():
    rules = ["low + close == high", "high <= 1", "low >= 2"]
    model = PositiveOrderedRegressor(Untrainable(), order=None, rules=rules)
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    message = r"'low' >= 2.0, 'close' >= 0.0, 'high' <= 1.0, low \+ close == high\."
    with pytest.raises(ValueError, match=message):
        model.fit(RAW, y)
    with pytest.raises(ValueError, match="'rules' parameter"):
        model.set_params(rules="low <= high").fit(RAW, y)
