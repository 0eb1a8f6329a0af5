"""Orders and bounds across the outputs of a row: arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from sklstm._active_set import project_partial_order
from sklstm._graph import Edges, has_disjoint_chains, split_components
from sklstm._isotonic import project_bounded_chains, project_sequences

Floats = NDArray[np.floating]

# Values in a chunk: its copies stay in the cache, and the extra memory bounded.
_CHUNK_SIZE = 2**17


def project_outputs(
    values: Floats,
    lower: Floats,
    upper: Floats,
    edges: Edges,
    *,
    method: str,
    weight: NDArray[np.float64] | None = None,
    descending: bool = False,
) -> Floats:
    """Return rows that meet the bounds and the order of the outputs exactly.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        Finite predictions, in the unit of the target. Not changed.
    lower, upper : ndarray of shape (n_outputs,)
        Bounds in the dtype of `values`, tightened along the edges; infinite where there
        is none.
    edges : ndarray of shape (n_edges, 2)
        Output a must not exceed output b; sorted topologically.
    method : {"sort", "isotonic", "cummax"}
        How a row that breaks the order is mended.
    weight : ndarray of shape (n_outputs,), default=None
        Weights of the squared distance, for "isotonic" only.
    descending : bool, default=False
        With "cummax", run a minimum down the order in place of a maximum up.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        Rows that obey are the same, bit for bit.
    """
    out = values.copy()
    for start in range(0, len(values), rows_per_chunk(values)):
        chunk = out[start : start + rows_per_chunk(values)]
        broken = ~_rows_obey(chunk, lower, upper, edges)
        if broken.any():
            rows = chunk[broken]
            if method == "sort":
                rows = _sort(rows, edges)
            elif method == "isotonic":
                rows = _project(rows, lower, upper, edges, weight)
            if method != "sort":
                run_extremum(rows, edges, descending)
            # Adding 0 makes -0.0 a 0.0: which of the two comes out is up to the machine.
            chunk[broken] = np.clip(rows, lower, upper) + 0
    return out


def rows_per_chunk(values: Floats) -> int:
    """Return how many rows are worked on at a time."""
    return max(1, _CHUNK_SIZE // values.shape[1])


def _rows_obey(
    values: Floats, lower: Floats, upper: Floats, edges: Edges
) -> NDArray[np.bool_]:
    """Tell for each row whether it meets every bound and edge."""
    within = (values >= lower) & (values <= upper)
    return within.all(axis=1) & (
        (values[:, edges[:, 0]] <= values[:, edges[:, 1]]).all(axis=1)
    )


def _sort(rows: Floats, edges: Edges) -> Floats:
    """Sort each row along each chain."""
    rows = rows.copy()
    for chain in split_components(edges, rows.shape[1]):
        if chain.size > 1:
            rows[:, chain] = np.sort(rows[:, chain], axis=1)
    return rows


def run_extremum(rows: Floats, edges: Edges, descending: bool) -> None:
    """Lift, or with `descending` lower, each row to its order, in place."""
    columns = rows.T
    if descending:
        for a, b in edges[::-1]:
            np.minimum(columns[a], columns[b], out=columns[a])
    else:
        for a, b in edges:
            np.maximum(columns[b], columns[a], out=columns[b])


def _project(
    rows: Floats,
    lower: Floats,
    upper: Floats,
    edges: Edges,
    weight: NDArray[np.float64] | None,
) -> Floats:
    """Return the weighted Euclidean projection, true up to rounding."""
    n_outputs = rows.shape[1]
    projected = rows.astype(np.float64)
    weight = np.ones(n_outputs) if weight is None else weight
    weight = np.ldexp(weight, -np.frexp(weight.sum())[1])
    low, high = lower.astype(np.float64), upper.astype(np.float64)
    for columns in split_components(edges, n_outputs):
        if columns.size > 1:
            projected[:, columns] = _project_component(
                projected[:, columns],
                low[columns],
                high[columns],
                _edges_among(columns, edges, n_outputs),
                weight[columns],
            )
    with np.errstate(over="ignore", under="ignore"):
        return projected.astype(rows.dtype)


def _project_component(
    values: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    edges: Edges,
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Project connected columns, which are sorted topologically."""
    # Bounds that all columns share may wait: clipping to them afterwards is exact.
    shared = bool((lower == lower[0]).all() and (upper == upper[0]).all())
    if not has_disjoint_chains(edges):
        if shared:
            lower, upper = np.full_like(lower, -np.inf), np.full_like(upper, np.inf)
        return project_partial_order(values, lower, upper, edges, weight)
    if not shared:
        return project_bounded_chains(values, lower, upper, weight)
    n_rows, n_columns = values.shape
    starts = np.arange(n_rows) * n_columns
    flat = project_sequences(values.ravel(), np.tile(weight, n_rows), starts)
    return flat.reshape(values.shape)


def _edges_among(columns: NDArray[np.intp], edges: Edges, n_outputs: int) -> Edges:
    """Return the edges between the columns, counted within them."""
    position = np.full(n_outputs, -1)
    position[columns] = np.arange(columns.size)
    local: Edges = position[edges]
    return local[(local >= 0).all(axis=1)]
