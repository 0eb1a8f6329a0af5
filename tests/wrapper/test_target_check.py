"""A target that breaks the declared constraints."""

import re
from ast import literal_eval

import numpy as np
import pandas as pd
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


def test_a_target_that_breaks_the_constraints_warns_once_with_shares():
    y = np.array([[-0.5, 1.0, 2.0], [1.0, 0.5, 0.6], [0.0, 0.0, 0.5]])
    with pytest.warns(ConstraintWarning) as record:
        PositiveOrderedRegressor(Echo(), upper=0.75).fit(RAW, y)
    assert len(record) == 1
    message = str(record[0].message)
    assert "33% of its rows are below `lower`" in message
    assert "67% of its rows are above `upper`" in message
    assert "33% of its rows are out of `order`" in message
    assert "TransformedTargetRegressor" not in message
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


def warning_for(y, **declared):
    with pytest.warns(ConstraintWarning) as record:
        PositiveOrderedRegressor(DummyRegressor(), **declared).fit(
            np.ones((len(y), 1)), y
        )
    assert len(record) == 1
    return str(record[0].message)


RNG = np.random.default_rng(0)
CURVE = RNG.gamma(2.0, size=200) + 1
OTHER, THIRD = RNG.permutation(CURVE), RNG.permutation(CURVE)
SCALED = (CURVE - CURVE.mean()) / CURVE.std()
MIXED = np.where(np.arange(200)[:, np.newaxis] < 126, [3.0, 2, 1], [1.0, 3, 2])


