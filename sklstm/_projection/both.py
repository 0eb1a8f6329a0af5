"""Orders of outputs and of samples at once: arrays in, arrays out."""

import warnings
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from sklstm._projection.active_set import LARGEST_POWER, project_partial_order
from sklstm._projection.graph import Component, Edges
from sklstm._projection.outputs import Floats, project_outputs
from sklstm._projection.samples import project_samples

# The two projections of a group agree to this, relative to its largest prediction.
_TOLERANCE = 1e-12


_MAX_CYCLES = 10_000


# Groups that have not settled by then are solved exactly, one by one, if they are small
# enough: the work grows with the third power of their values.
_QUICK_CYCLES = 300


_EXACT_SIZE = 400


def project_both(
    values: Floats,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    components: list[Component],
    *,
    weight: NDArray[np.float64] | None,
    sizes: NDArray[np.intp],
    descending: bool,
) -> NDArray[np.float64]:
    """Return the isotonic projection onto the orders of outputs and of samples at once.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        The rows group by group, each in its order. Not changed.
    lower, upper : ndarray of shape (n_outputs,), float64
        Bounds, tightened along the edges; infinite where there is none.
    components : list of Component
        The order of the outputs, as `split_components` returns it.
    weight : ndarray of shape (n_outputs,) or None
        Weights of the squared distance.
    sizes, descending : ndarray and bool
        As in `project_samples`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs), float64
        Of a group, true to 1e-9 of its largest value.

    Warns
    -----
    ConvergenceWarning
        If a large group needs more than 10,000 cycles.

    Notes
    -----
    Dykstra's alternating projections [1]_ are a projected gradient descent on the
    multipliers of the order down the samples, `push`. Nesterov's momentum, started
    anew for a group whenever it points uphill [2]_, takes a hundred cycles where the
    plain method takes ten thousand. Weights of very different size can still slow it
    down; the small groups that it has not settled by then are solved as one partial
    order over all their values.

    References
    ----------
    .. [1] Boyle, J. P. and Dykstra, R. L. (1986). A method for finding projections
       onto the intersection of convex sets in Hilbert spaces. Lecture Notes in
       Statistics, 37, 28-47. :doi:`10.1007/978-1-4613-9940-7_3`
    .. [2] O'Donoghue, B. and Candès, E. (2015). Adaptive restart for accelerated
       gradient schemes. Foundations of Computational Mathematics, 15, 715-732.
       :doi:`10.1007/s10208-013-9150-3`
    """
    projected = project_samples(
        values.astype(np.float64),
        sizes=sizes,
        method="projection",
        descending=descending,
    )
    projected = np.clip(projected, lower, upper)
    # Outputs that nothing connects are projected apart, so that the size of one is no
    # matter to the other.
    unsettled = 0
    for part in components:
        inside = part.outputs
        projected[:, inside], left = _project_part_both(
            values[:, inside].astype(np.float64),
            lower[inside],
            upper[inside],
            replace(part, outputs=slice(None)),
            weight=None if weight is None else weight[inside],
            sizes=sizes,
            descending=descending,
        )
        unsettled += left
    if unsettled:
        warnings.warn(
            f"The orders of outputs and samples hold, but after {_MAX_CYCLES} cycles "
            f"{unsettled} groups of rows are not yet their closest to the prediction.",
            ConvergenceWarning,
            stacklevel=2,
        )
    # Bit for bit, -0.0 included, where nothing had to change.
    return np.where(projected == values, values, projected)


def _project_part_both(
    values: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    component: Component,
    *,
    weight: NDArray[np.float64] | None,
    sizes: NDArray[np.intp],
    descending: bool,
) -> tuple[NDArray[np.float64], int]:
    """Project connected outputs; return them, and how many groups did not settle."""
    # No sum of scaled values overflows.
    exponent = min(LARGEST_POWER - np.frexp(np.abs(values).max(initial=0.0))[1], 0)
    y = np.ldexp(values, exponent)
    lower, upper = np.ldexp(lower, exponent), np.ldexp(upper, exponent)
    out = y.copy()
    members = np.arange(len(y))
    push, ahead = np.zeros_like(y), np.zeros_like(y)
    momentum = np.ones(sizes.size)
    largest = np.maximum.reduceat(np.abs(y).max(axis=1), np.cumsum(sizes) - sizes)
    for cycle in range(_MAX_CYCLES):
        across = project_outputs(
            y - ahead, lower, upper, [component], method="projection", weight=weight
        )
        down = project_samples(
            across + ahead, sizes=sizes, method="projection", descending=descending
        )
        out[members] = down
        starts = np.cumsum(sizes) - sizes
        apart = np.maximum.reduceat(np.abs(down - across).max(axis=1), starts)
        # Bounds may have pushed the values far from where they were.
        size_now = np.maximum.reduceat(np.abs(across).max(axis=1), starts)
        largest = np.maximum(largest, size_now)
        unsettled = apart > _TOLERANCE * largest
        if cycle == _QUICK_CYCLES:
            small = unsettled & (sizes * y.shape[1] <= _EXACT_SIZE)
            for start, size in zip(starts[small], sizes[small], strict=True):
                group = slice(start, start + size)
                out[members[group]] = _project_grid(
                    y[group], lower, upper, component.edges, weight, descending
                )
            unsettled &= ~small
        if not unsettled.any():
            break
        pushed = across + ahead - down
        # Brought to 1, lest the products leave the range of the numbers.
        unit = np.ldexp(1.0, np.minimum(-np.frexp(largest)[1], LARGEST_POWER))
        unit = np.repeat(unit, sizes)[:, None]
        uphill = (unit * (ahead - pushed) * (unit * (pushed - push))).sum(axis=1)
        momentum = np.where(np.add.reduceat(uphill, starts) > 0, 1.0, momentum)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        pace = np.repeat((momentum - 1) / following, sizes)[:, None]
        ahead, push = pushed + pace * (pushed - push), pushed
        # Groups settle one by one, and are left alone then.
        stays = np.repeat(unsettled, sizes)
        members, y, push, ahead = members[stays], y[stays], push[stays], ahead[stays]
        sizes, largest = sizes[unsettled], largest[unsettled]
        momentum = following[unsettled]
    else:
        return np.ldexp(out, -exponent), sizes.size
    return np.ldexp(out, -exponent), 0


def _project_grid(
    values: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    edges: Edges,
    weight: NDArray[np.float64] | None,
    descending: bool,
) -> NDArray[np.float64]:
    """Project one group as a single row, in which both orders are one partial order."""
    n_samples, n_outputs = values.shape
    place = np.arange(values.size).reshape(values.shape)
    down = np.column_stack([place[:-1].ravel(), place[1:].ravel()])
    grid = np.vstack(
        [place[:, edges].reshape(-1, 2), down[:, ::-1] if descending else down]
    )
    if weight is None:
        weight = np.ones(n_outputs)
    weight = np.tile(weight, n_samples)
    projected = project_partial_order(
        values.reshape(1, -1),
        np.tile(lower, n_samples),
        np.tile(upper, n_samples),
        grid,
        weight / weight.sum(),
    )
    return projected.reshape(values.shape)
