"""Constraints applied to predictions, in the dtype of the predictions."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.resolve import Constraints
from sklstm._constraints.weights import check_output_weight
from sklstm._projection.both import project_both
from sklstm._projection.graph import split_components
from sklstm._projection.outputs import project_outputs
from sklstm._projection.samples import order_rows, project_samples
from sklstm._utils.labels import rank_labels


def apply_constraints(
    predictions: NDArray[np.floating],
    constraints: Constraints,
    *,
    method: str,
    output_weight: Any = None,
    sample_order: str | None = None,
    groups: Any = None,
    order_by: Any = None,
    owner: str = "apply_constraints",
) -> NDArray[np.floating]:
    """Return the predictions, mended where they break the constraints.

    Parameters
    ----------
    predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Finite and floating. Not changed.
    constraints : Constraints
        Resolved for `n_outputs` outputs and this method.
    method, output_weight, sample_order, groups, order_by : object
        As in `adjust_predictions`.
    owner : str
        The name that opens every error message.

    Returns
    -------
    ndarray of the shape and dtype of `predictions`
    """
    values = predictions.reshape(len(predictions), constraints.n_outputs)
    lower, upper = bounds_in(values.dtype, constraints, owner)
    weight = check_output_weight(
        output_weight, constraints.n_outputs, constraints.output_names, owner
    )
    components = split_components(constraints.edges, constraints.n_outputs)
    across = partial(
        project_outputs,
        lower=lower,
        upper=upper,
        components=components,
        descending=constraints.descending,
    )
    if sample_order is None:
        for name, labels in (("groups", groups), ("order_by", order_by)):
            if labels is not None:
                raise ValueError(
                    f"{owner}: `{name}` orders the samples only together with "
                    "`sample_order`; got sample_order=None."
                )
        adjusted = across(values, method=method, weight=weight)
        return adjusted.reshape(predictions.shape)

    if sample_order not in ("increasing", "decreasing"):
        raise ValueError(
            f"{owner}: `sample_order` must be 'increasing', 'decreasing' or None; got "
            f"{sample_order!r}."
        )
    groups = _codes(groups, len(values), "groups", owner)
    order_by = _codes(order_by, len(values), "order_by", owner)
    rows, sizes = order_rows(len(values), groups, order_by)
    descending = sample_order == "decreasing"
    down = partial(project_samples, sizes=sizes, descending=descending)
    ordered = values[rows]
    if method != "projection":
        mended = down(across(ordered, method=method), method=method)
    elif len(constraints.edges) == 0:
        mended = across(down(ordered, method=method), method=method)
    else:
        projected = project_both(
            ordered,
            constraints.lower,
            constraints.upper,
            components,
            weight=weight,
            sizes=sizes,
            descending=descending,
        )
        # True up to rounding; the two running extrema keep each other's order.
        mended = across(projected.astype(values.dtype), method="cummax")
        mended = down(mended, method="cummax")
    adjusted = np.empty_like(values)
    adjusted[rows] = mended
    return adjusted.reshape(predictions.shape)


def bounds_in(
    dtype: np.dtype[np.floating], constraints: Constraints, owner: str
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the tightest bounds of the dtype that keep the bounds in float64."""
    with np.errstate(over="ignore"):
        lower, upper = constraints.lower.astype(dtype), constraints.upper.astype(dtype)
    too_low, too_high = lower < constraints.lower, upper > constraints.upper
    lower[too_low] = np.nextafter(lower[too_low], dtype.type(np.inf))
    upper[too_high] = np.nextafter(upper[too_high], dtype.type(-np.inf))
    empty = (lower > upper) | np.isposinf(lower) | np.isneginf(upper)
    if empty.any():
        output = int(np.argmax(empty))
        raise ValueError(
            f"{owner}: no {dtype} number lies between "
            f"lower={float(constraints.lower[output])} and "
            f"upper={float(constraints.upper[output])}; predict in float64."
        )
    return lower, upper


def _codes(
    labels: Any, n_samples: int, name: str, owner: str
) -> NDArray[np.intp] | None:
    return None if labels is None else rank_labels(labels, n_samples, name, owner)
