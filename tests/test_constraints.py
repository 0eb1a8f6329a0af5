"""What a user declares: the grammar of orders and bounds, and every refusal."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklstm._constraints import find_target_violations, resolve_constraints

OHLC = ("open", "high", "low", "close")


def resolve(**declared):
    defaults = {
        "lower": None,
        "upper": None,
        "order": None,
        "method": "isotonic",
        "output_weight": None,
        "n_outputs": 4,
        "output_names": OHLC,
        "owner": "Owner",
    }
    return resolve_constraints(**(defaults | declared))


def edges(**declared):
    return {tuple(edge) for edge in resolve(**declared).edges.tolist()}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, set()),
        ([], set()),
        ("increasing", {(0, 1), (1, 2), (2, 3)}),
        ("decreasing", {(1, 0), (2, 1), (3, 2)}),
        ("low <= open <= high", {(2, 0), (0, 1)}),
        ("high >= open>=low", {(2, 0), (0, 1)}),
        ([["low", "open", "high"]], {(2, 0), (0, 1)}),
        ([(2, 0), "open <= high"], {(2, 0), (0, 1)}),
        (["2 <= 0", [0, 1]], {(2, 0), (0, 1)}),
        (
            ["low <= open <= high", "low <= close <= high"],
            {(2, 0), (0, 1), (2, 3), (3, 1)},
        ),
    ],
)
def test_an_order_may_be_said_in_many_ways(order, expected):
    assert edges(order=order) == expected


def test_edges_that_others_imply_are_left_out():
    assert edges(order=["low <= open <= high", "low <= high"]) == {(2, 0), (0, 1)}


def test_names_may_hold_spaces_dots_and_digits():
    names = ("dew point", "T2.m", "7")

    assert edges(order="dew point <= T2.m <= 7", n_outputs=3, output_names=names) == {
        (0, 1),
        (1, 2),
    }


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (None, [-np.inf] * 4),
        (-np.inf, [-np.inf] * 4),
        (2, [2.0] * 4),
        ([0, 1, 2, 3], [0.0, 1, 2, 3]),
        ({"low": 1.5, 0: 2}, [2, -np.inf, 1.5, -np.inf]),
        (np.float32(0.5), [0.5] * 4),
    ],
)
def test_a_bound_may_be_said_in_many_ways(bound, expected):
    assert_array_equal(resolve(lower=bound).lower, expected)


def test_bounds_are_tightened_along_the_order():
    constraints = resolve(
        order="low <= open <= high", lower={"low": 1.0}, upper={"high": 9.0, "low": 5.0}
    )

    assert_array_equal(constraints.lower, [1, 1, 1, -np.inf])
    assert_array_equal(constraints.upper, [9, 9, 5, np.inf])


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"order": "low <= depth"}, r"Owner: `order` speaks of 'depth'.*\['open'"),
        ({"order": [[0, 4]]}, "Owner: `order` speaks of output 4, but there are 4"),
        ({"order": [[-1, 0]]}, "counted from 0"),
        (
            {"order": ["low <= open", "open <= low"]},
            r"Owner: `order` has a cycle: '\w+' <= '\w+' <= '\w+'\.",
        ),
        ({"order": "low <= low"}, "cycle: 'low' <= 'low'"),
        (
            {"order": "low"},
            "Owner: `order` must be 'increasing', ",
        ),
        ({"order": "low < high"}, "chains of two outputs"),
        ({"order": [["low"]]}, "chains of two outputs"),
        ({"order": "a <= b", "output_names": None}, "the outputs have no names"),
        (
            {"order": "a <= b", "n_outputs": 2, "output_names": ("a", "a")},
            "'a', which names 2 outputs",
        ),
        ({"method": "magic"}, "Owner: `method` must be"),
        (
            {"method": "sort", "order": ["low <= open", "low <= close"]},
            "Use method='isotonic'",
        ),
        ({"lower": 5, "upper": 1}, "lower=5.0 and upper=1.0 for 'open'"),
        ({"lower": {"wind": 1}}, "`lower` speaks of 'wind'"),
        ({"upper": [1, 2]}, r"`upper` must be one number or one for each of the 4"),
        ({"lower": np.nan}, "`lower` must be a number"),
        ({"lower": np.inf}, "`lower` must be a number"),
        ({"upper": [1, 2, -np.inf, 4]}, "got -inf for 'low'"),
        (
            {"order": "low <= high", "lower": {"low": 5}, "upper": {"high": 3}},
            "'low' <= 'high', but 'low' >= 5.0 and 'high' <= 3.0",
        ),
        ({"output_weight": [1, 2]}, "one weight for each of the 4"),
        ({"output_weight": [1, 2, 0, 1]}, "must be finite and positive"),
    ],
)
def test_what_contradicts_itself_is_named(declared, message):
    with pytest.raises(ValueError, match=message):
        resolve(**declared)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"lower": "zero"}, "`lower` must hold real numbers; got 'zero'"),
        ({"lower": True}, "`lower`"),
        ({"upper": 1j}, "`upper` must hold real numbers"),
        ({"lower": {"low": "zero"}}, "`lower`"),
        ({"lower": {"low": [1, 2]}}, "must map an output to one number"),
        ({"lower": {1.5: 0}}, "must name outputs by str or int; got 1.5"),
        ({"order": [[True, 0]]}, "must name outputs by str or int; got True"),
        ({"order": 3}, "`order` must be 'increasing'"),
        ({"output_weight": "heavy"}, "`output_weight`"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(declared, message):
    with pytest.raises(TypeError, match=f"Owner: .*{message}|Owner: {message}"):
        resolve(**declared)


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
