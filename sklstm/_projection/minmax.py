"""Exact isotonic projections of short chains, for many rows at once."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import clip

Floats = NDArray[np.float64]

# Values in a block: many, as each operation has a cost of its own.
_BLOCK_SIZE = 2**17


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
    n_rows, n_columns = values.shape
    projected = np.empty_like(values)
    step = max(1, _BLOCK_SIZE // n_columns)
    # Of each block; memory that is used again is in the cache.
    buffers = np.empty((5, n_columns, min(step, n_rows)))
    mass = np.ones(n_columns) if weight is None else weight
    for start in range(0, n_rows, step):
        block = slice(start, start + step)
        columns, *work = buffers[:, :, : min(step, n_rows - start)]
        # One column after the other in memory: each operation runs along all rows.
        columns[:] = values[block].T
        floor, cap = (
            None if b is None else _by_column(b, block, n_columns)
            for b in (lower, upper)
        )
        projected[block] = _project_block(columns, weight, mass, floor, cap, work).T
    return projected


def _project_block(
    columns: Floats,
    weight: Floats | None,
    mass: Floats,
    floor: Floats | None,
    cap: Floats | None,
    work: list[Floats],
) -> Floats:
    """Project the columns of a block, in the buffers of `work`."""
    n_columns = len(columns)
    own, total, mean, level = work
    own[:] = columns
    if floor is not None and cap is not None:
        clip(columns, floor, cap, out=own)
    moment = columns if weight is None else columns * weight[:, None]
    total[:], level[:] = moment, own
    total_mass = mass.copy()
    for before in range(1, n_columns):
        # Column k of `total` is the sum of the columns from `k - before` to k.
        total[before:] += moment[:-before]
        total_mass[before:] += mass[:-before]
        share = 1 / total_mass[before:, None]
        np.multiply(total[before:], share, out=mean[before:])
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
    return level


def _by_column(bound: Floats, rows: slice, n_columns: int) -> Floats:
    """Return the bounds of these rows with one row for each column."""
    bound = np.atleast_2d(bound)
    part = bound if len(bound) == 1 else bound[rows]
    return np.ascontiguousarray(np.broadcast_to(part.T, (n_columns, len(part))))
