"""Declarations and predictions near the largest number, and coefficients far apart."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklstm import adjust_predictions

SUM = {"order": None, "rules": ["y[0] + y[1] == y[2]"]}


@pytest.mark.parametrize("size", [1e6, 1e20, 1e25, 1e300, 2.0**1022])
def test_rules_with_bounds_of_any_size(size):
    adjusted = adjust_predictions([[1.0, 2.0, 3.0]], lower=size / 4, **SUM)
    assert_array_equal(adjusted, [[size / 4, size / 4, size / 2]])

    message = r"no values obey all of what is declared: output 0 >= .*y\[2\]"
    with pytest.raises(ValueError, match=message):
        adjust_predictions([[1.0, 2.0, 3.0]], lower=size / 4, upper=size / 2.5, **SUM)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("1e200 * 1e200 * y[0] <= y[1]", "position 0: a product or sum of these"),
        ("y[0] <= 1e308 + 1e308", "position 8: a product or sum of these numbers"),
        ("y[0] + y[2] - 1e308 <= y[1] + 1e308", "too large for float64. Use a larger"),
        ("1e308 <= 1e-300 * y[0]", "compares an output with a number too large"),
        ("y[0] + y[2] <= 1e300 * y[1]", "must not differ by more than a factor of"),
        ("1e300 * y[0] <= 1e300 * y[1]", "largest must be between 1e-100 and 1e+100"),
    ],
)
def test_numbers_that_are_too_large_are_refused(statement, message):
    with pytest.raises(ValueError, match=re.escape(message)) as refusal:
        adjust_predictions([[1.0, 2.0, 3.0]], order=None, rules=[statement])
    assert str(refusal.value).startswith("adjust_predictions: ")


@pytest.mark.parametrize("largest", [1.7e308, 1e300])
def test_sums_that_overflow_are_found_or_refused(largest):
    values = [[largest, largest, 1.0], [1.0, 2.0, 3.0]]
    if largest < 1e308:
        low, other, total = adjust_predictions(values, lower=None, **SUM)[0]
        assert low + other == total
        return
    message = r"in 1 of 2 rows, the first of them row 0\. Sums .* 1\.7e\+308 overflow"
    with pytest.raises(ValueError, match=message):
        adjust_predictions(values, lower=None, **SUM)


def test_gaps_that_overflow_are_refused():
    order = ["y[0] + 1e308 <= y[1]"]
    with pytest.raises(ValueError, match=r"row 0\. Sums of values as large as 1\.7e"):
        adjust_predictions([[1.7e308, -1.7e308]], lower=None, order=order)
    values = np.ones((2, 2), dtype=np.float16)
    with pytest.raises(ValueError, match=r"a gap of 100000\.0, which no two float16"):
        adjust_predictions(values, order=["y[0] + 1e5 <= y[1]"])


@pytest.mark.parametrize("order", [np.array(None), np.ma.masked])
def test_an_array_without_axes_declares_nothing(order):
    with pytest.raises(TypeError, match=r"^adjust_predictions: `order` must be"):
        adjust_predictions([[1.0, 2.0]], order=order)
    with pytest.raises(TypeError, match=r"^adjust_predictions: `rules` must be a list"):
        adjust_predictions([[1.0, 2.0]], rules=order)


def test_no_rows_have_bounds_of_each_row():
    adjusted = adjust_predictions(np.empty((0, 2)), upper=np.empty((0, 1)))
    assert adjusted.shape == (0, 2)
