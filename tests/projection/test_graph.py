"""Orders as graphs: reduced, sorted and split the same, whatever shape they have."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklstm._projection.graph import (
    find_cycle,
    has_disjoint_chains,
    split_components,
    transitive_reduction,
)


@st.composite
def acyclic_edges(draw):
    """Edges that agree with one ranking: disjoint chains, or a partial order."""
    n_outputs = draw(st.integers(2, 8))
    ranked = draw(st.permutations(range(n_outputs)))
    if draw(st.booleans()):
        cuts = draw(st.lists(st.booleans(), min_size=n_outputs, max_size=n_outputs))
        pairs = [
            (a, b)
            for a, b, cut in zip(ranked, ranked[1:], cuts, strict=False)
            if not cut
        ]
    else:
        places = st.integers(0, n_outputs - 1)
        drawn = draw(st.lists(st.tuples(places, places), max_size=12))
        pairs = [
            (ranked[min(pair)], ranked[max(pair)])
            for pair in drawn
            if len(set(pair)) == 2
        ]
    return draw(st.permutations(pairs)), n_outputs


def reachable(edges, n_outputs):
    """Which outputs are above which, by Warshall's algorithm."""
    above = np.zeros((n_outputs, n_outputs), dtype=bool)
    for a, b in edges:
        above[a, b] = True
    for middle in range(n_outputs):
        above |= np.outer(above[:, middle], above[middle])
    return above


@given(acyclic_edges())
def test_the_reduction_implies_the_same_with_no_edge_to_spare(problem):
    edges, n_outputs = problem
    reduced = transitive_reduction(edges, n_outputs).tolist()
    everything = reachable(edges, n_outputs)
    assert (reachable(reduced, n_outputs) == everything).all()
    for i in range(len(reduced)):
        without = reduced[:i] + reduced[i + 1 :]
        assert (reachable(without, n_outputs) != everything).any()


@given(acyclic_edges())
def test_edges_into_an_output_come_before_edges_out_of_it(problem):
    reduced = transitive_reduction(*problem).tolist()
    for i, (_, head) in enumerate(reduced):
        assert head not in [tail for tail, _ in reduced[: i + 1]]


@given(acyclic_edges())
def test_components_hold_all_edges_and_share_no_output(problem):
    edges, n_outputs = problem
    reduced = transitive_reduction(edges, n_outputs)
    components = split_components(reduced, n_outputs)
    places = [np.arange(n_outputs)[part.outputs] for part in components]
    members = [output for place in places for output in place.tolist()]
    assert sorted(members) == sorted(set(reduced.ravel().tolist()))
    found = [
        tuple(pair)
        for place, part in zip(places, components, strict=True)
        for pair in place[part.edges].tolist()
    ]
    assert sorted(found) == sorted(map(tuple, reduced.tolist()))
    for part in components:
        assert part.is_chain == has_disjoint_chains(part.edges)
        assert part.is_chain == (
            part.edges.tolist() == [[i, i + 1] for i in range(len(part.edges))]
        )


@given(acyclic_edges(), st.data())
def test_an_edge_back_is_found_as_a_cycle(problem, data):
    edges, n_outputs = problem
    assert find_cycle(edges) is None
    above = np.argwhere(reachable(edges, n_outputs)).tolist()
    if above:
        a, b = data.draw(st.sampled_from(above))
        cycle = find_cycle([*edges, (b, a)])
        assert cycle[0] == cycle[-1]
        assert {*pairwise(cycle)} <= {*edges, (b, a)}


@pytest.mark.parametrize("edges", [[(0, 1), (1, 0)], [(0, 1), (2, 3), (3, 2)]])
def test_a_cycle_beside_chains_is_found(edges):
    cycle = find_cycle(edges)
    assert cycle[0] == cycle[-1]
    assert len(cycle) == 3
