"""Orders as directed graphs: an edge (a, b) says that output a <= output b."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.intp]


def find_cycle(edges: Iterable[tuple[int, int]]) -> list[int] | None:
    """Return the outputs around one cycle, the first again at the end, or None."""
    edges = list(edges)
    if _disjoint_chains(edges) is not None:
        return None
    try:
        _sorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def sort_outputs(edges: Iterable[tuple[int, int]]) -> list[int]:
    """Return the outputs of acyclic edges, sorted topologically."""
    return list(_sorter(edges).static_order())


def transitive_reduction(edges: Iterable[tuple[int, int]], n_outputs: int) -> Edges:
    """Remove the edges implied by others, and sort the rest topologically.

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
    chains = _disjoint_chains(edges)
    if chains is not None:
        # No edge implies another: no dense table of what reaches what is needed.
        pairs = [pair for chain in chains for pair in pairwise(chain)]
        return np.array(pairs, dtype=np.intp).reshape(-1, 2)
    ranked = list(_sorter(edges, range(n_outputs)).static_order())
    rank = {output: position for position, output in enumerate(ranked)}
    above: list[list[int]] = [[] for _ in range(n_outputs)]
    for a, b in edges:
        above[a].append(b)

    reaches = np.zeros((n_outputs, n_outputs), dtype=bool)
    kept = []
    for a in reversed(ranked):
        # Nearest first: what a nearer neighbour reaches does not need another edge.
        for b in sorted(above[a], key=rank.__getitem__):
            if not reaches[a, b]:
                kept.append((a, b))
                reaches[a] |= reaches[b]
                reaches[a, b] = True
    kept.sort(key=lambda edge: (rank[edge[0]], rank[edge[1]]))
    return np.array(kept, dtype=np.intp).reshape(-1, 2)


def has_disjoint_chains(edges: Edges) -> bool:
    """Return whether no output has two neighbours on the same side."""
    return all(len(set(side)) == len(side) for side in edges.T.tolist())


@dataclass(frozen=True)
class Component:
    """Outputs that edges connect.

    Attributes
    ----------
    outputs : slice or ndarray of intp
        Sorted topologically; a slice where they are neighbours in this order.
    edges : ndarray of shape (n_edges, 2), intp
        The edges among them, by position in `outputs`.
    is_chain : bool
        Whether each edge joins one output to the next.
    gaps : ndarray of shape (n_edges,), or None
        The least distance along each edge; None where all are 0.
    offsets : ndarray of shape (n_outputs,), or None
        Values whose differences along the edges are the gaps, where there are any.
    """

    outputs: slice | NDArray[np.intp]
    edges: Edges
    is_chain: bool
    gaps: NDArray[np.float64] | None = None
    offsets: NDArray[np.float64] | None = None


def split_components(
    edges: Edges, n_outputs: int, gaps: NDArray[np.float64] | None = None
) -> list[Component]:
    """Split the order into connected components.

    Parameters
    ----------
    edges : ndarray of shape (n_edges, 2)
        As `transitive_reduction` returns them.
    n_outputs : int
        Number of outputs. Outputs without an edge are not in any component.
    gaps : ndarray of shape (n_edges,), default=None
        The least distance along each edge, not negative.

    Returns
    -------
    list of Component
    """
    if len(edges) and gaps is None and (edges[1:, 0] == edges[:-1, 1]).all():
        # One path, as most orders are.
        outputs = np.append(edges[:, 0], edges[-1, 1])
        place = np.arange(len(edges))
        local = np.column_stack([place, place + 1])
        return [Component(as_slice(outputs), local, is_chain=True)]
    # Tails are sorted topologically; all other outputs have nothing above them.
    ranked = np.array(list(dict.fromkeys(edges.T.ravel().tolist())), dtype=np.intp)
    label = _label_components(edges, n_outputs)
    position = np.empty(n_outputs, dtype=np.intp)
    components = []
    for component in dict.fromkeys(label[ranked].tolist()):
        outputs = ranked[label[ranked] == component]
        position[outputs] = np.arange(outputs.size)
        members = label[edges[:, 0]] == component
        local = position[edges[members]]
        is_chain = has_disjoint_chains(local)
        steps = None if gaps is None or not gaps[members].any() else gaps[members]
        offsets = None if steps is None else _offsets(local, steps, outputs.size)
        components.append(Component(as_slice(outputs), local, is_chain, steps, offsets))
    return components


def _offsets(
    edges: Edges, gaps: NDArray[np.float64], n_outputs: int
) -> NDArray[np.float64] | None:
    """Return values with these differences along connected edges, if there are any."""
    known = {0: 0.0}
    left = list(zip(edges.tolist(), gaps.tolist(), strict=True))
    while left:
        later = []
        for (a, b), gap in left:
            if a in known and b not in known:
                known[b] = known[a] + gap
            elif b in known and a not in known:
                known[a] = known[b] - gap
            elif a not in known:
                later.append(((a, b), gap))
            elif known[b] - known[a] != gap:
                return None
        left = later
    return np.array([known[output] for output in range(n_outputs)])


def _disjoint_chains(edges: list[tuple[int, int]]) -> list[list[int]] | None:
    """Return the outputs of each chain in order; None if the edges are anything else.

    Most orders are disjoint chains, and these are sorted in linear time.
    """
    above = dict(edges)
    heads = above.keys() - above.values()
    if len(above) < len(edges) or len(set(above.values())) < len(edges):
        return None
    chains = []
    for output in sorted(heads):
        chain = [output]
        while (output := above.get(output, -1)) >= 0:
            chain.append(output)
        chains.append(chain)
    # What no head reaches goes around in a cycle.
    is_acyclic = sum(map(len, chains)) == len(edges) + len(chains)
    return chains if is_acyclic else None


def _label_components(edges: Edges, n_outputs: int) -> NDArray[np.intp]:
    """Return a label for each output, the same for connected outputs."""
    parent = list(range(n_outputs))

    def root(output: int) -> int:
        while parent[output] != output:
            parent[output] = output = parent[parent[output]]
        return output

    for a, b in edges.tolist():
        parent[root(b)] = root(a)
    return np.array([root(output) for output in range(n_outputs)], dtype=np.intp)


def as_slice(outputs: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Return consecutive outputs as a slice, so that indexing makes no copy."""
    first, last = int(outputs[0]), int(outputs[-1])
    if (np.diff(outputs) == 1).all():
        return slice(first, last + 1)
    if (np.diff(outputs) == -1).all():
        return slice(first, last - 1 if last else None, -1)
    return outputs


def _sorter(
    edges: Iterable[tuple[int, int]], nodes: Iterable[int] = ()
) -> TopologicalSorter[int]:
    """Return the order as a TopologicalSorter of the standard library."""
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(nodes, ()))
    for a, b in edges:
        sorter.add(b, a)
    return sorter
