"""Exact isotonic projections of many sequences at once.

Every decision about a sequence is taken from its own numbers, so that it comes out the
same to the last bit whatever it is projected together with. Weights are finite and
positive, and those of one sequence sum to 1 at most: so no sum can overflow.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

# Sums of smaller values do not overflow.
_LARGEST = 2.0**960


def project_chains(
    values: Floats,
    weight: Floats | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return the closest rows that never fall and keep their bounds.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    weight : ndarray of shape (n_columns,), default=None
        The weight of each column in the squared distance; None for equal weights.
    lower, upper : ndarray of shape (n_columns,) or (n_rows, n_columns), default=None
        Bounds that never fall from column to column, ``lower <= upper``; both or none.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        As for `project_sequences`.
    """
    n_rows, n_columns = values.shape
    starts = np.arange(n_rows) * n_columns
    flat = [
        None if array is None else np.broadcast_to(array, values.shape).ravel()
        for array in (weight, lower, upper)
    ]
    return project_sequences(values.ravel(), starts, *flat).reshape(values.shape)


def project_sequences(
    values: Floats,
    starts: NDArray[np.intp],
    weight: Floats | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return the closest values that never fall within a sequence.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The sequences, end to end. Not changed.
    starts : ndarray of shape (n_sequences,), intp
        Where each sequence begins, the first at 0.
    weight : ndarray of shape (n,), default=None
        The weight of each value in the squared distance; None for equal weights.
    lower, upper : ndarray of shape (n,), default=None
        Bounds that never fall within a sequence, ``lower <= upper``; both or none.

    Returns
    -------
    ndarray of shape (n,)
        The weighted mean of its block in place of each value, or the bound that holds
        the block; a value that is a block by itself within its bounds is returned bit
        for bit.

    Notes
    -----
    The value of a block is its weighted mean, clipped to the highest of its lower and
    the lowest of its upper bounds [1]_. Pooling first and clipping after is another,
    worse answer.

    References
    ----------
    .. [1] Best, M. J., Chakravarti, N. and Ubhaya, V. A. (2000). Minimizing separable
       convex functions subject to simple chain constraints. SIAM Journal on
       Optimization, 10(3), 658-672. :doi:`10.1137/S1052623497314970`
    """
    if weight is None and np.abs(values).max(initial=0.0) > _LARGEST:
        # Equal weights are 1: huge sequences are scaled, each by itself.
        huge = np.maximum.reduceat(np.abs(values), starts) > _LARGEST
        power = np.repeat(np.where(huge, -64, 0), np.diff(starts, append=values.size))
        with np.errstate(under="ignore"):
            scaled = np.ldexp(values, power)
            bounds = [None if b is None else np.ldexp(b, power) for b in (lower, upper)]
        projected = project_sequences(scaled, starts, None, *bounds)
        return np.where(projected == scaled, values, np.ldexp(projected, -power))
    if lower is None and upper is None and _nan_separates():
        return _pool_compiled(values, weight, starts)
    return _pool_in_rounds(values, weight, starts, lower, upper)


@cache
def _nan_separates() -> bool:
    """Tell whether SciPy's isotonic regression treats what NaN separates alone.

    It compares neighbours, and no comparison with NaN holds; SciPy does not promise it.
    """
    try:
        pooled = isotonic_regression([2.0, 1.0, np.nan, 1.0, 0.0, 0.0, np.nan, 0.0]).x
    except ValueError:
        return False
    expected = [1.5, 1.5, np.nan, 1 / 3, 1 / 3, 1 / 3, np.nan, 0.0]
    return np.array_equal(pooled, expected, equal_nan=True)


def _pool_compiled(
    values: Floats, weight: Floats | None, starts: NDArray[np.intp]
) -> Floats:
    """Pool adjacent violators in one call, with a NaN between the sequences."""
    place = np.arange(values.size)
    lengths = np.diff(starts, append=values.size)
    place += np.repeat(np.arange(starts.size), lengths)
    padded = np.full(values.size + starts.size, np.nan)
    padded[place] = values
    if weight is not None:
        weights = np.ones(padded.size)
        weights[place] = weight
        weight = weights
    pooled = isotonic_regression(padded, weights=weight)
    projected: Floats = pooled.x
    if (padded[1:] == padded[:-1]).any():
        # The mean of equal values could round, and they need not move.
        blocks = pooled.blocks
        highest = np.maximum.reduceat(padded, blocks[:-1])
        tied = highest == np.minimum.reduceat(padded, blocks[:-1])
        projected = np.where(np.repeat(tied, np.diff(blocks)), padded, projected)
    return projected[place]


def _pool_in_rounds(
    values: Floats,
    weight: Floats | None,
    starts: NDArray[np.intp],
    lower: Floats | None,
    upper: Floats | None,
) -> Floats:
    """Pool each run of falling blocks into one, until none falls.

    In the projection too such a run lies in one block, so that it does not matter which
    is pooled first.
    """

    def clip(means: Floats) -> Floats:
        if lower is not None:
            means = np.maximum(means, lower[borders[1:] - 1])
        if upper is not None:
            means = np.minimum(means, upper[borders[:-1]])
        return means

    # Where blocks begin, and the end; which of these no pooling may remove.
    borders = np.arange(values.size + 1)
    fixed = np.zeros(values.size + 1, dtype=bool)
    fixed[starts] = fixed[-1] = True
    mass: Floats | None = weight
    total: Floats = values if weight is None else values * weight
    mean = clip(values)
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
        total = _block_sums(label, total)
        sizes = borders[1:] - borders[:-1]
        if mass is not None:
            mass = _block_sums(label, mass)
        mean = total / (sizes if mass is None else mass)
        # The quotient of a single value could round, and fall.
        mean = clip(np.where(sizes == 1, values[borders[:-1]], mean))
    return np.repeat(mean, borders[1:] - borders[:-1])


def _block_sums(label: NDArray[np.intp], parts: Floats) -> Floats:
    return np.bincount(label, parts).astype(np.float64, copy=False)
