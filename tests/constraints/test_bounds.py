"""The grammar of bounds."""

import numpy as np
import pandas as pd
import pytest
from constraints.declared import resolve
from numpy.testing import assert_array_equal


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (None, [-np.inf] * 4),
        (-np.inf, [-np.inf] * 4),
        (2, [2.0] * 4),
        ([0, 1, 2, 3], [0.0, 1, 2, 3]),
        ({"low": 1.5, 0: 2}, [2, -np.inf, 1.5, -np.inf]),
        (np.float32(0.5), [0.5] * 4),
        ({"low": None, "high": 1}, [-np.inf, 1, -np.inf, -np.inf]),
        (pd.Series([1, 2, 3, 4]), [1, 2, 3, 4]),
        (pd.Series([1, 2], index=[3, 0]), [2, -np.inf, -np.inf, 1]),
        (pd.Series([1, 2, 3, 4], index=[3, 2, 1, 0]), [4, 3, 2, 1]),
    ],
)
def test_a_bound_may_be_said_in_many_ways(bound, expected):
    assert_array_equal(resolve(lower=bound).lower, expected)


def test_bounds_are_tightened_along_the_order():
    constraints = resolve(
        order="low <= open <= high", lower={"low": 1.0}, upper={"high": 9.0, "low": 5.0}
    )

    assert_array_equal(constraints.lower, [1, 1, 1, -np.inf])
    assert_array_equal(constraints.upper, [9, 9, 5, np.inf])
