"""Likely causes why a training target violates its constraints, and how to fix them.

Each function checks the target for one cause. It returns a sentence, or None if that is
not the cause.
"""

import re
from itertools import pairwise

import numpy as np

from sklstm._utils.text import percent

# Fractions of rows that count as nearly all and as most of them.
_NEARLY_ALL = 0.95
_MOST = 0.5


def advise(values, constraints, broken):
    """Return sentences that describe the target and suggest how to fix the violations.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float64
        Target values.
    constraints : Constraints
        The declared constraints.
    broken : list of (rule, ndarray of shape (n_samples,))
        The rules that are violated, and the rows that violate each.

    Returns
    -------
    list of str
        At least one sentence.
    """
    by_kind: dict = {}
    for rule, rows in broken:
        by_kind.setdefault(rule.kind, []).append((rule, rows))
    bounds = [*by_kind.pop("lower", []), *by_kind.pop("upper", [])]
    edges = by_kind.pop("order", [])
    advice = []
    scaled = _normalised(values, bounds, edges)
    if scaled:
        advice.append(scaled)
    elif bounds:
        advice.append(_out_of_bounds(values, bounds))
    if edges and not scaled:
        advice.append(
            _rounding(values, edges)
            or _horizons(constraints)
            or _narrow_gap(values, edges)
            or _another_order(values, constraints, edges)
            or _no_order(edges)
        )
    if "sample_order" in by_kind:
        ((rule, rows),) = by_kind.pop("sample_order")
        advice.append(
            _rounding(values, [(rule, rows)])
            or _another_sample_order(values, rule, rows)
        )
    if by_kind:
        advice.append("Declare only what holds.")
    return advice


def _normalised(values, bounds, edges):
    """Ask if y was normalised, if all outputs that break a rule look like it."""
    outputs = {rule.output for rule, _ in bounds}
    outputs.update(*((rule.small, rule.large) for rule, _ in edges))
    columns = values[:, sorted(outputs)]
    if len(values) < 3 or not outputs:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        means, deviations = columns.mean(axis=0), columns.std(axis=0)
    lowest, highest = columns.min(axis=0), columns.max(axis=0)
    if ((np.abs(means) < 0.25) & (np.abs(deviations - 1) < 0.25)).all():
        finding = "Its mean is about 0 and its standard deviation about 1."
    elif np.allclose(highest, 1) and (np.allclose(lowest, -1) or not lowest.any()):
        finding = f"Each of its outputs ranges from {lowest[0]:.0f} to 1."
    else:
        return None
    return (
        f"{finding} Was y normalised? Wrap the scaler inside: PositiveOrderedRegressor("
        "TransformedTargetRegressor(regressor, transformer=scaler))."
    )


def _out_of_bounds(values, broken):
    """Describe the extreme of the target, for the bound that is violated most often."""
    rule, rows = max(broken, key=lambda pair: pair[1].sum())
    side = "below" if rule.kind == "lower" else "above"
    if np.ndim(rule.bound):
        row = int(rule.amount(values).argmax())
        y, bound = values[row, rule.output], rule.bound[row]
        reached = f"y is {y:.6g} in row {row}, {side} {rule.kind}={bound:.6g}"
    else:
        column = values[:, rule.output]
        y = column.min() if rule.kind == "lower" else column.max()
        reached = f"y reaches {y:.6g}, {side} {rule.kind}={rule.bound:.6g}"
    if rows.all():
        return f"{reached}, and no row obeys: is `{rule.kind}` in the unit of y?"
    return f"{reached}: declare what y can reach, or leave such rows out."


def _rounding(values, broken):
    """Suggest to round y if the order is only violated by rounding errors."""
    by = max(rule.amount(values).max() for rule, _ in broken)
    if by > 1e-6 * np.abs(values).max():
        return None
    return (
        f"The order is broken by {by:.2g} at most, as by rounding: round y, or sort it."
    )


