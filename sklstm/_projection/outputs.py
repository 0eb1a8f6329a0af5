"""Orders and bounds across the outputs of a row: arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.active_set import project_partial_order
from sklstm._projection.graph import Component
from sklstm._projection.isotonic import project_bounded_chains, project_sequences

Floats = NDArray[np.floating]

# Values in a chunk: its copies stay in the cache, and the extra memory bounded.
_CHUNK_SIZE = 2**16


def project_outputs(
    values: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    *,
    method: str,
    weight: NDArray[np.float64] | None = None,
    descending: bool = False,
    chunk_size: int = _CHUNK_SIZE,
) -> Floats:
    """Return rows that meet the bounds and the order of the outputs exactly.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        Finite predictions, in the unit of the target. Not changed.
    lower, upper : ndarray of shape (n_outputs,)
        Bounds in the dtype of `values`, tightened along the edges; infinite where there
        is none.
    components : list of Component
        The order, as `split_components` returns it.
    method : {"sort", "projection", "cummax"}
        How a row that breaks the order is adjusted.
    weight : ndarray of shape (n_outputs,), default=None
        Weights of the squared distance, for "projection" only.
    descending : bool, default=False
        With "cummax", run a minimum down the order in place of a maximum up.
    chunk_size : int
        How many values are worked on at once; the result does not depend on it.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        Rows that obey are the same, bit for bit.
    """
    out = values.copy()
    step = max(1, chunk_size // values.shape[1])
    for start in range(0, len(values), step):
        chunk = out[start : start + step]
        if method == "projection":
            broken = ~_rows_obey(chunk, lower, upper, components)
            if broken.any():
                rows = _project(chunk[broken], lower, upper, components, weight)
                chunk[broken] = _clip(rows, lower, upper)
            continue
        rows = chunk.copy()
        for part in components:
            if method == "sort":
                _sort(rows, part)
            else:
                _run_extremum(rows, part, descending)
        rows = _clip(rows, lower, upper)
        # The sign of a zero stays as well.
        np.copyto(chunk, rows, where=rows != chunk)
    return out


def _rows_obey(
    rows: Floats, lower: Floats, upper: Floats, components: list[Component]
) -> NDArray[np.bool_]:
    """Tell for each row whether it meets every bound and edge."""
    lower, upper = _shared(lower), _shared(upper)
    obeys = np.logical_and(rows >= lower, rows <= upper).all(axis=1)
    for part in components:
        obeys &= _rises(rows, part).all(axis=1)
    return np.asarray(obeys)


def _rises(rows: Floats, part: Component) -> NDArray[np.bool_]:
    """Tell for each row and edge of the part whether the edge is met."""
    columns = rows[:, part.outputs]
    if part.is_chain:
        return columns[:, :-1] <= columns[:, 1:]
    return columns[:, part.edges[:, 0]] <= columns[:, part.edges[:, 1]]


def _clip(rows: Floats, lower: Floats, upper: Floats) -> Floats:
    """Bring the rows within the bounds, in place and without a -0.0, and return them.

    Which of two zeros a machine takes for the larger depends on where they lie.
    """
    clipped: Floats = np.clip(rows, _shared(lower), _shared(upper), out=rows)
    clipped += 0
    return clipped


def _shared(bound: Floats) -> Floats:
    """Return one bound for all outputs where that is enough, for speed."""
    return bound[:1] if (bound == bound[0]).all() else bound


def _sort(rows: Floats, part: Component) -> None:
    """Sort each row along a chain, in place."""
    columns = rows[:, part.outputs]
    columns.sort(axis=1)
    if not isinstance(part.outputs, slice):  # else the columns are a view
        rows[:, part.outputs] = columns


def _run_extremum(rows: Floats, part: Component, descending: bool) -> None:
    """Lift each row to its order, or with `descending` lower it, in place."""
    columns = rows[:, part.outputs]
    if part.is_chain and descending:
        columns = np.minimum.accumulate(columns[:, ::-1], axis=1)[:, ::-1]
    elif part.is_chain:
        columns = np.maximum.accumulate(columns, axis=1)
    elif descending:
        for a, b in part.edges[::-1]:
            columns[:, a] = np.minimum(columns[:, a], columns[:, b])
    else:
        for a, b in part.edges:
            columns[:, b] = np.maximum(columns[:, a], columns[:, b])
    rows[:, part.outputs] = columns


def _project(
    rows: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    weight: NDArray[np.float64] | None,
) -> Floats:
    """Return the weighted Euclidean projection, ordered exactly; bounds may wait.

    `rows` are worked on in place where they are float64.
    """
    projected = rows.astype(np.float64, copy=False)
    low, high = lower.astype(np.float64), upper.astype(np.float64)
    for part in components:
        inside = part.outputs
        projected[:, inside] = _project_part(
            projected[:, inside],
            low[inside],
            high[inside],
            part,
            None if weight is None else weight[inside],
        )
    with np.errstate(under="ignore"):
        rows = projected.astype(rows.dtype, copy=False)
    for part in components:
        # Rounding may have left an edge unmet.
        if not _rises(rows, part).all():
            _run_extremum(rows, part, descending=False)
    return rows


def _project_part(
    values: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    part: Component,
    weight: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Project the outputs of one component, true up to rounding."""
    # Bounds that all outputs share may wait: clipping to them afterwards is exact.
    shared = _shared(lower).size == _shared(upper).size == 1
    n_rows, n_outputs = values.shape
    if weight is not None:
        # They sum to 1 at most; a power of 2 changes no digit. None is above 1 yet.
        weight = np.ldexp(weight, -np.frexp(weight.sum())[1])
    if part.is_chain and shared:
        starts = np.arange(n_rows) * n_outputs
        weights = None if weight is None else np.tile(weight, n_rows)
        flat = project_sequences(values.ravel(), weights, starts)
        return flat.reshape(values.shape)
    if weight is None:
        weight = np.full(n_outputs, np.ldexp(1.0, -n_outputs.bit_length()))
    if part.is_chain:
        return project_bounded_chains(values, lower, upper, weight)
    if shared:
        lower, upper = np.full(n_outputs, -np.inf), np.full(n_outputs, np.inf)
    return project_partial_order(values, lower, upper, part.edges, weight)