@pytest.mark.parametrize(
    ("y", "declared", "expected"),
    [
        (SCALED, {}, "deviation about 1. Was y normalised"),
        (np.column_stack([SCALED, -SCALED]), {"order": None}, "Was y normalised"),
        (
            np.column_stack([SCALED, np.roll(SCALED, 9)]),
            {"lower": None},
            "Was y normalised",
        ),
        (
            2 * (CURVE - CURVE.min()) / np.ptp(CURVE) - 1,
            {},
            "ranges from -1 to 1. Was y normalised",
        ),
        (
            (np.column_stack([CURVE, OTHER]) - CURVE.min()) / np.ptp(CURVE),
            {},
            "ranges from 0 to 1. Was y normalised",
        ),
        (CURVE - 1.5, {}, "y reaches -0.*, below lower=0: declare what y can reach"),
        (np.maximum(CURVE - 2, 0), {"lower": 1e-5}, "y reaches 0, below lower=1e-05"),
        (1000 * CURVE, {"upper": 9}, "no row obeys: is `upper` in the unit of y"),
        (CURVE, {"upper": 3.0}, r"y reaches \d.*, above upper=3: declare what"),
        (
            np.column_stack([CURVE + 1, CURVE, CURVE - 1]),
            {},
            "100% of rows fall: order='decreasing'",
        ),
        (MIXED, {}, "63% of rows fall: order='decreasing'"),
        (
            np.column_stack([CURVE, np.where(CURVE > 2, CURVE - 1, CURVE)]),
            {},
            "of rows fall: order='decreasing'",
        ),
        (
            np.column_stack([CURVE, CURVE + 1]),
            {"order": "decreasing"},
            "100% of rows rise: order='increasing'",
        ),
        (
            pd.DataFrame({"high": CURVE + 2, "low": CURVE, "mid": CURVE + 1}),
            {},
            r"100% of rows are in another order: order=\[\['low', 'mid', 'high'\]\]",
        ),
        (
            pd.DataFrame({"low": CURVE, "high": CURVE + 1, "wind": OTHER}),
            {"order": "low >= high"},
            "100% of rows have 'high' <= 'low' the other way round",
        ),
        (
            pd.DataFrame({"GHI+1": CURVE, "GHI+2": OTHER, "GHI+3": THIRD}),
            {},
            r"horizons \(GHI\+1, GHI\+2\), not like ordered outputs: order=None",
        ),
        (
            pd.DataFrame({"a (h1)": CURVE, "a (h2)": OTHER, "b1": THIRD, "b2": CURVE}),
            {},
            r"horizons \(a \(h1\), a \(h2\)\)",
        ),
        (
            np.column_stack([CURVE, CURVE + 1]),
            {"order": "y[0] + 5 <= y[1]"},
            r"gap in output 0 \+ 5 <= output 1 is 1 at most: is it in the unit of y\?",
        ),
        (
            pd.DataFrame({"low": CURVE, "high": CURVE + 1, "wind": OTHER}),
            {"order": ["low + 5 <= high"]},
            r"gap in 'low' \+ 5 <= 'high' is 1 at most",
        ),
        (
            np.column_stack([CURVE, CURVE + np.where(CURVE > 2, 1, 3)]),
            {"order": ["y[0] + 2 <= y[1]"]},
            r"% of rows have a smaller gap than output 0 \+ 2 <= output 1 asks for",
        ),
        (
            pd.DataFrame({"low": CURVE, "high": CURVE - 3, "wind": OTHER}),
            {"order": ["low + 1 <= high"], "lower": None},
            r"have 'low' \+ 1 <= 'high' the other way round",
        ),
        (np.column_stack([CURVE, OTHER]), {}, "no such order: order=None"),
        (pd.DataFrame({"q10": CURVE, "q90": OTHER}), {}, "no such order: order=None"),
        (
            np.column_stack([CURVE, np.where(CURVE > 5, CURVE - 1, CURVE + 1)]),
            {},
            "Leave the rows that are out of order out",
        ),
        (
            np.column_stack([CURVE, CURVE - 1e-12]),
            {},
            "by 1e-12 at most, as by round",
        ),
        (
            CURVE,
            {"sample_order": "increasing"},
            "several curves, or in another order. Set `group_by` and `order_by`; or",
        ),
        (
            CURVE,
            {"sample_order": "increasing", "group_by": lambda X: np.arange(200) % 2},
            r"Are the rows of a group in another order\? Set `order_by`; or leave",
        ),
        (
            CURVE,
            {"sample_order": "increasing", "order_by": lambda X: -np.arange(200)},
            r"Are its rows several curves\? Set `group_by`; or leave",
        ),
        (
            CURVE,
            {
                "sample_order": "increasing",
                "order_by": lambda X: np.arange(200),
                "group_by": lambda X: np.arange(200) % 2,
            },
            r"'\)\. Leave the rows that are out of order out, or leave `sample_",
        ),
        (
            np.repeat(np.sort(CURVE[:100]), 2) + np.tile([1e-9, 0], 100),
            {"sample_order": "increasing"},
            "The order is broken by 1e-09 at most, as by rounding",
        ),
        (
            -np.sort(-CURVE),
            {"sample_order": "increasing"},
            "all obey the other direction: sample_order='decreasing'",
        ),
    ],
)
def test_the_warning_offers_the_cure_that_fits_the_target(y, declared, expected):
    message = warning_for(y, **declared)
    assert re.search(expected, message)
    assert ("Was y normalised" in message) == ("normalised" in expected)
    assert message.endswith("target_check='ignore' silences this.")


def test_the_order_that_is_suggested_silences_the_warning():
    y = np.column_stack([CURVE + 2, CURVE, CURVE + 1])
    chain = re.search(r"order=(\[\[.*\]\])", warning_for(y))[1]
    model = PositiveOrderedRegressor(
        DummyRegressor(), order=literal_eval(chain), target_check="raise"
    )
    model.fit(y, y)


def test_a_target_against_the_rules_warns():
    y = np.array([[1.0, 2, 3], [0.1, 0.2, 0.3], [1, 1, 5]])
    message = warning_for(y, order=None, rules=["y[0] + y[1] == y[2]"])
    assert r"33% of its rows are against `rules` (y[0] + y[1] == y[2])" in message
