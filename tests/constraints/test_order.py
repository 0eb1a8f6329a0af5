"""The grammar of orders."""

from itertools import pairwise

import pytest
from constraints.declared import edges


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
