"""Fractions become the nearest floats."""

from fractions import Fraction

import numpy as np
from numpy.testing import assert_array_equal

from sklstm._projection.rational import as_floats


def test_each_fraction_is_rounded_once_and_large_ones_are_infinite():
    huge = Fraction(10) ** 400
    found = as_floats([Fraction(1, 3), huge, -huge, 1 / huge])
    assert_array_equal(found, [1 / 3, np.inf, -np.inf, 0.0])
