"""Exact isotonic projections of many short or a few long sequences at once.

Every decision about a sequence is taken from its own numbers, so that it comes out the
same to the last bit whatever it is projected together with. Weights are finite and
positive, and those of one sequence sum to 1 at most: so no sum can overflow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

# The rounds of pooling of short sequences are at most their length; a long sequence
# repays a call of its own.
_LONG = 256


def project_sequences(
    values: Floats, weight: Floats | None, starts: NDArray[np.intp]
) -> Floats:
    """Return the closest values that never fall within a sequence.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The sequences, end to end. Not changed.
    weight : ndarray of shape (n,) or None
        The weight of each value in the squared distance; None for equal weights.
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
        return _pool_in_rounds(values, weight, starts)
    projected = np.empty_like(values)
    for start, length in zip(starts[is_long], lengths[is_long], strict=True):
        part = slice(start, start + length)
        own = np.full(length, 1 / length) if weight is None else weight[part]
        projected[part] = isotonic_regression(values[part], weights=own).x
    if not is_long.all():
        rest = np.repeat(~is_long, lengths)
        lengths = lengths[~is_long]
        starts = np.cumsum(lengths) - lengths
        of_rest = None if weight is None else weight[rest]
        projected[rest] = _pool_in_rounds(values[rest], of_rest, starts)
    return projected


def _pool_in_rounds(
    values: Floats, weight: Floats | None, starts: NDArray[np.intp]
) -> Floats:
    """Pool each run of falling blocks into one, until none falls.

    In the projection too such a run lies in one block, so that it does not matter which
    is pooled first.
    """
    # Where blocks begin, and the end; which of these no pooling may remove.
    borders = np.arange(values.size + 1)
    fixed = np.zeros(values.size + 1, dtype=bool)
    fixed[starts] = fixed[-1] = True
    # Equal weights sum to 1 at most.
    equal = 1 / _LONG
    mass: NDArray[Any] = np.empty(0) if weight is None else weight
    total: NDArray[Any] = values * (equal if weight is None else weight)
    mean = values
    while True:
        kept = fixed.copy()
        kept[1:-1] |= mean[1:] >= mean[:-1]
        places = np.flatnonzero(kept)
        if places.size == kept.size:
            break
        # Number the new blocks from 0. To sum bool would take longer than the copy.
        label = kept[:-1].astype(np.intp)
        label[0] = 0
        np.cumsum(label, out=label)
        borders, fixed = borders[places], fixed[places]
        total = np.bincount(label, total)
        sizes = borders[1:] - borders[:-1]
        mass = sizes * equal if weight is None else np.bincount(label, mass)
        mean = total / mass
        if weight is not None:  # the quotient of a single value could round, and fall
            mean = np.where(sizes == 1, values[borders[:-1]], mean)
    sizes = borders[1:] - borders[:-1]
    return np.repeat(np.where(sizes == 1, values[borders[:-1]], mean), sizes)


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
