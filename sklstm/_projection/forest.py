"""Trees of columns that binding constraints connect, in many rows at once."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


class SearchState(Protocol):
    """What the trees read and set: see the attributes of `active_set._Search`."""

    tail: Ints
    head: Ints
    weight: Floats
    rank: NDArray[np.unsignedinteger | np.signedinteger]
    has_gaps: bool
    y: Floats
    x: Floats
    gap: Floats
    size: Floats
    root: Ints
    binding: Bools
    multiplier: Floats
    split: Bools


class Forest:
    """The trees that changed, and their effect on the search.

    Nodes are the changed columns of all rows, numbered from 0.
    """

    def __init__(self, search: SearchState, changed: Bools) -> None:
        self.search = search
        self.row, self.column = np.nonzero(changed)
        self.n_nodes = self.row.size
        number = np.cumsum(changed.ravel()) - 1
        self.at, self.rule = np.nonzero(search.binding & changed[:, search.tail])
        base = self.at * changed.shape[1]
        tail, head = search.tail[self.rule], search.head[self.rule]
        self._grow(number[base + tail], number[base + head])

    def _grow(self, tail: Ints, head: Ints) -> None:
        """Root each tree at its heaviest column, and sort the nodes by depth."""
        n_nodes = self.n_nodes
        counts = np.bincount(tail, minlength=n_nodes)
        begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        graph = _graph(head, begins)
        self.n_trees, self.tree = connected_components(graph, directed=False)
        node_by_weight = np.argsort(self.search.rank[self.column], kind="stable")
        self.root = np.empty(self.n_trees, dtype=np.intp)
        self.root[self.tree[node_by_weight]] = node_by_weight  # the last one stays
        # An additional node above all roots.
        begins = np.append(begins, begins[-1] + self.n_trees).astype(np.int32)
        graph = _graph(np.append(head, self.root), begins)
        self.order, self.parent = breadth_first_order(graph, n_nodes, directed=False)
        position = np.empty(n_nodes + 1, dtype=np.intp)
        position[self.order] = np.arange(n_nodes + 1)
        of_parent = position[self.parent[self.order[1:]]]
        # Where each depth begins in `order`.
        self.depths = [1, 1 + self.n_trees]
        while self.depths[-1] <= n_nodes:
            self.depths.append(1 + int(np.searchsorted(of_parent, self.depths[-1])))
        self.lifts = self.parent[head] == tail
        self.child = np.where(self.lifts, head, tail)

    def settle(self) -> None:
        """Set the values of the columns and the multipliers of the constraints."""
        search = self.search
        self._place()
        force = search.weight[self.column] * (search.y[self._nodes] - self.x)
        for start, stop in zip(self.depths[-2:0:-1], self.depths[:1:-1], strict=True):
            nodes = self.order[start:stop]
            np.add.at(force, self.parent[nodes], force[nodes])
        target = force[self.child]
        target[self.lifts] *= -1
        here = self.at, self.rule
        falls = target < 0
        if falls.any():
            old = search.multiplier[here]
            tree = self.tree[self.child]
            share = np.ones(self.n_trees)
            ratio = old[falls] / (old[falls] - target[falls])
            np.minimum.at(share, tree[falls], ratio)
            splits = np.zeros(self.n_trees, dtype=bool)
            splits[tree[falls]] = True
            drops = np.zeros(target.size, dtype=bool)
            drops[falls] = ratio <= share[tree[falls]]
            partly = np.maximum(old + share[tree] * (target - old), 0)
            target = np.where(splits[tree], partly, target)
            search.binding[self.at[drops], self.rule[drops]] = False
            root = self.root[splits]
            search.split[self.row[root], self.column[root]] = True
        search.multiplier[here] = target

    @property
    def _nodes(self) -> tuple[Ints, Ints]:
        return self.row, self.column

    def _place(self) -> None:
        """Compute x: each tree is at its mean, or fixed by the ground."""
        search = self.search
        weight, y = search.weight[self.column], search.y[self._nodes]
        offset = self._offsets()
        wanted = y - offset
        mass = np.bincount(self.tree, weight)
        mean = np.bincount(self.tree, weight * wanted) / mass
        held = self.column[self.root] == search.y.shape[1] - 1
        mean[held] = 0
        size = np.bincount(self.tree, weight * np.abs(wanted)) / mass
        size[held] = 0
        alone = (np.bincount(self.tree) == 1)[self.tree]
        self.x = np.where(alone, y, mean[self.tree] + offset)
        search.x[self._nodes] = self.x
        search.size[self._nodes] = size[self.tree] + np.abs(offset)
        search.root[self._nodes] = self.column[self.root[self.tree]]

    def _offsets(self) -> Floats:
        """Return the required difference of each node from the root of its tree."""
        offset = np.zeros(self.n_nodes)
        if not self.search.has_gaps or self.child.size == 0:
            return offset
        step = np.zeros(self.n_nodes)
        step[self.child] = self.search.gap[self.at, self.rule]
        step[self.child[~self.lifts]] *= -1
        for start, stop in zip(self.depths[1:], self.depths[2:], strict=False):
            nodes = self.order[start:stop]
            offset[nodes] = offset[self.parent[nodes]] + step[nodes]
        return offset


def _graph(heads: Ints, begins: NDArray[np.int32]) -> csr_array:
    """Return a square sparse matrix with a one in each row for each of its heads."""
    size = begins.size - 1
    data = np.ones(heads.size, dtype=np.float64)
    return csr_array((data, heads.astype(np.int32), begins), shape=(size, size))
