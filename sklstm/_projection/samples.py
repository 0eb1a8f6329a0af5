"""Order down the samples, within groups: arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import run_maximum
from sklstm._projection.isotonic import project_sequences
from sklstm._projection.outputs import Floats


def order_rows(
    n_samples: int,
    groups: NDArray[np.intp] | None,
    order_by: NDArray[np.intp] | None,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows group by group, each group in its order, and the group sizes.

    Parameters
    ----------
    n_samples : int
        The number of rows.
    groups : ndarray of shape (n_samples,) or None
        Codes of the groups; None for one group.
    order_by : ndarray of shape (n_samples,) or None
        Ranks within the groups; None, and ties, for the given order.

    Returns
    -------
    rows : ndarray of shape (n_samples,)
        A permutation of the rows.
    sizes : ndarray of shape (n_groups,)
        How many rows belong to each group.
    """
    if groups is None:
        groups = np.zeros(n_samples, dtype=np.intp)
    keys = (groups,) if order_by is None else (order_by, groups)
    sizes = np.bincount(groups)
    return np.lexsort(keys), sizes[sizes > 0]


def project_samples(
    values: Floats,
    *,
    sizes: NDArray[np.intp],
    method: str,
    descending: bool = False,
    lower: Floats | None = None,
    upper: Floats | None = None,
) -> Floats:
    """Return columns that never fall, or with `descending` never rise, within a group.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        The rows group by group, each in its order. Not changed.
    sizes : ndarray of shape (n_groups,)
        How many rows belong to each group.
    method : {"sort", "projection", "cummax"}
        How a column of a group that falls is adjusted.
    descending : bool, default=False
        Whether values must not rise rather than not fall.
    lower, upper : ndarray of shape (n_outputs,) or (n_samples, n_outputs), default=None
        Bounds in the dtype of `values`, tightened along the order of the samples by
        `tighten_down_samples`; both or none.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        In the dtype of `values`. A column that obeys within a group is the same there,
        bit for bit.
    """
    if descending:
        low = None if upper is None else -upper
        high = None if lower is None else -lower
        return -project_samples(
            -values, sizes=sizes, method=method, lower=low, upper=high
        )
    out = values.copy()
    low = None if lower is None else np.broadcast_to(lower, values.shape)
    high = None if upper is None else np.broadcast_to(upper, values.shape)
    group = np.repeat(np.arange(sizes.size), sizes)
    for j, column in enumerate(out.T):
        wrong = np.zeros(len(values), dtype=bool)
        wrong[1:] = (column[1:] < column[:-1]) & (group[1:] == group[:-1])
        if low is not None and high is not None:
            wrong |= (column < low[:, j]) | (column > high[:, j])
        broken = np.zeros(sizes.size, dtype=bool)
        broken[group[wrong]] = True
        if not broken.any():
            continue
        members = broken[group]
        inside = [None if b is None else b[members, j] for b in (low, high)]
        column[members] = _adjust(
            column[members], group[members], sizes[broken], method, *inside
        )
    return out


def _adjust(
    column: Floats,
    group: NDArray[np.intp],
    sizes: NDArray[np.intp],
    method: str,
    lower: Floats | None,
    upper: Floats | None,
) -> Floats:
    """Return the groups of one column, each non-decreasing."""
    given = column
    if method == "sort":
        column = column[np.lexsort((column, group))]
    else:
        if method == "projection":
            starts = np.cumsum(sizes) - sizes
            inside: tuple[Floats | None, Floats | None] = None, None
            if lower is not None and upper is not None and _vary(lower, upper):
                inside = lower, upper
            projected = project_sequences(
                column.astype(np.float64),
                starts,
                None,
                *(None if b is None else b.astype(np.float64) for b in inside),
            )
            column = projected.astype(column.dtype)
        column = run_maximum(column, group)
    if lower is not None and upper is not None:
        column = np.clip(column, lower, upper) + 0
    return np.where(column == given, given, column)


def _vary(lower: Floats, upper: Floats) -> bool:
    """Return whether bounds differ; clipping to others after projecting is exact."""
    return bool((lower != lower[0]).any() or (upper != upper[0]).any())
