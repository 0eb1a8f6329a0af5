"""Exact isotonic projections of many short or a few long sequences at once.

Every decision about a sequence is taken from its own numbers, so that it comes out the
same to the last bit whatever it is projected together with. Weights are finite and
positive, and those of one sequence sum to 1 at most: so no sum can overflow.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

# The rounds of pooling of short sequences are at most their length; a long sequence
# repays a call of its own.
_LONG = 256


def project_sequences(
    values: Floats, weight: Floats, starts: NDArray[np.intp]
) -> Floats:
    """Return the closest values that never fall within a sequence.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The sequences, end to end. Not changed.
    weight : ndarray of shape (n,)
        The weight of each value in the squared distance.
    starts : ndarray of shape (n_sequences,), intp
        Where each sequence begins, the first at 0.

    Returns
    -------
    ndarray of shape (n,)
        The weighted mean of its block in place of each value; a value that is a block
        by itself is returned bit for bit.
    """
    lengths = np.diff(starts, append=values.size)
    is_long = lengths > _LONG
    if not is_long.any():
        blocks = _pool_in_rounds(values, weight, starts)
    else:
        in_short = np.repeat(~is_long, lengths)
        place = np.flatnonzero(in_short)
        short = _pool_in_rounds(
            values[in_short],
            weight[in_short],
            np.cumsum(lengths[~is_long]) - lengths[~is_long],
        )
        found = [place[short]]
        for start, length in zip(starts[is_long], lengths[is_long], strict=True):
            part = slice(start, start + length)
            fit = isotonic_regression(values[part], weights=weight[part])
            found.append(start + fit.blocks[:-1])
        blocks = np.sort(np.concatenate(found))
    sizes = np.diff(blocks, append=values.size)
    means = np.add.reduceat(values * weight, blocks) / np.add.reduceat(weight, blocks)
    return np.where(np.repeat(sizes == 1, sizes), values, np.repeat(means, sizes))


def _pool_in_rounds(
    values: Floats, weight: Floats, starts: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return where the blocks of the projection begin.

    A round pools each run of falling blocks into one. In the projection too such a run
    is one block, so that the order of pooling does not matter.
    """
    if values.size == 0:
        return starts
    opens = np.zeros(values.size, dtype=bool)
    opens[starts] = True
    blocks = np.arange(values.size)
    total, mass = values * weight, weight
    mean = values
    while True:
        kept = opens.copy()
        kept[1:] |= mean[1:] >= mean[:-1]
        if kept.all():
            return blocks
        first = np.flatnonzero(kept)
        total, mass = np.add.reduceat(total, first), np.add.reduceat(mass, first)
        mean = total / mass
        blocks, opens = blocks[first], opens[first]


def project_bounded_chains(
    values: Floats, lower: Floats, upper: Floats, weight: Floats
) -> Floats:
    """Return the closest rows that never fall and keep the bounds of each column.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    lower, upper : ndarray of shape (n_columns,)
        Bounds that never fall from column to column, ``lower <= upper``.
    weight : ndarray of shape (n_columns,)
        The weight of each column in the squared distance.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    Notes
    -----
    The value of a block is its weighted mean, clipped to the highest of its lower and
    the lowest of its upper bounds [1]_; the projection is the largest over the first
    column of the smallest over the last column of the blocks around it. Pooling first
    and clipping after is another, worse answer.

    References
    ----------
    .. [1] Best, M. J., Chakravarti, N. and Ubhaya, V. A. (2000). Minimizing separable
       convex functions subject to simple chain constraints. SIAM Journal on
       Optimization, 10(3), 658-672. :doi:`10.1137/S1052623497314970`
    """
    n_columns = values.shape[1]
    projected = np.full(values.shape, -np.inf)
    moments = values * weight
    for first in range(n_columns):
        block = np.cumsum(moments[:, first:], axis=1) / np.cumsum(weight[first:])
        block[:, 0] = values[:, first]
        block = np.minimum(np.maximum(block, lower[first:]), upper[first])
        smallest = np.minimum.accumulate(block[:, ::-1], axis=1)[:, ::-1]
        np.maximum(projected[:, first:], smallest, out=projected[:, first:])
    return projected
