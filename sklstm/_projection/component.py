"""The projection of connected outputs, true up to rounding: arrays in, arrays out."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.active_set import LARGEST_POWER, project_partial_order
from sklstm._projection.bounds import shared
from sklstm._projection.graph import Component
from sklstm._projection.isotonic import project_chains

Floats = NDArray[np.float64]

# Products of larger values with weights keep all their digits.
_SMALLEST = 2.0**-900


def project_component(
    values: Floats,
    lower: Floats,
    upper: Floats,
    component: Component,
    weight: Floats | None,
) -> Floats:
    """Project the outputs of one component, true up to rounding.

    Bounds that all outputs share may be left for the caller to clip to, which is exact.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        The outputs of the component. Not changed.
    lower, upper : ndarray of shape (n_columns,), (n_rows, n_columns) or (n_rows, 1)
        Bounds tightened along the edges.
    component : Component
        The order.
    weight : ndarray of shape (n_columns,) or None
        Weights of the squared distance, below 1.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        A value that nothing moves is the same, bit for bit.
    """
    if component.offsets is not None:
        # Without its gaps the order is an ordinary one of shifted outputs.
        offsets = component.offsets
        shifted = values - offsets
        plain = replace(component, gaps=None, offsets=None)
        projected = project_component(
            shifted, lower - offsets, upper - offsets, plain, weight
        )
        return np.where(projected == shifted, values, projected + offsets)

    if component.gaps is None:
        # Which bounds may wait is decided for each row, as a row alone decides it.
        waits = _are_shared(lower) & _are_shared(upper)
        if waits.ndim and waits.any() and not waits.all():
            projected = np.empty_like(values)
            for rows in (waits, ~waits):
                projected[rows] = project_component(
                    values[rows],
                    lower if lower.ndim == 1 else lower[rows],
                    upper if upper.ndim == 1 else upper[rows],
                    component,
                    weight,
                )
            return projected

    low: Floats = shared(lower)
    high: Floats = shared(upper)
    bounded = component.gaps is not None or max(low.shape[-1], high.shape[-1]) > 1
    if not bounded:
        low, high = np.array([-np.inf]), np.array([np.inf])
    if weight is not None:
        # They sum to 1 at most; a power of 2 changes no digit. None is above 1 yet.
        weight = np.ldexp(weight, -np.frexp(weight.sum())[1])
    elif component.is_chain and component.gaps is None:
        return (
            project_chains(values, None, low, high)
            if bounded
            else project_chains(values)
        )
    else:
        n_columns = values.shape[1]
        weight = np.full(n_columns, np.ldexp(1.0, -n_columns.bit_length()))

    power = _scaling_power(values, low, high, component.gaps)
    if power is None:
        return _project(values, low, high, component, weight)
    scaled = np.ldexp(values, power)
    with np.errstate(over="ignore", under="ignore"):  # a bound out of reach
        low, high = np.ldexp(low, power), np.ldexp(high, power)
        if component.gaps is not None:
            component = replace(component, gaps=np.ldexp(component.gaps, power))
    projected = _project(scaled, low, high, component, weight)
    with np.errstate(under="ignore"):
        return np.where(projected == scaled, values, np.ldexp(projected, -power))


def _are_shared(bound: Floats) -> NDArray[np.bool_]:
    """Return whether all outputs have the same bound, for each row or for all."""
    return np.asarray((bound == bound[..., :1]).all(axis=-1))


def _scaling_power(
    values: Floats, lower: Floats, upper: Floats, gaps: Floats | None
) -> NDArray[np.intc] | None:
    """Return the power of 2 for each row that saves its sums from over- or underflow.

    None where no row needs one; what a row needs depends on that row alone.
    """
    size = np.abs(values)
    largest = size.max(axis=1, keepdims=True)
    if lower.shape[-1] > 1 or upper.shape[-1] > 1:
        inside = np.abs(np.clip(values, lower, upper)).max(axis=1, keepdims=True)
        largest = np.maximum(largest, inside)
    if gaps is not None:
        largest = np.maximum(largest, np.abs(gaps).max())
    tiny = ((size < _SMALLEST) & (size > 0)).any(axis=1, keepdims=True)
    needed = tiny | (largest > 2.0**LARGEST_POWER)
    if not needed.any():
        return None
    power: NDArray[np.intc] = np.where(needed, LARGEST_POWER - np.frexp(largest)[1], 0)
    return power


def _project(
    values: Floats, lower: Floats, upper: Floats, component: Component, weight: Floats
) -> Floats:
    if not component.is_chain or component.gaps is not None:
        return project_partial_order(
            values, lower, upper, component.edges, weight, component.gaps
        )
    if lower.size == upper.size == 1:
        return project_chains(values, weight)
    return project_chains(values, weight, lower, upper)
