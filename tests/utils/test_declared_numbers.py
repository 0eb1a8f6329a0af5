"""Numbers in parameters follow the rule for numbers in data, except booleans."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo

from sklstm import LSTMRegressor, PositiveOrderedRegressor, adjust_predictions
from sklstm.metrics import make_quantile_scorer, mean_pinball_loss, violation_report

RAW = [[3.0, -5.0], [0.5, 9.0]]


def adjust(**declared):
    return adjust_predictions(RAW, **{"lower": None} | declared)


def fit(**declared):
    model = PositiveOrderedRegressor(Echo(), **{"lower": None} | declared)
    return model.set_params(target_check="ignore").fit(RAW, RAW).predict(RAW)


def report(**declared):
    return violation_report(RAW, **{"lower": None} | declared).max_violation


PLACES = {
    "lower": (lambda v: adjust(lower=v), "`lower`"),
    "upper": (lambda v: adjust(upper=v), "`upper`"),
    "weight": (lambda v: adjust(output_weight=v), "`output_weight`"),
    "lower of the regressor": (lambda v: fit(lower=v), "lower"),
    "weight of the regressor": (lambda v: fit(output_weight=v), "output_weight"),
    "lower of the report": (lambda v: report(lower=v), "`lower`"),
}


def read_from_a_column(values, bound="limit"):
    X = pd.DataFrame({"a": [1.0, 2.0], "limit": values})
    model = PositiveOrderedRegressor(Echo(lambda X: RAW), lower={0: bound}, order=None)
    return model.set_params(target_check="ignore").fit(X, RAW).predict(X)


BY_ROW = {
    "given for one output": lambda v: adjust(lower={0: v}, order=None),
    "column of a table": lambda v: adjust_predictions(
        pd.DataFrame(RAW, columns=["a", "b"]),
        lower=pd.DataFrame({"a": v}),
        order=None,
    ),
    "column": read_from_a_column,
    "expression": lambda v: read_from_a_column(v, "limit + 0"),
    "callable": lambda v: fit(lower={0: lambda X: v}, order=None),
    "given for the only output": lambda v: np.c_[
        adjust_predictions([3.0, 0.5], lower=v), [-5.0, 9.0]
    ],
}
LEVELS = {
    "network": (
        lambda v: (
            LSTMRegressor(1, quantiles=v, epochs=1, random_state=0)
            .fit([[0.0], [1.0]], [0.0, 1.0])
            .n_outputs_
        ),
        "LSTMRegressor: `quantiles`",
    ),
    "metric": (
        lambda v: mean_pinball_loss([1.0], [RAW[0]], quantiles=v),
        "mean_pinball_loss: `quantiles`",
    ),
    "scorer": (
        lambda v: str(make_quantile_scorer(v)),
        "make_quantile_scorer: `quantiles`",
    ),
}
NUMBERS = {
    "floats": [0.25, 0.5],
    "tuple": (0.25, 0.5),
    "Decimal": [Decimal("0.25"), Decimal("0.5")],
    "Fraction": [Fraction(1, 4), Fraction(1, 2)],
    "float32": np.array([0.25, 0.5], dtype=np.float32),
    "object": np.array([0.25, 0.5], dtype=object),
    "pandas": pd.Series([0.25, 0.5]),
    "pandas nullable": pd.Series([0.25, 0.5], dtype="Float64"),
    "pandas array": pd.array([0.25, 0.5], dtype="double[pyarrow]"),
    "polars": pl.Series([0.25, 0.5]),
}
NO_NUMBERS = {
    "booleans": [True, False],
    "a boolean among numbers": [0.5, True],
    "boolean array": np.array([True, False]),
    "boolean series": pd.Series([True, False], dtype="boolean"),
    "polars booleans": pl.Series([True, False]),
    "nullable booleans": pd.Series([True, None], dtype="boolean"),
    "boolean objects": np.array([True, 0.5], dtype=object),
    "boolean categories": pd.Series([True, False], dtype="category"),
    "text of digits": ["0.25", "0.5"],
    "array of digits": np.array(["0.25", "0.5"]),
    "dates": [dt.date(2026, 1, 1)] * 2,
    "times": np.array(["2026", "2027"], dtype="datetime64[Y]"),
    "complex": [0.25j, 0.5j],
    "ragged": [[0.25], [0.25, 0.5]],
}


@pytest.mark.parametrize("place", PLACES | LEVELS)
@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_every_kind_are_declared_alike(place, values):
    call, _ = (PLACES | LEVELS)[place]

    assert_array_equal(call(values), call([0.25, 0.5]))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("values", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_not_a_number_is_refused(place, values):
    call, parameter = PLACES[place]

    with pytest.raises(TypeError, match=f"{parameter}.* must hold real numbers; got"):
        call(values)


@pytest.mark.parametrize("place", BY_ROW)
@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_every_kind_are_bounds_by_row(place, values):
    assert_array_equal(BY_ROW[place](values), [[3.0, -5.0], [0.5, 9.0]])


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (place, kind)
        for place in BY_ROW
        for kind in NO_NUMBERS
        # Booleans in an expression count as 0 and 1; a column of lists is not ragged.
        if not (place == "expression" and "bool" in kind)
        and not (place == "column of a table" and kind == "ragged")
    ],
)
def test_a_bound_by_row_that_is_not_a_number_is_refused(place, kind):
    with pytest.raises(TypeError, match=r"`lower`.* (must hold real|cannot be conv)"):
        BY_ROW[place](NO_NUMBERS[kind])


@pytest.mark.parametrize(
    "values", [np.array([[True], [False]]), [[0.5, 1.0], [0.5, True]]]
)
def test_booleans_are_refused_in_bounds_of_every_shape(values):
    with pytest.raises(TypeError, match=r"`lower`.* must hold real numbers; got"):
        adjust(lower=values)
    X = pd.DataFrame(RAW)
    model = PositiveOrderedRegressor(Echo(), lower=None).fit(X, [[0, 1], [2, 3]])
    with pytest.raises(TypeError, match=r"`lower`.* must hold real numbers; got"):
        model.predict(X, lower=values)


def test_in_an_expression_a_column_of_booleans_counts_as_0_and_1():
    found = read_from_a_column([True, False], "4 * limit")
    assert_array_equal(found, [[4.0, -5.0], [0.5, 9.0]])


@pytest.mark.parametrize("place", [name for name in BY_ROW if name != "column"])
def test_masked_bounds_by_row_are_missing(place):
    masked = np.ma.array([0.25, 0.5], mask=[True, False])

    with pytest.raises(ValueError, match=r"`lower`.* got nan in 1 of 2 rows.* row 0"):
        BY_ROW[place](masked)


@pytest.mark.parametrize("place", LEVELS)
@pytest.mark.parametrize("values", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_levels_that_are_not_numbers_are_refused(place, values):
    call, parameter = LEVELS[place]

    with pytest.raises(
        ValueError, match=f"^{parameter} must be a (list of levels|sequence of n)"
    ):
        call(values)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "values",
    [
        [np.nan, 0.5],
        [None, 0.5],
        [pd.NA, 0.5],
        np.ma.array([0.25, 0.5], mask=[True, False]),
        pd.Series([None, 0.5], dtype="Float64"),
        pl.Series([None, 0.5]),
    ],
)
def test_missing_numbers_are_refused(place, values):
    call, parameter = PLACES[place]

    with pytest.raises(ValueError, match=f"{parameter}.* must be .*got .*nan"):
        call(values)


@pytest.mark.parametrize("value", [True, np.True_, 1j, dt.date(2026, 1, 1)])
@pytest.mark.parametrize("declared", [lambda v: v, lambda v: {0: v}])
def test_one_value_for_an_output_follows_the_rule(value, declared):
    with pytest.raises(TypeError, match=r"^adjust_predictions: `lower` must hold real"):
        adjust(lower=declared(value))


def test_one_number_of_any_kind_bounds_all_outputs():
    for number in (1, np.float32(1), Decimal(1), Fraction(1), np.array(1)):
        assert_array_equal(adjust(lower=number), adjust(lower=1.0))
        assert_array_equal(adjust(lower={0: number}), adjust(lower={0: 1.0}))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([10**400, 1], r"integers beyond float64 such as 1000.*401 characters"),
        (np.array([1j, 2.0], dtype=object), "complex numbers"),
        (np.array([object(), 2.0], dtype=object), "objects of type object"),
    ],
)
def test_objects_that_are_no_float64_are_refused(value, message):
    with pytest.raises(ValueError, match=f"adjust_predictions: .*{message}"):
        adjust_predictions(value)
