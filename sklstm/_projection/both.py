"""Orders of outputs and of samples at once: arrays in, arrays out."""

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from sklstm._projection.active_set import LARGEST_POWER, project_partial_order
from sklstm._projection.graph import Component
from sklstm._projection.outputs import project_outputs
from sklstm._projection.samples import project_samples

Floats = NDArray[np.float64]

# The two projections of a group agree to this, relative to its largest prediction.
_TOLERANCE = 1e-12


def project_both(
    values: NDArray[np.floating],
    lower: Floats,
    upper: Floats,
    components: list[Component],
    *,
    weight: Floats | None,
    sizes: NDArray[np.intp],
    descending: bool,
    max_cycles: int = 10_000,
    quick_cycles: int = 300,
    exact_size: int = 400,
) -> Floats:
    """Return the projection onto the orders of outputs and of samples at once.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        The rows group by group, each in its order. Not changed.
    lower, upper : ndarray of shape (n_outputs,) or (n_samples, n_outputs), float64
        Bounds, tightened along the edges and down the samples; infinite where there is
        none.
    components : list of Component
        The order of the outputs, as `split_components` returns it.
    weight : ndarray of shape (n_outputs,) or None
        Weights of the squared distance.
    sizes, descending : ndarray and bool
        As in `project_samples`.
    max_cycles : int
        After so many cycles a group is left as it is.
    quick_cycles, exact_size : int
        Groups of at most `exact_size` values that have not settled after
        `quick_cycles` are solved exactly, one by one; the work grows faster than
        their size.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs), float64
        Of a group, true to 1e-9 of its largest value; it does not depend on the others.

    Warns
    -----
    ConvergenceWarning
        If a large group needs more than `max_cycles` cycles.

    Notes
    -----
    Dykstra's alternating projections [1]_ are a projected gradient descent on the
    dual variables of the order down the samples. Nesterov's momentum, restarted for a
    group whenever it points uphill [2]_, takes a hundred cycles where the plain method
    takes ten thousand. Weights of very different size can still slow it down; the small
    groups that it has not settled by then are solved as one partial order over all
    their values.

    References
    ----------
    .. [1] Boyle, J. P. and Dykstra, R. L. (1986). A method for finding projections
       onto the intersection of convex sets in Hilbert spaces. Lecture Notes in
       Statistics, 37, 28-47. :doi:`10.1007/978-1-4613-9940-7_3`
    .. [2] O'Donoghue, B. and Candès, E. (2015). Adaptive restart for accelerated
       gradient schemes. Foundations of Computational Mathematics, 15, 715-732.
       :doi:`10.1007/s10208-013-9150-3`
    """
    lower = np.broadcast_to(lower, values.shape)
    upper = np.broadcast_to(upper, values.shape)
    projected = project_samples(
        values.astype(np.float64),
        sizes=sizes,
        method="projection",
        descending=descending,
        lower=lower,
        upper=upper,
    )
    cycles = _Cycles(max_cycles, quick_cycles, exact_size)
    # Independent components are projected separately, so that the scale of one cannot
    # affect the accuracy of another.
    unsettled = 0
    for part in components:
        inside = part.outputs
        projected[:, inside], left = _project_shifted(
            values[:, inside].astype(np.float64),
            lower[:, inside],
            upper[:, inside],
            replace(part, outputs=slice(None)),
            weight=None if weight is None else weight[inside],
            sizes=sizes,
            descending=descending,
            cycles=cycles,
        )
        unsettled += left
    if unsettled:
        warnings.warn(
            f"The orders of outputs and samples hold, but after {max_cycles} cycles "
            f"{unsettled} groups of rows are not yet their closest to the prediction.",
            ConvergenceWarning,
            stacklevel=2,
        )
    # Bit for bit, -0.0 included, where nothing had to change.
    return np.where(projected == values, values, projected)


@dataclass(frozen=True)
class _Cycles:
    """When to stop: see `project_both`."""

    most: int
    quick: int
    exact_size: int


def _project_shifted(
    values: Floats,
    lower: Floats,
    upper: Floats,
    component: Component,
    **options: Any,
) -> tuple[Floats, int]:
    """Project connected outputs, shifted so that no gaps are left where that works."""
    offsets = component.offsets
    if offsets is None:
        return _project_component(values, lower, upper, component, **options)
    shifted = values - offsets
    projected, unsettled = _project_component(
        shifted,
        lower - offsets,
        upper - offsets,
        replace(component, gaps=None, offsets=None),
        **options,
    )
    return np.where(projected == shifted, values, projected + offsets), unsettled


