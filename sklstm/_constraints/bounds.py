"""Bounds of the outputs, one for each, from what the user declares.

Errors open with the name of the estimator or function that was given the declaration.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.linear import BoundStatement
from sklstm._constraints.outputs import Outputs
from sklstm._projection.graph import Edges
from sklstm._utils.numeric import as_declared


def resolve_bound(bound: Any, parameter: str, outputs: Outputs) -> NDArray[np.float64]:
    """Return one bound for each output, infinite where there is none."""
    owner = outputs.owner
    unbounded = -np.inf if parameter == "lower" else np.inf
    resolved = np.full(outputs.n_outputs, unbounded)
    by_output = outputs.values_by_output(bound, parameter)
    if by_output is not None:
        for output, value in by_output.items():
            if value is None:
                continue
            number = as_declared(value, parameter, owner)
            if number.ndim:
                raise TypeError(
                    f"{owner}: `{parameter}` must map an output to one number; got "
                    f"{value!r} for {outputs.label(output)}."
                )
            resolved[output] = number
    elif bound is not None:
        numbers = as_declared(bound, parameter, owner)
        if numbers.ndim and numbers.shape != (outputs.n_outputs,):
            raise ValueError(
                f"{owner}: `{parameter}` must be one number or one for each of the "
                f"{outputs.n_outputs} outputs; got shape {numbers.shape}."
            )
        resolved[:] = numbers
    wrong = np.isnan(resolved) | (resolved == -unbounded)
    if wrong.any():
        output = int(np.argmax(wrong))
        raise ValueError(
            f"{owner}: `{parameter}` must be a number, or {unbounded} for no bound; "
            f"got {float(resolved[output])} for {outputs.label(output)}."
        )
    return resolved


def add_bounds(
    statements: Iterable[BoundStatement],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Bring bounds that were stated in words to those of each output, in place."""
    for statement in statements:
        side, tighter = (lower, max) if statement.parameter == "lower" else (upper, min)
        side[statement.output] = tighter(side[statement.output], statement.bound)


def check_apart(
    lower: NDArray[np.float64], upper: NDArray[np.float64], outputs: Outputs
) -> None:
    """Raise if the bounds of one output contradict each other."""
    apart = lower > upper
    if apart.any():
        output = int(np.argmax(apart))
        raise ValueError(
            f"{outputs.owner}: `lower` must not exceed `upper`; got "
            f"lower={float(lower[output])} and upper={float(upper[output])} for "
            f"{outputs.label(output)}."
        )


def tighten(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    edges: Edges,
    outputs: Outputs,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Carry lower bounds up the order and upper bounds down; raise where they cross."""
    lows, highs = lower.tolist(), upper.tolist()
    # The output that declared the bound that now holds, for the message.
    below, above = list(range(lower.size)), list(range(upper.size))
    for a, b in edges.tolist():
        if lows[a] > lows[b]:
            lows[b], below[b] = lows[a], below[a]
    for a, b in edges[::-1].tolist():
        if highs[b] < highs[a]:
            highs[a], above[a] = highs[b], above[b]
    lower, upper = np.array(lows), np.array(highs)
    crossed = lower > upper
    if crossed.any():
        output = int(np.argmax(crossed))
        low, high = outputs.label(below[output]), outputs.label(above[output])
        raise ValueError(
            f"{outputs.owner}: `order` asks for {low} <= {high}, but {low} >= "
            f"{float(lower[output])} and {high} <= {float(upper[output])}."
        )
    return lower, upper


def lower_in(dtype: np.dtype[np.floating], lower: Any) -> NDArray[np.floating]:
    """Return the smallest numbers of the dtype that are not below `lower`."""
    lower = np.asarray(lower)
    with np.errstate(over="ignore"):
        near = np.asarray(lower.astype(dtype))
    upwards = np.nextafter(near, dtype.type(np.inf))
    return np.where(near < lower, upwards, near)


def upper_in(dtype: np.dtype[np.floating], upper: Any) -> NDArray[np.floating]:
    """Return the largest numbers of the dtype that are not above `upper`."""
    return -lower_in(dtype, -np.asarray(upper))