def _horizons(constraints):
    """Suggest no order if the names of the outputs are steps of a forecast."""
    names = constraints.outputs.names or ()
    parts = [re.fullmatch(r"(.*?)(\d+)\D*", name) for name in names]
    if len(names) < 2 or None in parts:
        return None
    steps: dict = {}
    for part in filter(None, parts):
        steps.setdefault(part[1], []).append(int(part[2]))
    if not all(
        len(numbers) > 1 and all(b - a == 1 for a, b in pairwise(numbers))
        for numbers in steps.values()
    ):
        return None
    return (
        f"The columns look like horizons ({', '.join(names[:2])}), not like ordered "
        "outputs: order=None?"
    )


def _narrow_gap(values, broken):
    """Describe the gap that is missed most often, if the order itself is kept."""
    rule, rows = max(broken, key=lambda pair: pair[1].sum())
    gaps = rule.quantity(values)
    if not rule.gap or (gaps >= 0).mean() < _NEARLY_ALL:
        return None
    if rows.all():
        return (
            f"The gap in {rule.statement} is {gaps.max():.6g} at most: is it in the "
            "unit of y?"
        )
    return (
        f"{percent(rows.mean())} of rows have a smaller gap than {rule.statement} "
        "asks for: declare a smaller one, or none."
    )


def _another_order(values, constraints, broken):
    """Suggest an order that nearly all rows obey, or the direction of most rows."""
    n_outputs = constraints.outputs.n_outputs
    edges = constraints.edges.tolist()
    is_chain = len(edges) == n_outputs - 1 and all(
        a[1] == b[0] for a, b in pairwise(edges)
    )
    out_of_order = np.any([rows for _, rows in broken], axis=0)
    if not is_chain:
        return _reversed_edge(values, broken)
    declared = [edges[0][0], *(b for _, b in edges)]
    steps = np.diff(values[:, declared])
    falls = (steps <= 0).all(axis=1) & out_of_order
    is_reversed = (steps <= 0).all(axis=1).mean() >= _NEARLY_ALL
    mostly_falls = falls.mean() >= _MOST and (steps >= 0).all(axis=1).mean() <= 0.1
    if is_reversed or mostly_falls:
        rising = list(range(n_outputs))
        chain = {tuple(rising): "'decreasing'", tuple(rising[::-1]): "'increasing'"}
        cure = chain.get(tuple(declared), _as_chain(declared[::-1], constraints))
        verb = "rise" if declared == rising[::-1] else "fall"
        return f"{percent(falls.mean())} of rows {verb}: order={cure}?"
    ranked = np.argsort(values.mean(axis=0), kind="stable").tolist()
    obeys = (np.diff(values[:, ranked]) >= 0).all(axis=1).mean()
    if obeys < _NEARLY_ALL:
        return None
    chain = _as_chain(ranked, constraints)
    return f"{percent(obeys)} of rows are in another order: order={chain}?"


def _reversed_edge(values, broken):
    """Name the edge that is violated most often, if nearly all rows reverse it."""
    rule, rows = max(broken, key=lambda pair: pair[1].sum())
    turned = rule.quantity(values) <= -rule.gap
    if (rows & turned).mean() < _NEARLY_ALL:
        return None
    return (
        f"{percent(rows.mean())} of rows have {rule.statement} the other way round: "
        "turn this chain?"
    )


def _as_chain(outputs, constraints):
    """Return the outputs as a chain, as the user would declare it."""
    names = constraints.outputs.names
    return [[names[output] if names else output for output in outputs]]


def _no_order(broken):
    share = np.any([rows for _, rows in broken], axis=0).mean()
    if share >= 0.1:
        return (
            "Its outputs have no such order: order=None, or chains of those that have?"
        )
    return "Leave the rows that are out of order out, or declare only what holds."


def _another_sample_order(values, rule, rows):
    """Suggest the other direction if the rows obey it, or groups or keys if missing."""
    other = "increasing" if rule.descending else "decreasing"
    if rows.mean() >= _MOST and not rule.reversed().amount(values).any():
        return f"They all obey the other direction: sample_order={other!r}?"
    if rule.is_grouped and rule.is_keyed:
        return "Leave the rows that are out of order out, or leave `sample_order` out."
    if rule.is_grouped:
        question = "Are the rows of a group in another order? Set `order_by`"
    elif rule.is_keyed:
        question = "Are its rows several curves? Set `group_by`"
    else:
        question = (
            "Are its rows several curves, or in another order? Set `group_by` and "
            "`order_by`"
        )
    return f"{question}; or leave `sample_order` out."
