"""Projections onto bounds and one linear rule, true up to rounding.

Rows lie side by side in memory, so that each operation runs along all of them, and sums
are added up in the order of the columns: a row does not depend on the rows beside it.
"""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import clip

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A smaller violation is rounding, relative to the terms of the rule.
_TOLERANCE = 1e-12
# A rule that misses by more than this cannot be met: its columns are all at a bound.
_INFEASIBLE = 1e-11
# Values in a part: its arrays stay in the cache.
_PART_SIZE = 2**15


def project_one_rule(
    values: Floats,
    lower: Floats,
    upper: Floats,
    normal: Floats,
    offset: Floats,
    is_equality: bool,
    weight: Floats,
) -> tuple[Floats, Bools]:
    """Return the closest rows within bounds with ``normal @ x >= offset``, or ``==``.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    lower, upper : ndarray of shape (n_rows, n_columns) or (1, n_columns)
    normal, weight : ndarray of shape (n_columns,)
        No entry is 0.
    offset : ndarray of shape (n_rows,)
    is_equality : bool

    Returns
    -------
    projected : ndarray of shape (n_rows, n_columns)
    infeasible : ndarray of shape (n_rows,), bool

    Notes
    -----
    Each column moves along its normal until a bound stops it. The common multiplier
    solves one equation in one unknown: columns that certainly stop are fixed, round by
    round [1]_.

    References
    ----------
    .. [1] Bitran, G. R. and Hax, A. C. (1981). Disaggregation and resource allocation
       using convex knapsack problems with bounded variables. Management Science,
       27(4), 431-441. :doi:`10.1287/mnsc.27.4.431`
    """
    n_rows, n_columns = values.shape
    projected = np.empty((n_columns, n_rows))
    infeasible = np.zeros(n_rows, dtype=bool)
    step = max(1, _PART_SIZE // n_columns)
    for start in range(0, n_rows, step):
        part = slice(start, start + step)
        search = _Search(
            np.ascontiguousarray(values[part].T),
            np.ascontiguousarray(_rows(lower, part).T),
            np.ascontiguousarray(_rows(upper, part).T),
            normal,
            offset[part],
            is_equality,
            weight,
        )
        projected[:, part], infeasible[part] = search.run()
    return projected.T, infeasible


def _rows(bound: Floats, rows: slice) -> Floats:
    return bound if len(bound) == 1 else bound[rows]


class _Search:
    """The search for the columns that stop, in all rows of a part.

    Parameters
    ----------
    y : ndarray of shape (n_columns, n_rows)
    low, high : ndarray of shape (n_columns, n_rows) or (n_columns, 1)
    normal, offset, is_equality, weight
        As in `project_one_rule`.
    """

    def __init__(
        self,
        y: Floats,
        low: Floats,
        high: Floats,
        normal: Floats,
        offset: Floats,
        is_equality: bool,
        weight: Floats,
    ) -> None:
        self.y, self.low, self.high = y, low, high
        self.normal, self.offset = normal, offset
        self.is_equality = is_equality
        self.speed = (normal / weight)[:, None]

    def run(self) -> tuple[Floats, Bools]:
        """Return the projected rows, and which of them cannot be met."""
        x = clip(self.y, self.low, self.high)
        infeasible = np.zeros(x.shape[1], dtype=bool)
        rows = np.flatnonzero(self._is_wrong(x))
        y, low, high, offset = self.y, self.low, self.high, self.offset
        if rows.size < x.shape[1]:
            y, low, high, offset = self._take(rows, y, low, high, offset)
        # A column that has stopped moves no further: its speed is 0.
        speed = self.speed
        for _ in range(len(self.normal) + 1):
            if rows.size == 0:
                break
            mass = _dot(self.normal, speed)
            gap = offset - _dot(self.normal, y)
            stuck = np.broadcast_to(mass <= 0, gap.shape)
            moved = speed * (gap / np.where(mass <= 0, 1, mass))
            moved += y
            stopped = clip(moved, low, high)
            change = (stopped - moved) * self.normal[:, None]
            if stuck.any():
                stopped[:, stuck], change[:, stuck] = y[:, stuck], 0
                at = rows[stuck]
                size = self._size(x[:, at], at)
                infeasible[at] = np.abs(gap[stuck]) > _INFEASIBLE * size
            excess = _dot(np.ones(len(change)), change)
            x[:, rows] = stopped
            going = np.flatnonzero(excess)
            if going.size == 0:
                break
            # The columns that stop on the side that counts for more stop for good.
            rows, change, excess = rows[going], change[:, going], excess[going]
            stops = change * np.sign(excess) > 0
            speed = np.broadcast_to(speed, stopped.shape)[:, going]
            y, stopped, low, high, offset = self._take(
                going, y, stopped, low, high, offset
            )
            y, speed = np.where(stops, stopped, y), np.where(stops, 0, speed)
        return x, infeasible

    def _is_wrong(self, x: Floats) -> Bools:
        """Tell for each row whether it breaks the rule by more than rounding."""
        gap = self.offset - _dot(self.normal, x)
        if self.is_equality:
            np.abs(gap, out=gap)
        wrong = gap > 0
        # What rounds is measured only where the gap is small for any of these rows.
        largest = max(np.abs(a).max(initial=0.0) for a in (x, self.y))
        bound = np.abs(self.normal).sum() * largest + np.abs(self.offset)
        close = np.flatnonzero(wrong & (gap <= 2 * _TOLERANCE * bound))
        size = self._size(x[:, close], close)
        wrong[close] = gap[close] > _TOLERANCE * size
        return wrong

    def _size(self, x: Floats, rows: NDArray[np.intp]) -> Floats:
        """Return what the rounding of the rule is relative to, in these rows."""
        largest = np.maximum(np.abs(x), np.abs(self.y[:, rows]))
        return _dot(np.abs(self.normal), largest) + np.abs(self.offset[rows])

    @staticmethod
    def _take(rows: NDArray[np.intp], *arrays: Floats) -> list[Floats]:
        """Return these rows of the arrays; what all rows share stays as it is."""
        return [a if a.shape[-1] == 1 else a.take(rows, axis=-1) for a in arrays]


def _dot(normal: Floats, columns: Floats) -> Floats:
    """Return the weighted sum of the columns, one after the other."""
    total = normal[0] * columns[0]
    for factor, column in zip(normal[1:], columns[1:], strict=True):
        if factor == 1:
            total += column
        elif factor == -1:
            total -= column
        else:
            total += factor * column
    return np.asarray(total)
