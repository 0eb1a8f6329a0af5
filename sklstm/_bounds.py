"""Bounds and weights of the outputs, one for each, out of what the user declares.

Errors open with the name of the estimator or function that was given the declaration.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._graph import Edges
from sklstm._order import Names, Outputs

# Weights that differ by more would be lost in each other's rounding.
_LARGEST_RATIO = 1e100


def resolve_bound(bound: Any, parameter: str, outputs: Outputs) -> NDArray[np.float64]:
    """Return one bound for each output, infinite where there is none."""
    owner = outputs.owner
    unbounded = -np.inf if parameter == "lower" else np.inf
    resolved = np.full(outputs.n_outputs, unbounded)
    labelled = _labelled(bound, outputs.n_outputs, outputs.names)
    bound = bound if labelled is None else labelled
    if isinstance(bound, Mapping):
        for key, value in bound.items():
            number = _as_real(value, parameter, owner)
            if number.ndim:
                raise TypeError(
                    f"{owner}: `{parameter}` must map an output to one number; got "
                    f"{value!r} for {key!r}."
                )
            resolved[outputs.index(key, parameter)] = number
    elif bound is not None:
        numbers = _as_real(bound, parameter, owner)
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


def _labelled(
    declared: Any, n_outputs: int, output_names: Names
) -> dict[Any, Any] | None:
    """Return a pandas Series as a dict if its labels are names, and None else.

    Where the outputs have no names, one value for each is taken by position.
    """
    if not (hasattr(declared, "index") and hasattr(declared, "to_dict")):
        return None
    if not any(isinstance(label, str) for label in declared.index):
        return None
    if output_names is None and len(declared) == n_outputs:
        return None
    return dict(zip(declared.index, declared, strict=True))


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


def _as_real(numbers: Any, parameter: str, owner: str) -> NDArray[np.float64]:
    """Return float64 numbers, or say which parameter holds something else."""
    try:
        array = np.asarray(numbers)
    except ValueError:  # a ragged list
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"{owner}: `{parameter}` must hold real numbers; got {numbers!r}."
        )
    return array.astype(np.float64)


def check_output_weight(
    output_weight: Any, n_outputs: int, output_names: Names, owner: str
) -> NDArray[np.float64] | None:
    """Return the weights as an array of shape (n_outputs,), or None.

    Parameters
    ----------
    output_weight : array-like of shape (n_outputs,) or None
        As the user gave it.
    n_outputs : int
        The number of weights that there must be.
    output_names : tuple of str or None
        What the labels of a pandas Series may speak of.
    owner : str
        The name that opens every error message.

    Returns
    -------
    ndarray of shape (n_outputs,) or None
        Divided by a power of 2, which changes no digit, so that the largest is below 1.

    Raises
    ------
    TypeError, ValueError
        If the weights are not `n_outputs` finite positive numbers of comparable size.
    """
    if output_weight is None:
        return None
    labelled = _labelled(output_weight, n_outputs, output_names)
    if labelled is not None:
        outputs = Outputs(n_outputs, output_names, owner)
        placed = {outputs.index(k, "output_weight"): v for k, v in labelled.items()}
        output_weight = [placed.get(output, np.nan) for output in range(n_outputs)]
    weight = _as_real(output_weight, "output_weight", owner)
    if weight.shape != (n_outputs,):
        raise ValueError(
            f"{owner}: `output_weight` needs one weight for each of the {n_outputs} "
            f"outputs; got shape {weight.shape}."
        )
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError(
            f"{owner}: `output_weight` must be finite and positive; got "
            f"{weight.tolist()}."
        )
    if weight.max() / _LARGEST_RATIO > weight.min():
        raise ValueError(
            f"{owner}: `output_weight` must not differ by more than a factor of "
            f"{_LARGEST_RATIO:g}; got {weight.tolist()}."
        )
    scaled: NDArray[np.float64] = np.ldexp(weight, -np.frexp(weight.max())[1])
    return scaled
