"""The projection of one row in rational arithmetic, for rows where rounding decides.

Slow, and always right: the same active-set method as `active_set`, one constraint at a
time, in fractions of whole numbers.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.graph import Edges
from sklstm._projection.rational import as_floats

Floats = NDArray[np.float64]


def project_exactly(
    row: Floats,
    lower: Floats,
    upper: Floats,
    edges: Edges,
    gaps: Floats,
    weight: Floats,
) -> Floats:
    """Return the closest values that meet bounds, order and gaps, each rounded once.

    Parameters
    ----------
    row, lower, upper, weight : ndarray of shape (n_columns,)
        Values, their bounds and the weight of each in the squared distance.
    edges : ndarray of shape (n_edges, 2)
        Column a plus the gap must not exceed column b.
    gaps : ndarray of shape (n_edges,)
        The least distance along each edge.

    Returns
    -------
    ndarray of shape (n_columns,)
    """
    ground = row.size
    rules = [
        (a, b, Fraction(g))
        for (a, b), g in zip(edges.tolist(), gaps.tolist(), strict=True)
    ]
    rules += [(ground, i, Fraction(v)) for i, v in _finite(lower)]
    rules += [(i, ground, -Fraction(v)) for i, v in _finite(upper)]
    values = [*map(Fraction, row.tolist()), Fraction(0)]
    weights = [*map(Fraction, weight.tolist()), Fraction(1)]
    # The multiplier of each binding rule.
    binding: dict[int, Fraction] = {}
    n_steps = 0
    while True:
        forest = _Forest(values, weights, rules, binding)
        target = forest.multipliers()
        falling = {
            rule: old / (old - target[rule])
            for rule, old in binding.items()
            if target[rule] < 0
        }
        if falling:
            first = min(falling, key=falling.__getitem__)
            share = falling[first]
            for rule, old in binding.items():
                binding[rule] = old + share * (target[rule] - old)
            del binding[first]
            continue
        binding = target
        broken = {
            rule: forest.x[a] + g - forest.x[b]
            for rule, (a, b, g) in enumerate(rules)
            if forest.x[a] + g > forest.x[b]
        }
        if not broken:
            return as_floats(forest.x[:ground])
        n_steps += 1
        # Bland's rule: taking the first violated rule cannot cycle.
        cautious = n_steps > 10 * len(rules)
        entering = min(broken) if cautious else max(broken, key=broken.__getitem__)
        forest.enter(entering, binding)


def _finite(bounds: Floats) -> list[tuple[int, float]]:
    return [(i, v) for i, v in enumerate(bounds.tolist()) if np.isfinite(v)]


class _Forest:
    """The trees of columns connected by binding rules. The ground is the value 0."""

    def __init__(
        self,
        values: Sequence[Fraction],
        weights: Sequence[Fraction],
        rules: Sequence[tuple[int, int, Fraction]],
        binding: dict[int, Fraction],
    ) -> None:
        self.rules = rules
        self.binding = binding
        n_nodes = len(values)
        neighbours: list[list[int]] = [[] for _ in range(n_nodes)]
        for rule in binding:
            for node in rules[rule][:2]:
                neighbours[node].append(rule)
        self.above: list[int | None] = [None] * n_nodes  # the rule to the parent
        self.parent = list(range(n_nodes))
        self.root = [-1] * n_nodes
        self.x = [Fraction(0)] * n_nodes
        self.order: list[int] = []
        for root in reversed(range(n_nodes)):  # the ground first
            if self.root[root] < 0:
                tree = self._grow(root, neighbours)
                if root < n_nodes - 1:
                    mass = sum(weights[i] for i in tree)
                    total = sum(weights[i] * (values[i] - self.x[i]) for i in tree)
                    for i in tree:
                        self.x[i] += Fraction(total, mass)
                self.order += tree
        self.force = [
            w * (v - x) for w, v, x in zip(weights, values, self.x, strict=True)
        ]

    def _grow(self, root: int, neighbours: list[list[int]]) -> list[int]:
        """Return the tree of the root, parents first, and place it relative to it."""
        tree = [root]
        self.root[root] = root
        for node in tree:
            for rule in neighbours[node]:
                a, b, g = self.rules[rule]
                child, step = (b, g) if a == node else (a, -g)
                if self.root[child] < 0:
                    self.root[child], self.parent[child] = root, node
                    self.above[child] = rule
                    self.x[child] = self.x[node] + step
                    tree.append(child)
        return tree

    def multipliers(self) -> dict[int, Fraction]:
        """Return the multipliers of the binding rules."""
        force, found = self.force.copy(), {}
        for node in reversed(self.order):
            rule = self.above[node]
            if rule is not None:
                force[self.parent[node]] += force[node]
                found[rule] = (
                    -force[node] if self.rules[rule][1] == node else force[node]
                )
        return {rule: found[rule] for rule in self.binding}

    def enter(self, rule: int, binding: dict[int, Fraction]) -> None:
        """Make a violated rule binding, within a tree in exchange for another one."""
        a, b, _ = self.rules[rule]
        if self.root[a] != self.root[b]:
            binding[rule] = Fraction(0)
            return
        changes = self._path(a, down=False)
        for other, sign in self._path(b, down=True).items():
            changes[other] = changes.get(other, 0) + sign
        falling = [other for other, sign in changes.items() if sign < 0]
        leaving = min(falling, key=binding.__getitem__)
        amount = binding[leaving]
        for other, sign in changes.items():
            binding[other] += sign * amount
        del binding[leaving]
        binding[rule] = amount

    def _path(self, node: int, *, down: bool) -> dict[int, int]:
        """Return the sign of the change of each multiplier from a node to its root."""
        changes = {}
        while (rule := self.above[node]) is not None:
            lifts = self.rules[rule][1] == node
            changes[rule] = -1 if lifts is down else 1
            node = self.parent[node]
        return changes
