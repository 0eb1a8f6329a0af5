"""How far a target breaks each rule."""

import numpy as np
from constraints.declared import resolve
from numpy.testing import assert_array_equal

from sklstm._constraints.violations import find_target_violations


def test_violations_are_told_rule_by_rule():
    constraints = resolve(lower=0.0, upper={"low": 2.5}, order="low <= high")
    y = np.array([[1.0, 2, 3, -1], [1, 2, 0, 1]])

    told = {v.rule: v.amount.tolist() for v in find_target_violations(y, constraints)}

    assert told["'low' <= 'high'"] == [1.0, 0.0]
    assert told["'close' >= 0.0"] == [1.0, 0.0]
    assert told["'open' >= 0.0"] == [0.0, 0.0]
    assert told["'low' <= 2.5"] == [0.5, 0.0]
    assert len(told) == 6


def test_violations_of_a_single_output_are_told_too():
    constraints = resolve(upper=1.0, n_outputs=1, output_names=None)

    (violation,) = find_target_violations(np.array([0.5, 3.0]), constraints)

    assert (violation.kind, violation.rule) == ("upper", "output 0 <= 1.0")
    assert_array_equal(violation.amount, [0.0, 2.0])
