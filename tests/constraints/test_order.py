"""The grammar of orders."""

from itertools import pairwise

import numpy as np
import pytest
from constraints.declared import edges, resolve


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
        ("y[2] <= open <= `high`", {(2, 0), (0, 1)}),
        ("(low) <= -(-open)", {(2, 0)}),
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


@pytest.mark.parametrize("turn", range(3))
def test_a_cycle_is_reported_in_the_direction_in_which_it_was_declared(turn):
    ring = ["low", "open", "high"]
    ring = ring[turn:] + ring[:turn]
    chains = [[a, b] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]

    with pytest.raises(ValueError, match="has a cycle") as refusal:
        edges(order=chains)

    path = str(refusal.value).partition("cycle: ")[2].rstrip(".").split(" <= ")
    stated = {f"'{a}' <= '{b}'" for a, b in chains}
    assert {f"{a} <= {b}" for a, b in pairwise(path)} == stated


@pytest.mark.parametrize(
    ("order", "lower", "upper"),
    [
        ("0 <= low <= open", [0, None, 0, None], None),
        ("5 >= high >= low", None, [None, 5, 5, None]),
        (["low <= 3", [0, 1]], None, [None, None, 3, None]),
        ("-1 <= 2 * low + 1", [None, None, -1, None], None),
        ("3 - low <= 1", [None, None, 2, None], None),
        ("1 <= 0.1 * low", [None, None, 10, None], None),
        (["0 <= low", "1 <= low <= 2"], [None, None, 1, None], [None, None, 2, None]),
    ],
)
def test_constants_in_chains_are_bounds(order, lower, upper):
    constraints = resolve(order=order)
    expected = {
        name: [none if bound is None else bound for bound in bounds or [None] * 4]
        for name, bounds, none in (("lower", lower, -np.inf), ("upper", upper, np.inf))
    }
    assert constraints.lower.tolist() == expected["lower"]
    assert constraints.upper.tolist() == expected["upper"]


@pytest.mark.parametrize("factor", [0.1, 0.3, 0.7, 3.0, 7.0, 1e-3])
@pytest.mark.parametrize("limit", [0.1, 0.7, 1.0, 5.0])
def test_a_bound_of_a_multiple_holds_as_it_is_evaluated(factor, limit):
    upper = resolve(order=f"{factor} * low <= {limit}").upper[2]
    lower = resolve(order=f"-{limit} <= {factor} * low").lower[2]
    assert lower == -upper == pytest.approx(-limit / factor, rel=1e-15)
    assert factor * upper <= limit


def test_names_of_a_plain_chain_need_no_backquotes():
    names = ("GHI+1", "GHI+2", "dew point", "0")
    options = {"output_names": names, "n_outputs": 4}
    assert edges(order="GHI+1 <= GHI+2", **options) == {(0, 1)}
    assert edges(order="0 <= dew point", **options) == {(3, 2)}
    assert resolve(order="5 <= `GHI+1`", **options).lower.tolist()[0] == 5
    with pytest.raises(ValueError, match="refers to 'GHI'"):
        resolve(order="5 <= GHI+1", **options)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("low + 0.5 <= high", {(2, 1): 0.5}),
        ("high - 0.5 >= low", {(2, 1): 0.5}),
        ("0.5 <= high - low", {(2, 1): 0.5}),
        ("low + 1 <= open <= high - 2", {(2, 0): 1, (0, 1): 2}),
        (["low <= high", "low + 1 <= high", "low + 0.5 <= high"], {(2, 1): 1}),
        # What is implied without a gap is left out; a gap is kept, whatever it adds.
        (["low + 1 <= open <= high", "low <= high"], {(2, 0): 1, (0, 1): 0}),
        (
            ["low + 1 <= open <= high", "low + 3 <= high"],
            {(2, 0): 1, (0, 1): 0, (2, 1): 3},
        ),
        (["low <= open", "open <= low + 0 + high - low"], None),
    ],
)
def test_gaps_are_read_from_chains(order, expected):
    constraints = resolve(order=order)
    if expected is None:
        assert constraints.gaps is None
        return
    pairs = map(tuple, constraints.edges.tolist())
    assert dict(zip(pairs, constraints.gaps.tolist(), strict=True)) == expected


def test_bounds_are_carried_over_gaps():
    constraints = resolve(
        order="low + 1 <= open + 0.5 <= high", lower={"low": 1.0}, upper={"high": 9.0}
    )
    assert constraints.lower.tolist() == [1.5, 2, 1, -np.inf]
    assert constraints.upper.tolist() == [8.5, 9, 8, np.inf]


def test_a_gap_is_stated_and_measured():
    (rule,) = resolve(order="low + 0.5 <= high").rules
    values = np.array([[0, 1.5, 1, 0], [0, 1, 1, 0], [0, 3, 1, 0]])
    assert rule.statement == "'low' + 0.5 <= 'high'"
    assert rule.amount(values).tolist() == [0, 0.5, 0]
    assert rule.is_on_edge(values.astype(np.float32)).tolist() == [True, False, False]
