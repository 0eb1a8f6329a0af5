"""Orders and bounds across the outputs of a row: arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import columns_of, largest_below, shared
from sklstm._projection.component import project_component
from sklstm._projection.graph import Component

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]

# Values in a chunk: its copies stay in the cache, and the extra memory bounded.
_CHUNK_SIZE = 2**17


def project_outputs(
    values: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    *,
    method: str,
    weight: Doubles | None = None,
    descending: bool = False,
    chunk_size: int = _CHUNK_SIZE,
) -> Floats:
    """Return rows that meet the bounds and the order of the outputs exactly.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        Finite predictions, in the unit of the target. Not changed.
    lower, upper : ndarray of shape (n_outputs,), (n_samples, n_outputs) or \
            (n_samples, 1)
        Bounds in the dtype of `values`, tightened along the edges in this dtype;
        infinite where there is none.
    components : list of Component
        The order, as `split_components` returns it.
    method : {"sort", "projection", "cummax"}
        How a row that breaks the order is adjusted. "sort" takes chains without gaps.
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
    # A bound of -0.0 would make zeros of either sign.
    lower, upper = shared(lower) + 0, shared(upper) + 0
    out = np.empty(values.shape, values.dtype)
    step = max(1, chunk_size // values.shape[1])
    for start in range(0, len(values), step):
        inside = slice(start, start + step)
        out[inside] = values[inside]
        chunk, low, high = out[inside], _rows(lower, inside), _rows(upper, inside)
        if method == "projection":
            _project_chunk(chunk, low, high, components, weight)
        elif method == "sort" and not _has_negative_zero(chunk):
            # Equal values have equal bits then, so that none needs to be put back.
            for component in components:
                _sort(chunk, component)
            _clip(chunk, low, high)
        else:
            rows = chunk.copy()
            for component in components:
                if method == "sort":
                    _sort(rows, component)
                else:
                    _run_extremum(rows, component, descending)
            rows = _clip(rows, low, high)
            rows += 0
            # The sign of a zero stays as well.
            np.copyto(chunk, rows, where=rows != chunk)
    return out


def _project_chunk(
    chunk: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    weight: Doubles | None,
) -> None:
    """Project the rows that do not obey, in place."""
    broken = _rows_break(chunk, lower, upper, components)
    if not broken.any():
        return
    # The rows are worked on in place, where possible.
    all_broken = bool(broken.all())
    which = slice(None) if all_broken else np.flatnonzero(broken)
    rows = chunk[which]
    low, high = _rows(lower, which), _rows(upper, which)
    rows = _clip(_project(rows, low, high, components, weight), low, high)
    rows += 0
    if not (all_broken and rows is chunk):
        chunk[which] = rows


def _has_negative_zero(values: Floats) -> bool:
    """Return whether there is a -0.0, the number of which only the first bit is set."""
    if values.dtype not in (np.float32, np.float64):
        return bool((np.signbit(values) & (values == 0)).any())
    # Read as an integer, it is the smallest there is.
    kind = np.int32 if values.dtype == np.float32 else np.int64
    return bool(values.view(kind).min(initial=0) == np.iinfo(kind).min)


def _rows(bound: Floats, rows: slice | NDArray[np.intp]) -> Floats:
    """Return the bounds of these rows."""
    return bound if bound.ndim == 1 else bound[rows]


def _rows_break(
    rows: Floats, lower: Floats, upper: Floats, components: list[Component]
) -> NDArray[np.bool_]:
    """Tell for each row whether it breaks a bound or an edge."""
    breaks = np.zeros(len(rows), dtype=bool)
    if not np.isneginf(lower).all():
        breaks |= _any_by_row(rows < lower)
    if not np.isposinf(upper).all():
        breaks |= _any_by_row(rows > upper)
    for component in components:
        breaks |= _any_by_row(_falls(rows, component))
    return breaks


def _any_by_row(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Reduce each row; one column after the other where rows are short, for speed."""
    if flags.shape[1] > 64:
        return np.asarray(flags.any(axis=1))
    result = np.zeros(len(flags), dtype=bool)
    for column in flags.T:
        result |= column
    return result


def _falls(rows: Floats, component: Component) -> NDArray[np.bool_]:
    """Tell for each row and edge of the component whether the edge is not met.

    For a chain, the last column stands for no edge, and is False.
    """
    columns = rows[:, component.outputs]
    if component.gaps is None and component.is_chain and columns.flags.c_contiguous:
        # Compare all neighbours in memory in one pass, those of two rows as well.
        falls = np.empty(columns.shape, dtype=bool)
        every, flat = columns.reshape(-1), falls.reshape(-1)
        np.greater(every[:-1], every[1:], out=flat[:-1])
        falls[:, -1] = False
        return falls
    if component.is_chain:
        low, high = columns[:, :-1], columns[:, 1:]
    else:
        low, high = columns[:, component.edges[:, 0]], columns[:, component.edges[:, 1]]
    if component.gaps is not None:
        low = low + component.gaps.astype(rows.dtype)
    return np.asarray(low > high)


def _clip(rows: Floats, lower: Floats, upper: Floats) -> Floats:
    """Bring the rows within the bounds, in place, and return them.

    Which of two zeros a machine takes for the larger depends on where they lie: where
    there may be a -0.0, add 0.
    """
    if lower.size == upper.size == 1:
        if np.isneginf(lower).all() and np.isposinf(upper).all():
            return rows
        # NumPy clips to two numbers in one pass.
        return np.clip(rows, lower, upper, out=rows)
    if not np.isneginf(lower).all():
        np.maximum(rows, lower, out=rows)
    if not np.isposinf(upper).all():
        np.minimum(rows, upper, out=rows)
    return rows


def _sort(rows: Floats, component: Component) -> None:
    """Sort each row along a chain, in place."""
    columns = rows[:, component.outputs]
    columns.sort(axis=1)
    if not isinstance(component.outputs, slice):  # else the columns are a view
        rows[:, component.outputs] = columns


def _run_extremum(rows: Floats, component: Component, descending: bool) -> None:
    """Lift each row to its order, or with `descending` lower it, in place."""
    columns = rows[:, component.outputs]
    if component.gaps is not None:
        _run_extremum_with_gaps(columns, component, descending)
    elif component.is_chain and descending:
        columns = np.minimum.accumulate(columns[:, ::-1], axis=1)[:, ::-1]
    elif component.is_chain:
        columns = np.maximum.accumulate(columns, axis=1)
    elif descending:
        for a, b in component.edges[::-1]:
            columns[:, a] = np.minimum(columns[:, a], columns[:, b])
    else:
        for a, b in component.edges:
            columns[:, b] = np.maximum(columns[:, a], columns[:, b])
    rows[:, component.outputs] = columns


def _run_extremum_with_gaps(
    columns: Floats, component: Component, descending: bool
) -> None:
    """Lift or lower the columns, in place, until each gap holds as NumPy adds it."""
    assert component.gaps is not None
    steps = zip(component.edges, component.gaps.astype(columns.dtype), strict=True)
    if not descending:
        for (a, b), gap in steps:
            columns[:, b] = np.maximum(columns[:, a] + gap, columns[:, b])
        return
    for (a, b), gap in reversed(list(steps)):
        wide = columns[:, a] + gap > columns[:, b]
        columns[wide, a] = largest_below(columns[wide, b], gap)


def _project(
    rows: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    weight: Doubles | None,
) -> Floats:
    """Return the weighted Euclidean projection, ordered exactly; bounds may wait.

    `rows` are worked on in place where they are float64.
    """
    projected = rows.astype(np.float64, copy=False)
    low, high = lower.astype(np.float64), upper.astype(np.float64)
    for component in components:
        inside = component.outputs
        projected[:, inside] = project_component(
            projected[:, inside],
            columns_of(low, inside),
            columns_of(high, inside),
            component,
            None if weight is None else weight[inside],
        )
    with np.errstate(under="ignore", over="ignore"):
        rows = projected.astype(rows.dtype, copy=False)
    for component in components:
        # Rounding may have left an edge unmet.
        if _falls(rows, component).any():
            _run_extremum(rows, component, descending=False)
    return rows
