"""Whether some values obey all rules at once, and which rules contradict each other."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from sklstm._constraints.outputs import Outputs
from sklstm._constraints.violations import Rule
from sklstm._utils.text import cut

# Statements named in a message, and rules up to which the fewest are looked for.
_MOST_NAMED = 8
_MOST_TRIED = 200
# Larger offsets are scaled down.
_LARGEST_OFFSET = 1e6


def check_feasible(rules: list[Rule], outputs: Outputs) -> None:
    """Raise if no values obey all of the rules.

    Parameters
    ----------
    rules : list of Rule
        With constant bounds.
    outputs : Outputs
        What they refer to.

    Raises
    ------
    ValueError
        It names rules that contradict each other: without any one of them, the others
        could be obeyed.
    """
    if _is_feasible(rules, outputs.n_outputs):
        return
    needed = list(rules)
    if len(rules) <= _MOST_TRIED:
        for rule in rules:
            others = [other for other in needed if other is not rule]
            if not _is_feasible(others, outputs.n_outputs):
                needed = others
    named = [cut(rule.statement) for rule in needed[:_MOST_NAMED]]
    more = (
        f", and {len(needed) - _MOST_NAMED} more" if len(needed) > _MOST_NAMED else ""
    )
    raise ValueError(
        f"{outputs.owner}: no values obey all of what is declared: "
        f"{', '.join(named)}{more}."
    )


def _is_feasible(rules: list[Rule], n_outputs: int) -> bool:
    """Tell whether a linear program with these rules alone has a solution."""
    normals, equalities = [], []
    offsets: list[tuple[float, float]] = []
    for rule in rules:
        normal, offset, is_equality = rule.as_inequality(n_outputs)
        # Of size 1, so that one tolerance suits all.
        size = np.abs(normal).max(initial=0.0) or 1.0
        normals.append(normal / size)
        offsets.append((offset, size))
        equalities.append(is_equality)
    if not rules:
        return True
    a, b, is_equal = np.array(normals), _of_moderate_size(offsets), np.array(equalities)
    found = linprog(
        np.zeros(n_outputs),
        A_ub=a[~is_equal] if (~is_equal).any() else None,
        b_ub=b[~is_equal] if (~is_equal).any() else None,
        A_eq=a[is_equal] if is_equal.any() else None,
        b_eq=b[is_equal] if is_equal.any() else None,
        bounds=(None, None),
    )
    return bool(found.status != 2)  # proved to be infeasible


def _of_moderate_size(offsets: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Return each offset divided by its size, all scaled down if some are large.

    The solver takes 1e20 for infinity. Rules whose offsets are all scaled by the same
    number contradict each other if and only if they did before.
    """
    number, size = np.array(offsets).T
    with np.errstate(over="ignore"):
        moderate: NDArray[np.float64] = number / size
    if (np.abs(moderate) > _LARGEST_OFFSET).any():
        moderate = number / np.abs(number).max() / size
        moderate *= _LARGEST_OFFSET / np.abs(moderate).max()
    return moderate
