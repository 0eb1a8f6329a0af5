"""Exact isotonic projections of many sequences at once.

Every decision about a sequence is taken from its own numbers, so that it comes out the
same to the last bit whatever it is projected together with. Weights are finite and
positive, and those of one sequence sum to 1 at most: so no sum can overflow.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from sklstm._projection.minmax import project_short_chains

Floats = NDArray[np.float64]

# Up to so many columns, the min-max formula is faster than pooling.
_SHORT = 24
# Values that are pooled in one call, without bounds: their arrays stay in the cache.
_PIECE_SIZE = 2**15
# Sums of smaller values do not overflow.
_LARGEST = 2.0**960


def project_chains(
    values: Floats,
    weight: Floats | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return the closest non-decreasing rows within their bounds.

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
    if n_columns <= _SHORT:
        return _project_short(values, weight, lower, upper)
    step = max(1, _PIECE_SIZE // n_columns)
    if lower is None and n_rows > step:
        projected = np.empty_like(values)
        for start in range(0, n_rows, step):
            piece = slice(start, start + step)
            projected[piece] = project_chains(values[piece], weight)
        return projected
    weight, lower, upper = (
        None if array is None else np.broadcast_to(array, values.shape)
        for array in (weight, lower, upper)
    )
    if n_rows == 0 or _is_huge(values, weight):
        starts = np.arange(n_rows) * n_columns
        arrays = [None if a is None else a.ravel() for a in (weight, lower, upper)]
        return project_sequences(values.ravel(), starts, *arrays).reshape(values.shape)
    arrays = [None if a is None else _pad(a) for a in (weight, lower, upper)]
    return _pool(_pad(values), *arrays).reshape(n_rows, n_columns + 1)[:, :-1]


def _project_short(
    values: Floats, weight: Floats | None, lower: Floats | None, upper: Floats | None
) -> Floats:
    """Project short rows; huge ones are scaled one by one, so that no sum overflows."""
    if not _is_huge(values, weight):
        return project_short_chains(values, weight, lower, upper)
    huge = np.abs(values).max(axis=1, keepdims=True) > _LARGEST
    power = np.where(huge, -64, 0)
    scaled, bounds = _scaled(values, power, lower, upper)
    projected = project_short_chains(scaled, None, *bounds)
    return np.where(projected == scaled, values, np.ldexp(projected, -power))


def _scaled(
    values: Floats,
    power: NDArray[np.intp],
    lower: Floats | None,
    upper: Floats | None,
) -> tuple[Floats, list[Floats | None]]:
    """Return values and bounds multiplied by powers of 2."""
    with np.errstate(under="ignore"):
        bounds = [None if b is None else np.ldexp(b, power) for b in (lower, upper)]
        return np.ldexp(values, power), bounds


def _pad(rows: Floats) -> Floats:
    """Concatenate the rows, with a NaN after each."""
    padded = np.empty((rows.shape[0], rows.shape[1] + 1))
    padded[:, :-1], padded[:, -1] = rows, np.nan
    return padded.ravel()


def _is_huge(values: Floats, weight: Floats | None) -> bool:
    """Return whether sums with weights of 1 might overflow."""
    if weight is not None or values.size == 0:
        return False
    return bool(max(values.max(), -values.min()) > _LARGEST)


def project_sequences(
    values: Floats,
    starts: NDArray[np.intp],
    weight: Floats | None = None,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return the closest values that are non-decreasing within each sequence.

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
    if _is_huge(values, weight):
        # Equal weights are 1. Sequences of huge values are scaled one by one.
        huge = np.maximum.reduceat(np.abs(values), starts) > _LARGEST
        power = np.repeat(np.where(huge, -64, 0), np.diff(starts, append=values.size))
        scaled, bounds = _scaled(values, power, lower, upper)
        projected = project_sequences(scaled, starts, None, *bounds)
        return np.where(projected == scaled, values, np.ldexp(projected, -power))
    place = np.arange(values.size)
    place += np.repeat(np.arange(starts.size), np.diff(starts, append=values.size))

    def pad(array: Floats) -> Floats:
        padded = np.full(values.size + starts.size, np.nan)
        padded[place] = array
        return padded

    arrays = [None if a is None else pad(a) for a in (weight, lower, upper)]
    return _pool(pad(values), *arrays)[place]


@cache
def _nan_separates() -> bool:
    """Return whether SciPy's isotonic regression treats NaN as a separator.

    It does, as it compares neighbours, but SciPy does not guarantee this.
    """
    try:
        pooled = isotonic_regression([2.0, 1.0, np.nan, 1.0, 0.0, 0.0, np.nan, 0.0]).x
    except ValueError:
        return False
    expected = [1.5, 1.5, np.nan, 1 / 3, 1 / 3, 1 / 3, np.nan, 0.0]
    return np.array_equal(pooled, expected, equal_nan=True)


def _pool(
    values: Floats, weight: Floats | None, lower: Floats | None, upper: Floats | None
) -> Floats:
    """Pool adjacent violators in sequences that end with a NaN."""
    if lower is None and upper is None and _nan_separates():
        return _pool_compiled(values, weight)
    return _pool_in_rounds(values, weight, lower, upper)


def _pool_compiled(values: Floats, weight: Floats | None) -> Floats:
    """Pool in one call for all sequences."""
    if weight is not None:
        weight = np.where(np.isnan(weight), 1.0, weight)
    pooled = isotonic_regression(values, weights=weight)
    projected: Floats = pooled.x
    if (values[1:] == values[:-1]).any():
        # The mean of equal values could be rounded, so they are not pooled.
        blocks = pooled.blocks
        highest = np.maximum.reduceat(values, blocks[:-1])
        tied = highest == np.minimum.reduceat(values, blocks[:-1])
        projected = np.where(np.repeat(tied, np.diff(blocks)), values, projected)
    return projected


def _pool_in_rounds(
    values: Floats, weight: Floats | None, lower: Floats | None, upper: Floats | None
) -> Floats:
    """Pool each run of decreasing blocks into one, until none is left.

    In the projection too such a run lies in one block, so that it does not matter which
    is pooled first.
    """

    # Where blocks start and end.
    starts = np.arange(values.size)
    ends = starts + 1
    mass: Floats | None = weight
    total: Floats = values if weight is None else values * weight
    mean = values
    while True:
        if lower is not None:
            mean = np.maximum(mean, lower[ends - 1])
        if upper is not None:
            mean = np.minimum(mean, upper[starts])
        kept = np.ones(mean.size, dtype=bool)
        np.less(mean[1:], mean[:-1], out=kept[1:])
        np.logical_not(kept[1:], out=kept[1:])
        places = np.flatnonzero(kept)
        if places.size == kept.size:
            return np.repeat(mean, ends - starts)
        total = np.add.reduceat(total, places)
        starts = starts[places]
        ends = np.append(starts[1:], values.size)
        sizes = ends - starts
        if mass is None:
            mean = total / sizes
        else:
            mass = np.add.reduceat(mass, places)
            # The quotient of a single value could be rounded down.
            mean = np.where(sizes == 1, values[starts], total / mass)
