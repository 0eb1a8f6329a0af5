"""Bounds of outputs, the same for all rows or by row: arrays in, arrays out."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.graph import Edges

Floats = NDArray[np.floating]
AnyFloat = TypeVar("AnyFloat", bound=np.floating[Any])


def tighten_bounds(
    lower: Floats, upper: Floats, edges: Edges, gaps: Floats | None = None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Carry lower bounds up the order and upper bounds down.

    Parameters
    ----------
    lower, upper : ndarray of shape (n_outputs,) or (n_samples, n_outputs)
        In the dtype in which the bounds will be used. Not changed.
    edges : ndarray of shape (n_edges, 2)
        Output a must not exceed output b; sorted topologically.
    gaps : ndarray of shape (n_edges,), default=None
        The least distance along each edge.

    Returns
    -------
    lower, upper : ndarray of the shapes given
        Each pair of bounds meets each edge and its gap, as NumPy adds it.
    crossed : ndarray of bool, of the shapes given, broadcast
        Where the bounds of an output contradict each other.
    """
    has_gaps = gaps is not None and bool(gaps.any())
    # Nothing to carry where all outputs have one bound.
    if has_gaps or (lower != lower[..., :1]).any():
        columns = _by_output(lower)
        with np.errstate(over="ignore"):
            for a, b, gap in _steps(edges, gaps, lower.dtype):
                columns[b] = np.maximum(columns[b], columns[a] + gap)
        lower = np.stack(columns, axis=-1).reshape(lower.shape)
    if has_gaps or (upper != upper[..., :1]).any():
        columns = _by_output(upper)
        for a, b, gap in reversed(_steps(edges, gaps, upper.dtype)):
            high = largest_below(columns[b], gap) if gap else columns[b]
            columns[a] = np.minimum(columns[a], high)
        upper = np.stack(columns, axis=-1).reshape(upper.shape)
    return lower, upper, lower > upper


def _by_output(bound: Floats) -> list[Floats]:
    return [np.atleast_1d(bound[..., output]) for output in range(bound.shape[-1])]


def _steps(
    edges: Edges, gaps: Floats | None, dtype: np.dtype[np.floating]
) -> list[tuple[int, int, np.floating]]:
    """Return the edges with their gaps in the dtype."""
    steps = np.zeros(len(edges), dtype) if gaps is None else gaps.astype(dtype)
    return [(a, b, gap) for (a, b), gap in zip(edges.tolist(), steps, strict=True)]


def tighten_down_samples(
    lower: Floats, upper: Floats, sizes: NDArray[np.intp], descending: bool
) -> tuple[Floats, Floats]:
    """Carry bounds along the order of the samples, within each group.

    Parameters
    ----------
    lower, upper : ndarray of shape (n_samples, n_outputs)
        Bounds of the rows, group by group, each group in its order. Not changed.
    sizes : ndarray of shape (n_groups,)
        How many rows belong to each group.
    descending : bool
        Whether values must not rise rather than not fall.

    Returns
    -------
    lower, upper : ndarray of shape (n_samples, n_outputs)
    """
    if descending:
        high, low = tighten_down_samples(-upper, -lower, sizes, descending=False)
        return -low, -high
    group = np.repeat(np.arange(sizes.size), sizes)
    lower = run_maximum(lower, group)
    upper = -run_maximum(-upper[::-1], group[::-1])[::-1]
    return lower, upper


def run_maximum(values: Floats, group: NDArray[np.intp]) -> Floats:
    """Return the largest value of the group so far; each pass doubles the reach.

    Parameters
    ----------
    values : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Not changed.
    group : ndarray of shape (n_samples,)
        Equal for neighbours that belong to one group.
    """
    reach = 1
    while reach < len(values):
        same = group[reach:] == group[:-reach]
        if not same.any():
            break
        same = same.reshape(-1, *[1] * (values.ndim - 1))
        before = np.where(same, values[:-reach], values[reach:])
        values = np.concatenate([values[:reach], np.maximum(values[reach:], before)])
        reach *= 2
    return values


def largest_below(high: Floats, gap: np.floating) -> Floats:
    """Return the largest values to which NumPy adds the gap without exceeding `high`.

    Parameters
    ----------
    high : ndarray
        Where it is infinite, so is the result.
    gap : scalar of the dtype of `high`
        Not negative.
    """
    finite = np.isfinite(high)
    low = high.copy()
    with np.errstate(over="ignore"):
        # Half of the last place of `high` is what its addition may round away.
        start = high[finite] - gap + np.spacing(np.abs(high[finite])) / 2
        start = np.nextafter(start, np.inf, dtype=high.dtype)
        while (exceeds := start + gap > high[finite]).any():
            start[exceeds] = np.nextafter(start[exceeds], -np.inf, dtype=high.dtype)
    low[finite] = start
    return low


def clip(
    values: NDArray[AnyFloat],
    lower: NDArray[AnyFloat],
    upper: NDArray[AnyFloat],
    out: NDArray[AnyFloat] | None = None,
) -> NDArray[AnyFloat]:
    """Return the values within their bounds; faster than `np.clip` for many bounds."""
    clipped: NDArray[AnyFloat] = np.maximum(values, lower, out=out)
    np.minimum(clipped, upper, out=clipped)
    return clipped


def shared(bound: NDArray[AnyFloat]) -> NDArray[AnyFloat]:
    """Return one bound for all outputs where that is enough, for speed."""
    return bound[..., :1] if (bound == bound[..., :1]).all() else bound


def columns_of(
    bound: NDArray[AnyFloat], outputs: slice | NDArray[np.intp]
) -> NDArray[AnyFloat]:
    """Return the bounds of these outputs."""
    return bound if bound.shape[-1] == 1 else bound[..., outputs]
