"""Fractions of whole numbers as floats."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def as_floats(values: Iterable[Fraction]) -> NDArray[np.float64]:
    """Return each value rounded once; infinity beyond the largest float."""
    return np.array([_as_float(value) for value in values])


def _as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf
