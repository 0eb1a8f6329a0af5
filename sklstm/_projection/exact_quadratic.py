"""The projection of one row onto linear rules in rational arithmetic.

Slow, and always right: for rows where rounding decides which constraints bind.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.rational import as_floats

Floats = NDArray[np.float64]
Row = list[Fraction]


def project_rules_exactly(
    row: Floats,
    lower: Floats,
    upper: Floats,
    normals: Floats,
    offsets: Floats,
    n_equalities: int,
    weight: Floats,
) -> Floats | None:
    """Return the closest values that meet bounds and rules, each rounded once.

    Parameters
    ----------
    row, lower, upper, weight : ndarray of shape (n_columns,)
        Values, their bounds and the weight of each in the squared distance.
    normals : ndarray of shape (n_constraints, n_columns)
        ``normals @ x >= offsets``; equalities first.
    offsets : ndarray of shape (n_constraints,)
    n_equalities : int
        How many of the constraints hold with equality.

    Returns
    -------
    ndarray of shape (n_columns,), or None
        None where no real numbers meet the constraints, or an offset is infinite.

    Notes
    -----
    The dual active-set method [1]_: in each step the most violated constraint becomes
    binding, on the way to which the multipliers of others may reach 0 and let them go.
    Nothing rounds, so that each step is a true ascent and the search ends.

    References
    ----------
    .. [1] Goldfarb, D. and Idnani, A. (1983). A numerically stable dual method for
       solving strictly convex quadratic programs. Mathematical Programming, 27, 1-33.
       :doi:`10.1007/BF02591962`
    """
    if not np.isfinite(offsets).all():
        return None
    n_columns = row.size
    constraints = [
        (_fractions(normal), Fraction(offset))
        for normal, offset in zip(normals, offsets.tolist(), strict=True)
    ]
    for bounds, sign in ((lower, 1), (upper, -1)):
        for column in np.flatnonzero(np.isfinite(bounds)).tolist():
            unit = [Fraction(0)] * n_columns
            unit[column] = Fraction(sign)
            constraints.append((unit, sign * Fraction(float(bounds[column]))))
    search = _Search(_fractions(row), [1 / w for w in _fractions(weight)])
    while True:
        worst, sign, largest = -1, 1, Fraction(0)
        for i, (normal, offset) in enumerate(constraints):
            gap = offset - _dot(normal, search.x)
            if i < n_equalities and gap < 0:
                gap, direction = -gap, -1
            else:
                direction = 1
            if gap > largest:
                worst, sign, largest = i, direction, gap
        if worst < 0:
            return as_floats(search.x)
        normal, offset = constraints[worst]
        if not search.bind(
            [sign * a for a in normal], sign * offset, worst < n_equalities
        ):
            return None


class _Search:
    """Values, and the constraints that bind them: ``normal @ x == offset``.

    Parameters
    ----------
    values : list of Fraction
    move : list of Fraction
        By how much each column yields to a unit of force: the inverse of its weight.
    """

    def __init__(self, values: Row, move: Row) -> None:
        self.x, self.move = values, move
        self.normals: list[Row] = []
        self.is_equality: list[bool] = []
        self.multipliers: Row = []

    def bind(self, normal: Row, offset: Fraction, is_equality: bool) -> bool:
        """Let a violated constraint bind; return whether it can be met."""
        multiplier = Fraction(0)
        while True:
            # The share of the normal that the binding constraints span, and the rest.
            shares = self._spanned(normal)
            direction = list(normal)
            for share, bound in zip(shares, self.normals, strict=True):
                direction = [
                    d - share * b for d, b in zip(direction, bound, strict=True)
                ]
            direction = [m * d for m, d in zip(self.move, direction, strict=True)]
            slope = _dot(normal, direction)
            limits = [
                (old / share, i)
                for i, (old, share) in enumerate(
                    zip(self.multipliers, shares, strict=True)
                )
                if share > 0 and not self.is_equality[i]
            ]
            first = min(limits, default=None)
            whole = (offset - _dot(normal, self.x)) / slope if slope else None
            if whole is None and first is None:
                return False
            is_whole = first is None or (whole is not None and whole <= first[0])
            step = whole if is_whole or first is None else first[0]
            assert step is not None
            self.x = [x + step * d for x, d in zip(self.x, direction, strict=True)]
            self.multipliers = [
                u - step * share
                for u, share in zip(self.multipliers, shares, strict=True)
            ]
            multiplier += step
            if is_whole:
                self.normals.append(normal)
                self.is_equality.append(is_equality)
                self.multipliers.append(multiplier)
                return True
            assert first is not None
            for part in (self.normals, self.is_equality, self.multipliers):
                del part[first[1]]

    def _spanned(self, normal: Row) -> Row:
        """Return the coefficients of the binding normals that are nearest to this one.

        They solve the normal equations, by Gaussian elimination. The binding normals
        are independent, so that no pivot is 0.
        """
        n = len(self.normals)
        moved = [
            [m * a for m, a in zip(self.move, bound, strict=True)]
            for bound in self.normals
        ]
        rows = [
            [_dot(moved[i], other) for other in (*self.normals, normal)]
            for i in range(n)
        ]
        for i in range(n):
            for j in range(i + 1, n):
                if factor := rows[j][i] / rows[i][i]:
                    rows[j] = [
                        b - factor * a for a, b in zip(rows[i], rows[j], strict=True)
                    ]
        solution: Row = []
        for i in reversed(range(n)):
            known = _dot(rows[i][i + 1 : n], solution)
            solution.insert(0, (rows[i][n] - known) / rows[i][i])
        return solution


def _fractions(numbers: Floats) -> Row:
    return [Fraction(number) for number in numbers.tolist()]


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), Fraction(0))