def _project_component(
    values: Floats,
    lower: Floats,
    upper: Floats,
    component: Component,
    *,
    weight: Floats | None,
    sizes: NDArray[np.intp],
    descending: bool,
    cycles: _Cycles,
) -> tuple[Floats, int]:
    """Project connected outputs; return them, and how many groups did not settle."""
    # Each group is scaled by its own power of 2: no sum overflows, nothing underflows,
    # and no group depends on the scale of another.
    power = _scaling_power(values, lower, upper, sizes)
    power *= component.gaps is None  # gaps are the same for all groups
    y = np.ldexp(values, power)
    with np.errstate(over="ignore"):  # a bound that is out of reach
        lower, upper = np.ldexp(lower, power), np.ldexp(upper, power)
    scaled, out = y, y.copy()
    members = np.arange(len(y))
    dual, extrapolated = np.zeros_like(y), np.zeros_like(y)
    momentum = np.ones(sizes.size)
    starts = np.cumsum(sizes) - sizes
    largest = np.maximum.reduceat(np.abs(y).max(axis=1), starts)
    unsettled = np.ones(sizes.size, dtype=bool)
    for cycle in range(cycles.most):
        across = project_outputs(
            y - extrapolated,
            lower,
            upper,
            [component],
            method="projection",
            weight=weight,
        )
        shifted = across + extrapolated
        down = project_samples(
            shifted, sizes=sizes, method="projection", descending=descending
        )
        out[members] = down
        starts = np.cumsum(sizes) - sizes
        apart = np.maximum.reduceat(np.abs(down - across).max(axis=1), starts)
        # Bounds may have pushed the values far from where they were.
        size_now = np.maximum.reduceat(np.abs(across).max(axis=1), starts)
        largest = np.maximum(largest, size_now)
        unsettled = apart > _TOLERANCE * largest
        if cycle == cycles.quick:
            small = unsettled & (sizes * y.shape[1] <= cycles.exact_size)
            for start, size in zip(starts[small], sizes[small], strict=True):
                group = slice(start, start + size)
                out[members[group]] = _project_grid(
                    y[group], lower[group], upper[group], component, weight, descending
                )
            unsettled &= ~small
        if not unsettled.any():
            break
        new_dual = shifted - down
        extrapolated, momentum = _extrapolate(
            dual, new_dual, extrapolated, momentum, largest, sizes
        )
        dual = new_dual
        # Groups settle one by one, and are left alone then.
        stays = np.repeat(unsettled, sizes)
        members, y, dual = members[stays], y[stays], dual[stays]
        extrapolated, lower, upper = extrapolated[stays], lower[stays], upper[stays]
        sizes, largest = sizes[unsettled], largest[unsettled]
        momentum = momentum[unsettled]
    # What scaling down has rounded comes back as it was.
    projected = np.where(out == scaled, values, np.ldexp(out, -power))
    return projected, int(unsettled.sum())


def _extrapolate(
    dual: Floats,
    new_dual: Floats,
    extrapolated: Floats,
    momentum: Floats,
    largest: Floats,
    sizes: NDArray[np.intp],
) -> tuple[Floats, Floats]:
    """Return the dual variables one step further, and the momentum of each group.

    A group whose last step went uphill restarts without momentum.
    """
    # Scaled to 1, so that the products stay in the range of the numbers.
    unit = np.ldexp(1.0, np.minimum(-np.frexp(largest)[1], LARGEST_POWER))
    unit = np.repeat(unit, sizes)[:, None]
    uphill = (unit * (extrapolated - new_dual) * (unit * (new_dual - dual))).sum(axis=1)
    starts = np.cumsum(sizes) - sizes
    momentum = np.where(np.add.reduceat(uphill, starts) > 0, 1.0, momentum)
    next_momentum = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
    step = np.repeat((momentum - 1) / next_momentum, sizes)[:, None]
    return new_dual + step * (new_dual - dual), next_momentum


def _scaling_power(
    values: Floats, lower: Floats, upper: Floats, sizes: NDArray[np.intp]
) -> NDArray[np.intc]:
    """Return the power of 2 that brings each row's group near the largest numbers."""
    inside = np.clip(values, lower, upper)
    largest = np.maximum(np.abs(values), np.abs(inside)).max(axis=1)
    largest = np.maximum.reduceat(largest, np.cumsum(sizes) - sizes)
    power = np.where(largest > 0, LARGEST_POWER - np.frexp(largest)[1], 0)
    return np.repeat(power, sizes)[:, None]


def _project_grid(
    values: Floats,
    lower: Floats,
    upper: Floats,
    component: Component,
    weight: Floats | None,
    descending: bool,
) -> Floats:
    """Project one group as a single row, in which both orders are one partial order."""
    n_samples, n_outputs = values.shape
    place = np.arange(values.size).reshape(values.shape)
    down = np.column_stack([place[:-1].ravel(), place[1:].ravel()])
    across = place[:, component.edges].reshape(-1, 2)
    grid = np.vstack([across, down[:, ::-1] if descending else down])
    gaps = np.zeros(len(grid))
    if component.gaps is not None:
        gaps[: len(across)] = np.tile(component.gaps, n_samples)
    if weight is None:
        weight = np.ones(n_outputs)
    weight = np.tile(weight, n_samples)
    projected = project_partial_order(
        values.reshape(1, -1),
        lower.ravel(),
        upper.ravel(),
        grid,
        weight / weight.sum(),
        gaps,
    )
    return projected.reshape(values.shape)
