"""How far a target breaks each rule."""

import numpy as np
import pytest
from constraints.declared import resolve
from numpy.testing import assert_array_equal

from sklstm._constraints.apply import apply_constraints


def test_violations_are_told_rule_by_rule():
    constraints = resolve(lower=0.0, upper={"low": 2.5}, order="low <= high")
    y = np.array([[1.0, 2, 3, -1], [1, 2, 0, 1]])

    told = {rule.statement: rule.amount(y).tolist() for rule in constraints.rules}

    assert told["'low' <= 'high'"] == [1.0, 0.0]
    assert told["'close' >= 0.0"] == [1.0, 0.0]
    assert told["'open' >= 0.0"] == [0.0, 0.0]
    assert told["'low' <= 2.5"] == [0.5, 0.0]
    assert len(told) == 6


def test_violations_of_a_single_output_are_told_too():
    constraints = resolve(upper=1.0, n_outputs=1, output_names=None)

    (rule,) = constraints.rules

    assert (rule.kind, rule.statement) == ("upper", "output 0 <= 1.0")
    assert_array_equal(rule.amount(np.array([[0.5], [3.0]])), [0.0, 2.0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_rule_knows_its_edge_in_the_dtype_of_the_values(dtype):
    constraints = resolve(lower={1: 0.1}, upper={0: 0.7}, order="open <= high")
    raw = np.array([[0.0, 0.0], [1.0, 1.0], [0.4, 0.3]], dtype=dtype)
    values = np.hstack([raw, raw])
    adjusted = apply_constraints(values, constraints)
    on_edge = {r.statement: r.is_on_edge(adjusted).tolist() for r in constraints.rules}

    assert adjusted.dtype == dtype
    assert on_edge == {
        "'high' >= 0.1": [True, False, False],
        "'open' <= 0.7": [False, True, False],
        "'open' <= 'high'": [False, False, True],
    }
    assert constraints.rules[-1].is_on_edge(np.ones((1, 4), dtype)).all()
