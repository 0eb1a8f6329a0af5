"""How far values break each rule, and the rule in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.outputs import Outputs
from sklstm._constraints.resolve import Constraints


@dataclass(frozen=True)
class RuleViolation:
    """How far each row breaks one rule.

    Attributes
    ----------
    kind : {"lower", "upper", "order"}
    rule : str
        The rule in words, such as ``"'DHI' <= 'GHI'"`` or ``"'GHI' >= 0.0"``.
    amount : ndarray of shape (n_samples,)
        In the unit of the target; 0 where the row obeys.
    """

    kind: str
    rule: str
    amount: NDArray[Any]


def find_target_violations(
    y: NDArray[Any], constraints: Constraints
) -> list[RuleViolation]:
    """Measure how far each row of `y` breaks each rule.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        A target or a prediction; 1-D where there is one output. Not changed.
    constraints : Constraints
        The rules.

    Returns
    -------
    list of RuleViolation
        One for each finite bound and each edge, broken or not: the lower bounds, the
        upper bounds, then the order.
    """
    if y.dtype not in (np.float64, np.float32):  # differences of others wrap
        y = y.astype(np.float64)
    columns = y.reshape(len(y), constraints.n_outputs).T
    outputs = Outputs(constraints.n_outputs, constraints.output_names, "")
    violations = []
    for output, bound in enumerate(constraints.lower):
        if np.isfinite(bound):
            rule = f"{outputs.label(output)} >= {float(bound)}"
            amount = np.maximum(bound - columns[output], 0)
            violations.append(RuleViolation("lower", rule, amount))
    for output, bound in enumerate(constraints.upper):
        if np.isfinite(bound):
            rule = f"{outputs.label(output)} <= {float(bound)}"
            amount = np.maximum(columns[output] - bound, 0)
            violations.append(RuleViolation("upper", rule, amount))
    for a, b in constraints.edges:
        rule = f"{outputs.label(a)} <= {outputs.label(b)}"
        amount = np.maximum(columns[a] - columns[b], 0)
        violations.append(RuleViolation("order", rule, amount))
    return violations
