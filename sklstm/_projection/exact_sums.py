"""From a projection that is true up to rounding to rows that obey exactly.

Outputs that a sum derives are recomputed from their parts; where a statement fails by
the last digits, one of its outputs is nudged.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import clip, largest_below
from sklstm._projection.rules import Rule

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
# Output a plus the gap must not exceed output b.
Steps = list[tuple[int, int, float]]
# From rows and their bounds to what is missing in each row.
_Error = Callable[[Floats, Floats, Floats], Floats]

_MAX_ATTEMPTS = 80
# Binary digits that are rounded away before nudging, if nudging without this fails.
_SPARE_DIGITS = (0, 5, 10)
# When an output may be nudged past others that the order ties to it: those above it,
# which are lifted then, or those below.
_LIFTS, _LOWERS = 1, 2


class Statements:
    """Order, gaps and rules of the outputs, and which outputs the rules derive.

    Parameters
    ----------
    steps : list of (int, int, float)
        Output a plus the gap must not exceed output b; sorted topologically.
    rules : list of Rule
    movable : ndarray of shape (n_outputs,), bool
        False for outputs that are kept where they are.
    """

    def __init__(self, steps: Steps, rules: list[Rule], movable: Bools) -> None:
        self.steps, self.rules, self.movable = steps, rules, movable
        self.derivations = _derivations(rules, movable)
        self.derived = [d for d, _ in self.derivations]
        self.plain_steps = [
            step for step in steps if not {step[0], step[1]} & set(self.derived)
        ]
        self.conditions = self._conditions()

    def obeyed(self, rows: Floats, lower: Floats, upper: Floats) -> Bools:
        """Tell for each row whether it meets every statement with zero tolerance."""
        obeys = ((rows >= lower) & (rows <= upper)).all(axis=1)
        for a, b, gap in self.steps:
            obeys &= rows[:, a] + rows.dtype.type(gap) <= rows[:, b]
        for rule in self.rules:
            obeys &= rule.error(rows) == 0
        return np.asarray(obeys)

    def derive(self, rows: Floats) -> None:
        """Recompute the derived outputs, in place; parts before their totals."""
        for output, rule in self.derivations:
            rows[:, output] = rule.parts().evaluate(rows)

    def _conditions(self) -> list["_Condition"]:
        """Return what nudges have to see to: all that deriving may break."""
        own = {id(rule) for _, rule in self.derivations}
        conditions = [
            _Condition(self._base(output=d), _bound_error(d)) for d in self.derived
        ]
        for a, b, gap in self.steps:
            if a in self.derived or b in self.derived:
                normal = self._base(output=b) - self._base(output=a)
                conditions.append(_Condition(normal, _step_error(a, b, gap)))
        conditions += [
            _Condition(self._base(rule=rule), _rule_error(rule), not rule.is_equality)
            for rule in self.rules
            if id(rule) not in own
        ]
        return conditions

    def _base(
        self, *, output: int | None = None, rule: Rule | None = None
    ) -> NDArray[np.float64]:
        """Return the normal of an output or rule, in outputs that are not derived."""
        n_outputs = self.movable.size
        normal = np.zeros(n_outputs)
        if output is not None:
            normal[output] = 1
        if rule is not None:
            normal += rule.left.normal(n_outputs) - rule.right.normal(n_outputs)
        for derived, by in reversed(self.derivations):
            factor, normal[derived] = normal[derived], 0.0
            normal += factor * by.parts().normal(n_outputs)
        return np.where(self.movable, normal, 0)


@dataclass(frozen=True)
class _Condition:
    """By how much the sum along the normal must change in each row."""

    normal: NDArray[np.float64]
    error: _Error
    is_one_sided: bool = True


def meet_exactly(
    rows: Floats, lower: Floats, upper: Floats, statements: Statements
) -> tuple[Floats, Bools]:
    """Return rows that meet all statements, and for which none could be found.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_outputs)
        Rows that meet all statements up to rounding. Not changed.
    lower, upper : ndarray of shape (n_samples, n_outputs) or (1, n_outputs)
        Their bounds, in the dtype of `rows`.
    statements : Statements

    Returns
    -------
    rows : ndarray of shape (n_samples, n_outputs)
    failed : ndarray of shape (n_samples,), bool
    """
    out = rows.copy(order="K")
    _lift(out, lower, upper, statements)
    statements.derive(out)
    failed = ~statements.obeyed(out, lower, upper)
    lower, upper = (np.broadcast_to(b, rows.shape) for b in (lower, upper))
    for spare in _SPARE_DIGITS:
        left = np.flatnonzero(failed)
        if left.size == 0:
            break
        start = _coarser(rows[left], spare)
        # Rows that no nudge helps may run away until they are given up.
        with np.errstate(over="ignore", invalid="ignore"):
            out[left], failed[left] = _search(
                start, lower[left], upper[left], statements
            )
    return out, failed


def _search(
    rows: Floats, lower: Floats, upper: Floats, statements: Statements
) -> tuple[Floats, Bools]:
    """Nudge the rows, attempt by attempt; return them, and which still fail."""
    out = rows.copy()
    left = np.arange(len(rows))
    for attempt in range(_MAX_ATTEMPTS):
        part, low, high = out[left], lower[left], upper[left]
        if _phase(attempt) == _LOWERS:
            _lower(part, low, high, statements)
        else:
            _lift(part, low, high, statements)
        statements.derive(part)
        if attempt:
            for condition in statements.conditions:
                _nudge(part, low, high, condition, statements, attempt)
            statements.derive(part)
        out[left] = part
        left = left[~statements.obeyed(part, low, high)]
        if left.size == 0:
            break
    failed = np.zeros(len(rows), dtype=bool)
    failed[left] = True
    return out, failed


def _coarser(rows: Floats, spare: int) -> Floats:
    """Round each row to numbers whose sums need no more digits than the dtype has."""
    if spare == 0:
        return rows
    largest = np.abs(rows).max(axis=1, keepdims=True)
    step = np.spacing(np.maximum(largest, np.finfo(rows.dtype).tiny)) * 2**spare
    return np.asarray(np.round(rows / step) * step)


def _lift(rows: Floats, lower: Floats, upper: Floats, statements: Statements) -> None:
    """Bring the rows within bounds and order, in place, but for derived outputs."""
    clip(rows, lower, upper, out=rows)
    rows += 0
    for a, b, gap in statements.plain_steps:
        low = rows[:, a] + rows.dtype.type(gap)
        if statements.movable[b]:
            rows[:, b] = np.maximum(rows[:, b], low)
        elif (low > rows[:, b]).any():
            room = rows[:, b] - rows.dtype.type(gap)
            rows[:, a] = np.where(low > rows[:, b], room, rows[:, a])
    if statements.plain_steps:
        clip(rows, lower, upper, out=rows)


def _lower(rows: Floats, lower: Floats, upper: Floats, statements: Statements) -> None:
    """Do as `_lift`, but bring down what is too high for what is above it."""
    clip(rows, lower, upper, out=rows)
    for a, b, gap in reversed(statements.plain_steps):
        if statements.movable[a]:
            high = largest_below(rows[:, b], rows.dtype.type(gap))
            rows[:, a] = np.minimum(rows[:, a], high)
    clip(rows, lower, upper, out=rows)
    rows += 0


def _phase(attempt: int) -> int:
    """Return what is tried: see `_LIFTS` and `_LOWERS`; 0 for neither."""
    return (0, _LIFTS, _LOWERS, _LIFTS)[4 * attempt // _MAX_ATTEMPTS]


def _nudge(
    rows: Floats,
    lower: Floats,
    upper: Floats,
    condition: _Condition,
    statements: Statements,
    attempt: int,
) -> None:
    """Move one output of each row that breaks the condition, in place."""
    error = condition.error(rows, lower, upper)
    wrong = np.flatnonzero(error)
    columns = np.flatnonzero(condition.normal)
    if wrong.size == 0 or columns.size == 0:
        return
    factors = condition.normal[columns].astype(rows.dtype)
    low, high = lower[wrong].copy(), upper[wrong].copy()
    x = rows[wrong]
    for a, b, gap in statements.plain_steps:
        if _phase(attempt) != _LOWERS:  # else `_lower` brings down the outputs below
            low[:, b] = np.maximum(low[:, b], x[:, a] + rows.dtype.type(gap))
        if _phase(attempt) != _LIFTS:  # else `_lift` raises the outputs above
            high[:, a] = np.minimum(high[:, a], x[:, b] - rows.dtype.type(gap))
    change = error[wrong, None] / factors
    # A step that is lost has to be larger, and one half way between two sums smaller.
    factor = (1.0, 0.5, 0.25, 0.75)[(attempt - 1) % 4]
    if condition.is_one_sided:
        factor = 2.0 ** (attempt % (_MAX_ATTEMPTS // 2) // 8)
    change = change * rows.dtype.type(factor)
    room = np.where(
        change > 0, high[:, columns] - x[:, columns], x[:, columns] - low[:, columns]
    )
    # First one that can take so small a change, and of these the one with the most
    # room; others in later attempts.
    fits = room >= np.abs(change)
    coarse = np.spacing(np.abs(x[:, columns])) > np.abs(change)
    ranked = np.lexsort((-room, coarse, ~fits), axis=1)
    turn = (attempt - 1) // 4 % np.maximum(fits.sum(axis=1), 1)
    at = np.arange(wrong.size)
    picked = ranked[at, turn]
    picked = np.where(fits.any(axis=1), picked, room.argmax(axis=1))
    column, change = columns[picked], change[at, picked]
    before = x[at, column]
    after = before + change
    lost = after == before
    after[lost] = np.nextafter(
        before[lost], np.copysign(np.inf, change[lost]), dtype=rows.dtype
    )
    rows[wrong, column] = clip(after, low[at, column], high[at, column])
    statements.derive(rows)


def _bound_error(output: int) -> _Error:
    def error(rows: Floats, lower: Floats, upper: Floats) -> Floats:
        x = rows[:, output]
        return np.asarray(clip(x, lower[:, output], upper[:, output]) - x)

    return error


def _step_error(a: int, b: int, gap: float) -> _Error:
    def error(rows: Floats, lower: Floats, upper: Floats) -> Floats:
        return np.maximum(rows[:, a] + rows.dtype.type(gap) - rows[:, b], 0)

    return error


def _rule_error(rule: Rule) -> _Error:
    def error(rows: Floats, lower: Floats, upper: Floats) -> Floats:
        return rule.error(rows)

    return error


def _derivations(rules: list[Rule], movable: Bools) -> list[tuple[int, Rule]]:
    """Return each derived output with its rule, parts before their totals."""
    by_output: dict[int, Rule] = {}

    def reaches(output: int, target: int) -> bool:
        if output == target:
            return True
        rule = by_output.get(output)
        return rule is not None and any(
            reaches(part, target) for part in rule.parts().columns
        )

    for rule in rules:
        derived = rule.derived
        if derived is None or derived in by_output or not movable[derived]:
            continue
        if not any(reaches(part, derived) for part in rule.parts().columns):
            by_output[derived] = rule

    ordered: dict[int, Rule] = {}

    def visit(output: int) -> None:
        if output in by_output and output not in ordered:
            for part in by_output[output].parts().columns:
                visit(part)
            ordered[output] = by_output[output]

    for output in by_output:
        visit(output)
    return list(ordered.items())
