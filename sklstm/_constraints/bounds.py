"""Bounds and weights of the outputs, one for each, out of what the user declares.

Errors open with the name of the estimator or function that was given the declaration.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.outputs import Outputs, as_real, labelled_values
from sklstm._projection.graph import Edges


def resolve_bound(bound: Any, parameter: str, outputs: Outputs) -> NDArray[np.float64]:
    """Return one bound for each output, infinite where there is none."""
    owner = outputs.owner
    unbounded = -np.inf if parameter == "lower" else np.inf
    resolved = np.full(outputs.n_outputs, unbounded)
    labelled = labelled_values(bound, outputs.n_outputs, outputs.names)
    bound = bound if labelled is None else labelled
    if isinstance(bound, Mapping):
        for key, value in bound.items():
            number = as_real(value, parameter, owner)
            if number.ndim:
                raise TypeError(
                    f"{owner}: `{parameter}` must map an output to one number; got "
                    f"{value!r} for {key!r}."
                )
            resolved[outputs.index(key, parameter)] = number
    elif bound is not None:
        numbers = as_real(bound, parameter, owner)
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
    # Who declared the bound that now holds, for the message.
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
