"""Linear statements about outputs, and what kind of rule each one is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklstm._constraints.grammar import Comparison, Linear
from sklstm._constraints.outputs import Outputs
from sklstm._utils.text import shortened


@dataclass(frozen=True)
class BoundStatement:
    """One output is at least or at most a number.

    Attributes
    ----------
    output : int
    parameter : {"lower", "upper"}
    bound : float
    text : str
        The statement, for messages.
    """

    output: int
    parameter: str
    bound: float
    text: str


@dataclass(frozen=True)
class EdgeStatement:
    """``small + gap <= large``, for two outputs.

    Attributes
    ----------
    small, large : int
    gap : float
    text : str
        The statement, for messages.
    """

    small: int
    large: int
    gap: float
    text: str


Statement = BoundStatement | EdgeStatement


def of_outputs(comparison: Comparison, outputs: Outputs, parameter: str) -> Comparison:
    """Return the comparison with positions of outputs in place of their names."""

    def placed(side: Linear) -> Linear:
        result = Linear(constant=side.constant)
        for key, coefficient in side.terms.items():
            result.add(Linear({outputs.index(key, parameter): coefficient}), 1.0)
        return result

    return Comparison(
        placed(comparison.left),
        placed(comparison.right),
        comparison.is_equality,
        comparison.text,
    )


def classify(comparison: Comparison, parameter: str, outputs: Outputs) -> Statement:
    """Return the statement that an inequality of outputs is.

    Parameters
    ----------
    comparison : Comparison
        Its terms are positions of outputs.
    parameter : str
        The parameter that holds it, for messages.
    outputs : Outputs
        What it refers to.

    Returns
    -------
    BoundStatement or EdgeStatement

    Raises
    ------
    ValueError
        If it says nothing about an output, or more than a bound or a gap.
    """
    left, right, text = comparison.left, comparison.right, comparison.text
    small: Any = left.single
    large: Any = right.single
    if small is not None and large is not None:
        return EdgeStatement(small, large, 0.0, text)
    difference = Linear()
    difference.add(left, 1.0)
    difference.add(right, -1.0)
    terms: dict[Any, float] = {k: c for k, c in difference.terms.items() if c != 0}
    if not terms:
        raise ValueError(
            f"{outputs.owner}: `{parameter}` says nothing about an output in "
            f"{shortened(text)}."
        )
    if len(terms) == 1:
        ((output, coefficient),) = terms.items()
        side = "upper" if coefficient > 0 else "lower"
        bound = _last_to_obey(comparison, side, -difference.constant / coefficient)
        return BoundStatement(output, side, bound, text)
    if len(terms) == 2 and sorted(terms.values()) == [-1.0, 1.0]:
        large, small = sorted(terms, key=terms.__getitem__)
        return EdgeStatement(small, large, difference.constant, text)
    raise ValueError(
        f"{outputs.owner}: `{parameter}` takes chains of outputs, constants and gaps; "
        f"got {shortened(text)}."
    )


def _last_to_obey(comparison: Comparison, side: str, bound: float) -> float:
    """Return `bound`, or the number next to it that obeys as float64 evaluates it."""

    def value(expression: Linear, at: float) -> float:
        total = 0.0
        for coefficient in expression.terms.values():
            total += coefficient * at
        return total + expression.constant

    inwards = -np.inf if side == "upper" else np.inf
    for _ in range(8):
        if value(comparison.left, bound) <= value(comparison.right, bound):
            break
        bound = float(np.nextafter(bound, inwards))
    return bound
