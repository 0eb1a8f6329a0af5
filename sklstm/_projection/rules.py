"""Linear statements about outputs, evaluated as NumPy evaluates them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Side:
    """One side of a statement: a sum of terms in their declared order.

    Attributes
    ----------
    columns : tuple of int
        The output of each term.
    coefficients : tuple of float
        By what each output is multiplied.
    constant : float
        Added at the end; 0 is not added.
    """

    columns: tuple[int, ...] = ()
    coefficients: tuple[float, ...] = ()
    constant: float = 0.0

    def evaluate(self, rows: Floats) -> Floats:
        """Return the side for each row, as NumPy adds from left to right.

        A coefficient of 1 does not multiply, one of -1 subtracts.
        """
        dtype = rows.dtype.type
        total: Floats | None = None
        for column, coefficient in zip(self.columns, self.coefficients, strict=True):
            term = rows[:, column]
            if abs(coefficient) != 1:
                term = dtype(abs(coefficient)) * term
            if total is None:
                total = term if coefficient > 0 else -term
            else:
                total = total + term if coefficient > 0 else total - term
        if total is None:
            return np.full(len(rows), dtype(self.constant))
        return total + dtype(self.constant) if self.constant else total

    def normal(self, n_outputs: int) -> NDArray[np.float64]:
        """Return the coefficients as a vector with one entry for each output."""
        normal = np.zeros(n_outputs)
        np.add.at(normal, list(self.columns), self.coefficients)
        return normal


@dataclass(frozen=True)
class Rule:
    """A statement ``left == right`` or ``left <= right``."""

    left: Side
    right: Side
    is_equality: bool

    @property
    def derived(self) -> int | None:
        """The output that an equality computes: the single name on one side."""
        if not self.is_equality:
            return None
        for side, other in ((self.right, self.left), (self.left, self.right)):
            if side.coefficients == (1.0,) and not side.constant:
                return side.columns[0] if len(other.columns) > 0 else None
        return None

    def parts(self) -> Side:
        """The side from which the derived output is computed."""
        is_right = self.right.coefficients == (1.0,) and not self.right.constant
        return self.left if is_right else self.right

    def error(self, rows: Floats) -> Floats:
        """Return by how much the left side of each row must change; 0 if it holds."""
        left, right = self.left.evaluate(rows), self.right.evaluate(rows)
        wanted: Floats = right - left
        if not self.is_equality:
            wanted = np.where(left <= right, 0, wanted)
        return np.where(left == right, 0, wanted)
