"""Linear statements about outputs, and what kind of rule each one is."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklstm._constraints.grammar import Comparison, Linear, parse_statement
from sklstm._constraints.outputs import Outputs, is_sequence
from sklstm._projection.rules import Rule as LinearRule
from sklstm._projection.rules import Side
from sklstm._utils.text import shortened

# Projections are tested against rational arithmetic up to this ratio.
_LARGEST_RATIO = 1e16
# Squares of larger coefficients could overflow, and those of smaller ones vanish.
_LARGEST_COEFFICIENT = 1e100


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


@dataclass(frozen=True)
class LinearStatement:
    """A sum of outputs is equal to, or not above, another one.

    Attributes
    ----------
    sums : LinearRule
    text : str
        The statement, for messages.
    """

    sums: LinearRule
    text: str


Statement = BoundStatement | EdgeStatement | LinearStatement


def resolve_rules(rules: Any, outputs: Outputs) -> list[Statement]:
    """Return what a list of linear statements says, one by one.

    Parameters
    ----------
    rules : list of str, or None
        As the user gave it.
    outputs : Outputs
        What the statements refer to.

    Returns
    -------
    list of statements
        Those that are no more than a bound, or than an order of two outputs, are
        returned as such.
    """
    if rules is None:
        return []
    if not is_sequence(rules):
        raise TypeError(
            f"{outputs.owner}: `rules` must be a list of statements, such as "
            f"['a + b == c']; got {shortened(rules)}."
        )
    statements: list[Statement] = []
    for text in rules:
        if not isinstance(text, str):
            raise TypeError(
                f"{outputs.owner}: `rules` must hold statements as strings; got "
                f"{shortened(text)}."
            )
        for comparison in parse_statement(text, "rules", outputs.owner):
            comparison = of_outputs(comparison, outputs, "rules")
            statements += classify_rule(comparison, outputs)
    return statements


def classify_rule(comparison: Comparison, outputs: Outputs) -> list[Statement]:
    """Return the statements that a comparison of outputs is, of any kind."""
    left, right, text = comparison.left, comparison.right, comparison.text
    difference = _difference(left, right)
    if not difference.is_finite:
        raise ValueError(
            f"{outputs.owner}: the numbers in {shortened(text)} of `rules` are too "
            "large for float64. Use a larger unit."
        )
    n_terms = sum(coefficient != 0 for coefficient in difference.terms.values())
    is_single = left.single is not None or right.single is not None
    if comparison.is_equality and n_terms == 1 and is_single:
        (output,) = difference.terms
        bound = _bound_of(difference, text, "rules", outputs)
        sides = ("lower", "upper")
        return [BoundStatement(int(output), side, bound, text) for side in sides]
    if not comparison.is_equality and n_terms <= 2:
        statement = _bound_or_edge(comparison, "rules", outputs)
        is_negative = isinstance(statement, EdgeStatement) and statement.gap < 0
        if statement is not None and not is_negative:
            return [statement]
    if n_terms == 0:
        raise _says_nothing(text, "rules", outputs)
    sums = LinearRule(_as_side(left), _as_side(right), comparison.is_equality)
    _check_coefficients(sums, text, outputs)
    return [LinearStatement(sums, text)]


def _says_nothing(text: str, parameter: str, outputs: Outputs) -> ValueError:
    return ValueError(
        f"{outputs.owner}: `{parameter}` says nothing about an output in "
        f"{shortened(text)}."
    )


def _check_coefficients(sums: LinearRule, text: str, outputs: Outputs) -> None:
    """Raise if the coefficients of a rule are too different, too large or too small."""
    sizes = np.abs([*sums.left.coefficients, *sums.right.coefficients])
    if (
        sizes.max() / _LARGEST_RATIO > sizes.min()
        or not 1 / _LARGEST_COEFFICIENT <= sizes.max() <= _LARGEST_COEFFICIENT
    ):
        raise ValueError(
            f"{outputs.owner}: the coefficients of a statement in `rules` must not "
            f"differ by more than a factor of {_LARGEST_RATIO:g}, and the largest must "
            f"be between {1 / _LARGEST_COEFFICIENT:g} and {_LARGEST_COEFFICIENT:g}; "
            f"got {shortened(text)}. Use units of comparable size."
        )


def _as_side(side: Linear) -> Side:
    terms = {int(key): value for key, value in side.terms.items() if value != 0}
    return Side(tuple(terms), tuple(terms.values()), side.constant + 0.0)


def _difference(left: Linear, right: Linear) -> Linear:
    difference = Linear()
    difference.add(left, 1.0)
    difference.add(right, -1.0)
    return difference


def _bound_of(difference: Linear, text: str, parameter: str, outputs: Outputs) -> float:
    """Return the number to which a comparison of one output compares it."""
    (coefficient,) = (c for c in difference.terms.values() if c != 0)
    bound = -difference.constant / coefficient
    if not np.isfinite(bound):
        raise ValueError(
            f"{outputs.owner}: `{parameter}` compares an output with a number too "
            f"large for float64 in {shortened(text)}."
        )
    return bound


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


def classify(
    comparison: Comparison, parameter: str, outputs: Outputs
) -> BoundStatement | EdgeStatement:
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
    statement = _bound_or_edge(comparison, parameter, outputs)
    if statement is None:
        raise ValueError(
            f"{outputs.owner}: `{parameter}` takes chains of outputs, constants and "
            f"gaps; got {shortened(comparison.text)}. Other linear statements go in "
            "`rules`."
        )
    return statement


def _bound_or_edge(
    comparison: Comparison, parameter: str, outputs: Outputs
) -> BoundStatement | EdgeStatement | None:
    """Return the statement that an inequality is, or None if it is another one."""
    left, right, text = comparison.left, comparison.right, comparison.text
    small: Any = left.single
    large: Any = right.single
    if small is not None and large is not None:
        return EdgeStatement(small, large, 0.0, text)
    difference = _difference(left, right)
    terms: dict[Any, float] = {k: c for k, c in difference.terms.items() if c != 0}
    if not terms:
        raise _says_nothing(text, parameter, outputs)
    if len(terms) == 1:
        ((output, coefficient),) = terms.items()
        side = "upper" if coefficient > 0 else "lower"
        bound = _bound_of(difference, text, parameter, outputs)
        bound = _last_to_obey(comparison, side, bound)
        return BoundStatement(output, side, bound, text)
    if len(terms) == 2 and sorted(terms.values()) == [-1.0, 1.0]:
        large, small = sorted(terms, key=terms.__getitem__)
        return EdgeStatement(small, large, difference.constant, text)
    return None


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
