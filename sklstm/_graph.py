"""Orders as directed graphs: an edge (a, b) says that output a <= output b."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Edges = NDArray[np.intp]


def find_cycle(edges: Iterable[tuple[int, int]]) -> list[int] | None:
    """Return the outputs around one cycle, the first again at the end, or None."""
    try:
        _sorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def transitive_reduction(edges: Iterable[tuple[int, int]], n_outputs: int) -> Edges:
    """Drop the edges that others imply, and sort the rest topologically.

    Parameters
    ----------
    edges : iterable of (int, int)
        Acyclic.
    n_outputs : int
        The number of outputs, whether an edge touches them or not.

    Returns
    -------
    ndarray of shape (n_edges, 2)
        Every edge into an output comes before every edge out of it, so that one pass
        over the edges carries a running extremum through the whole order.
    """
    edges = sorted(set(edges))
    ranked = topological_order(edges, n_outputs)
    rank = {output: position for position, output in enumerate(ranked)}
    above: list[list[int]] = [[] for _ in range(n_outputs)]
    for a, b in edges:
        above[a].append(b)

    reaches = np.zeros((n_outputs, n_outputs), dtype=bool)
    kept = []
    for a in reversed(ranked):
        # Nearest first: what a nearer neighbour reaches needs no edge of its own.
        for b in sorted(above[a], key=rank.__getitem__):
            if not reaches[a, b]:
                kept.append((a, b))
                reaches[a] |= reaches[b]
                reaches[a, b] = True
    kept.sort(key=lambda edge: (rank[edge[0]], rank[edge[1]]))
    return np.array(kept, dtype=np.intp).reshape(-1, 2)


def topological_order(edges: Iterable[tuple[int, int]], n_outputs: int) -> list[int]:
    """Return all outputs, each after those that must not exceed it."""
    return list(_sorter(edges, range(n_outputs)).static_order())


def has_disjoint_chains(edges: Edges) -> bool:
    """Tell whether no output has two neighbours on one side."""
    return all(np.unique(side).size == side.size for side in edges.T)


def split_components(edges: Edges, n_outputs: int) -> list[NDArray[np.intp]]:
    """Return the outputs that edges connect, a topologically sorted array a group."""
    adjacency = coo_array(
        (np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n_outputs, n_outputs)
    )
    n_components, label = connected_components(adjacency, directed=False)
    ranked = np.array(topological_order(map(tuple, edges.tolist()), n_outputs), np.intp)
    return [ranked[label[ranked] == component] for component in range(n_components)]


def _sorter(
    edges: Iterable[tuple[int, int]], nodes: Iterable[int] = ()
) -> TopologicalSorter[int]:
    """Hold the order in the form of the standard library."""
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(nodes, ()))
    for a, b in edges:
        sorter.add(b, a)
    return sorter
