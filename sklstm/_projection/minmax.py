"""Exact isotonic projections of short chains, for many rows at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def project_short_chains(
    values: Floats,
    weight: Floats | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return the closest non-decreasing rows within bounds, by the min-max formula.

    The work grows with the square of the number of columns, but all of it is done on
    many rows at once: this is faster than pooling for two dozen columns and fewer.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Values whose sums do not overflow. Not changed.
    weight : ndarray of shape (n_columns,), default=None
        The weight of each column in the squared distance; None for equal weights.
    lower, upper : ndarray that broadcasts to the shape of `values`, default=None
        Bounds that never fall from column to column, ``lower <= upper``; both or none.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        As for `isotonic.project_sequences`.

    Notes
    -----
    If only the columns up to k are projected, the last of them gets ``level[k]``: the
    largest mean of columns i to k, over all i [1]_. A bound of column i caps the means
    that begin there, and ``lower[k]`` is the least that column k may get. Later columns
    can only lower a column, so that column j gets the least of its own and all later
    levels.

    References
    ----------
    .. [1] Barlow, R. E. and Brunk, H. D. (1972). The isotonic regression problem and
       its dual. Journal of the American Statistical Association, 67(337), 140-147.
       :doi:`10.1080/01621459.1972.10481216`
    """
    # One column after the other in memory: each operation runs along all rows.
    columns = values.T.copy()
    n_columns = len(columns)
    own = columns
    cap = None
    if lower is not None and upper is not None:
        floor, cap = _by_column(lower, n_columns), _by_column(upper, n_columns)
        own = np.minimum(np.maximum(columns, floor), cap)
    moment, mass = columns, np.ones((n_columns, 1))
    if weight is not None:
        mass = weight[:, None]
        moment = columns * mass
    level, mean = own.copy(), np.empty_like(columns)
    total, total_mass = moment.copy(), mass.copy()
    for before in range(1, n_columns):
        # Column k of `total` is the sum of the columns from `k - before` to k.
        total[before:] += moment[:-before]
        total_mass[before:] += mass[:-before]
        np.multiply(total[before:], 1 / total_mass[before:], out=mean[before:])
        if cap is not None:
            np.minimum(mean[before:], cap[:-before], out=mean[before:])
        np.maximum(level[before:], mean[before:], out=level[before:])
    highest = mean[0]
    for k in range(1, n_columns):
        # A mean of equal values may round above them; a column that does not fall is
        # not pooled with those before it, and keeps every bit.
        np.maximum(own[k], level[k - 1], out=highest)
        np.minimum(level[k], highest, out=level[k])
    for k in range(n_columns - 2, -1, -1):
        np.minimum(level[k], level[k + 1], out=level[k])
    return level.T


def _by_column(bound: Floats, n_columns: int) -> Floats:
    """Return the bounds with one row for each column, for all rows or for each."""
    by_column = np.atleast_2d(bound).T
    return np.broadcast_to(by_column, (n_columns, by_column.shape[1])).copy()
