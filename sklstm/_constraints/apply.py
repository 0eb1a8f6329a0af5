"""Constraints applied to predictions, in the dtype of the predictions."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import lower_in, upper_in
from sklstm._constraints.resolve import Constraints
from sklstm._constraints.samples import SampleOrder
from sklstm._projection.both import project_both
from sklstm._projection.outputs import project_outputs
from sklstm._projection.samples import project_samples


def apply_constraints(
    predictions: NDArray[np.floating],
    constraints: Constraints,
    samples: SampleOrder | None = None,
) -> NDArray[np.floating]:
    """Return the predictions, adjusted where they break the constraints.

    Parameters
    ----------
    predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Finite and floating. Not changed.
    constraints : Constraints
        Resolved for `n_outputs` outputs.
    samples : SampleOrder, default=None
        The order down these rows; None for no such order.

    Returns
    -------
    ndarray of the shape and dtype of `predictions`
    """
    values = predictions.reshape(len(predictions), constraints.outputs.n_outputs)
    lower, upper = _bounds_in(values.dtype, constraints)
    method, components = constraints.method, constraints.components
    across = partial(
        project_outputs,
        lower=lower,
        upper=upper,
        components=components,
        descending=constraints.descending,
    )
    if samples is None:
        adjusted = across(values, method=method, weight=constraints.weight)
        return adjusted.reshape(predictions.shape)

    sizes, descending = samples.sizes, samples.descending
    down = partial(project_samples, sizes=sizes, descending=descending)
    ordered = values[samples.rows]
    if method != "projection":
        ordered = down(across(ordered, method=method), method=method)
    elif not components:
        ordered = across(down(ordered, method=method), method=method)
    else:
        projected = project_both(
            ordered,
            constraints.lower,
            constraints.upper,
            components,
            weight=constraints.weight,
            sizes=sizes,
            descending=descending,
        )
        # Exact up to rounding. Each running extremum keeps the order of the other.
        ordered = across(projected.astype(values.dtype), method="cummax")
        ordered = down(ordered, method="cummax")
    adjusted = np.empty_like(values)
    adjusted[samples.rows] = ordered
    return adjusted.reshape(predictions.shape)


def _bounds_in(
    dtype: np.dtype[np.floating], constraints: Constraints
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the tightest bounds of the dtype that keep the bounds in float64."""
    lower = lower_in(dtype, constraints.lower)
    upper = upper_in(dtype, constraints.upper)
    empty = (lower > upper) | np.isposinf(lower) | np.isneginf(upper)
    if empty.any():
        output = int(np.argmax(empty))
        raise ValueError(
            f"{constraints.outputs.owner}: no {dtype} number lies between "
            f"lower={float(constraints.lower[output])} and "
            f"upper={float(constraints.upper[output])}; predict in float64."
        )
    return lower, upper
