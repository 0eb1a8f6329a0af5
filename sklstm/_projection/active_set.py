"""The exact projection onto a partial order with bounds and gaps, for many rows."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.exact import project_exactly
from sklstm._projection.forest import Forest
from sklstm._projection.graph import Edges

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# A smaller violation is rounding, relative to the values that its trees hold.
_TOLERANCE = 1e-12
# Values up to 2 to this power can be added without overflow.
LARGEST_POWER = 960
# The arrays of one batch of rows stay in the cache.
_BATCH_SIZE = 2**17


def project_partial_order(
    values: Floats,
    lower: Floats,
    upper: Floats,
    edges: Edges,
    weight: Floats,
    gaps: Floats | None = None,
    *,
    max_rounds: int = 1_000,
) -> Floats:
    """Return the closest rows that meet bounds, order and gaps, up to rounding.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    lower, upper : ndarray of shape (n_columns,) or (n_rows, n_columns)
        Bounds tightened along the edges.
    edges : ndarray of shape (n_edges, 2)
        Column a must not exceed column b.
    weight : ndarray of shape (n_columns,)
        The weight of each column in the squared distance; the sum is 1 at most.
    gaps : ndarray of shape (n_edges,), default=None
        Column a plus the gap must not exceed column b. None for no gaps.
    max_rounds : int
        A row that takes more is solved in rational arithmetic.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    Notes
    -----
    A dual active-set method, as in [1]_, where the constraints that bind are a forest:
    they tie columns into trees, and each tree takes its weighted mean or the bound that
    holds it. The multiplier of a constraint is the sum of the forces of the columns
    beyond it, as seen from the heaviest column of the tree. So nothing is factorized,
    and weights of very different size do no harm. The trees of all rows are merged and
    split at once: each tree that holds is joined along its most violated constraint;
    in a tree with a negative multiplier those that reach zero first, on the way from
    the multipliers before, are dropped [2]_. A row is done only if its multipliers,
    computed afresh, are not negative and no constraint is violated: the conditions of
    optimality.

    References
    ----------
    .. [1] Goldfarb, D. and Idnani, A. (1983). A numerically stable dual method for
       solving strictly convex quadratic programs. Mathematical Programming, 27, 1-33.
       :doi:`10.1007/BF02591962`
    .. [2] Lawson, C. L. and Hanson, R. J. (1995). Solving least squares problems. SIAM.
       :doi:`10.1137/1.9781611971217`
    """
    n_rows, n_columns = values.shape
    if gaps is None:
        gaps = np.zeros(len(edges))
    lower = np.broadcast_to(lower, values.shape)
    upper = np.broadcast_to(upper, values.shape)
    projected = np.empty_like(values)
    step = max(1, _BATCH_SIZE // (2 * n_columns + len(edges)))
    for start in range(0, n_rows, step):
        rows = slice(start, start + step)
        search = _Search(values[rows], lower[rows], upper[rows], edges, weight, gaps)
        projected[rows], unsolved = search.run(max_rounds)
        for row in start + unsolved:
            projected[row] = project_exactly(
                values[row], lower[row], upper[row], edges, gaps, weight
            )
    return projected


class _Search:
    """The state of the search for the binding constraints of each row.

    A constraint says that column `tail` plus a gap must not exceed column `head`. The
    last column is the ground, which is 0 and does not move: bounds are gaps to it.

    Attributes
    ----------
    row : ndarray of shape (n_rows,)
        Which row this is.
    y, x : ndarray of shape (n_rows, n_columns + 1)
        The values given, and those that meet the binding constraints with equality.
    gap : ndarray of shape (n_rows, n_constraints)
    size : ndarray of shape (n_rows, n_columns + 1)
        What the rounding of x is relative to.
    root : ndarray of shape (n_rows, n_columns + 1)
        The column at the root of the tree of each column.
    binding, idle : ndarray of shape (n_rows, n_constraints), bool
        Which constraints bind; which follow from those that do, but for rounding.
    multiplier : ndarray of shape (n_rows, n_constraints)
        How hard those that bind push.
    excess : ndarray of shape (n_rows, n_constraints)
        By how much more than rounding x violates them.
    split : ndarray of shape (n_rows, n_columns + 1), bool
        At the root of a tree: a constraint of it has just been dropped.
    """

    def __init__(
        self,
        values: Floats,
        lower: Floats,
        upper: Floats,
        edges: Edges,
        weight: Floats,
        gaps: Floats,
    ) -> None:
        n_rows, n_columns = values.shape
        floored = np.flatnonzero(np.isfinite(lower).any(axis=0))
        capped = np.flatnonzero(np.isfinite(upper).any(axis=0))
        ground = [np.full(of.size, n_columns) for of in (floored, capped)]
        self.tail = np.concatenate([edges[:, 0], ground[0], capped])
        self.head = np.concatenate([edges[:, 1], floored, ground[1]])
        self.weight = np.append(weight, 1.0)
        # Rank by weight, the ground last. 16-bit integers are sorted fastest.
        self.rank = np.empty(
            n_columns + 1, dtype=np.uint16 if n_columns < 2**16 else np.intp
        )
        self.rank[np.argsort(self.weight[:-1], kind="stable")] = np.arange(n_columns)
        self.rank[-1] = n_columns
        between = np.broadcast_to(gaps, (n_rows, len(edges)))
        self.gap = np.hstack([between, lower[:, floored], -upper[:, capped]])
        # Sort by tail, so that the binding constraints directly form a sparse matrix.
        by_tail = np.argsort(self.tail, kind="stable")
        self.tail, self.head = self.tail[by_tail], self.head[by_tail]
        self.gap = self.gap[:, by_tail]
        self.has_gaps = bool(floored.size or capped.size or gaps.any())
        self.row = np.arange(n_rows)
        self.y = np.hstack([values, np.zeros((n_rows, 1))])
        self.x, self.size = self.y.copy(), np.abs(self.y)
        self.root = np.tile(np.arange(n_columns + 1), (n_rows, 1))
        self.binding = np.zeros(self.gap.shape, dtype=bool)
        self.idle = self.binding.copy()
        self.multiplier, self.excess = np.zeros((2, *self.gap.shape))
        self.split = np.zeros(self.y.shape, dtype=bool)

    def run(self, max_rounds: int) -> tuple[Floats, Ints]:
        """Return the projected rows, and which did not converge within the rounds."""
        found = np.empty_like(self.y)
        changed = np.ones(self.y.shape, dtype=bool)
        self._measure(changed)
        for _ in range(max_rounds):
            violated = (self.excess > 0) & ~self.idle
            done = ~(violated.any(axis=1) | self.split.any(axis=1))
            if done.any():
                found[self.row[done]] = self.x[done]
                self._keep(~done)
                violated = violated[~done]
            if self.row.size == 0:
                break
            changed = self._enter(violated)
            Forest(self, changed).settle()
            self._measure(changed)
        return found[:, :-1], self.row

    def _keep(self, rows: Bools) -> None:
        """Drop all other rows."""
        for name in (
            *("row", "y", "x", "gap", "size", "root", "binding", "idle"),
            *("multiplier", "excess", "split"),
        ):
            setattr(self, name, getattr(self, name)[rows])

    def _measure(self, changed: Bools) -> None:
        """Compute the excess of the constraints of the columns that changed."""
        row, rule = np.nonzero(changed[:, self.tail] | changed[:, self.head])
        tail, head = self.tail[rule], self.head[rule]
        violation = self.x[row, tail] + self.gap[row, rule] - self.x[row, head]
        rounding = _TOLERANCE * (self.size[row, tail] + self.size[row, head])
        self.excess[row, rule] = violation - rounding

    def _enter(self, violated: Bools) -> Bools:
        """Add the most violated constraints to the active set; return changed nodes."""
        row, rule = np.nonzero(violated)
        n_nodes = self.y.shape[1]
        base = row * n_nodes
        below = base + self.root[row, self.tail[rule]]
        above = base + self.root[row, self.head[rule]]
        whole = ~self.split.ravel()
        open_ = whole[below] & whole[above]
        row, rule, below, above = row[open_], rule[open_], below[open_], above[open_]

        rank = np.argsort(self.excess[row, rule], kind="stable")
        within = below == above
        # For each tree, the worst constraint inside it and the worst that leaves it.
        worst, cyclic = np.full((2, self.y.size), -1)
        inside = rank[within[rank]]
        cyclic[below[inside]] = inside
        outside = rank[~within[rank]]
        ends = np.column_stack([below[outside], above[outside]]).ravel()
        worst[ends] = np.repeat(outside, 2)
        # The ground does not choose. Ranks are unique, so choices cannot form a cycle.
        worst[n_nodes - 1 :: n_nodes] = -1
        is_chosen = np.zeros(row.size, dtype=bool)
        is_chosen[worst[worst >= 0]] = True
        chosen = np.flatnonzero(is_chosen)
        free = (cyclic[below[chosen]] < 0) & (cyclic[above[chosen]] < 0)
        chosen = chosen[free]
        self.binding[row[chosen], rule[chosen]] = True
        self.multiplier[row[chosen], rule[chosen]] = 0
        cyclic = cyclic[cyclic >= 0]
        if cyclic.size:
            _exchange(self, row[cyclic], rule[cyclic])
        touched = self.split.ravel().copy()
        for entered in (chosen, cyclic):
            touched[below[entered]] = touched[above[entered]] = True
        self.split[:] = False
        places = np.arange(self.row.size)[:, None] * n_nodes + self.root
        changed: Bools = touched[places]
        return changed


def _exchange(search: _Search, row: Ints, rule: Ints) -> None:
    """Add constraints whose two columns are in the same tree, each in exchange for one.

    The columns do not move: the multiplier of the new constraint is balanced by those
    along the path between its columns.
    """
    n_nodes = search.y.shape[1]
    changed = np.zeros(search.y.shape, dtype=bool)
    trees = np.zeros(search.y.size, dtype=bool)
    trees[row * n_nodes + search.root[row, search.tail[rule]]] = True
    changed = trees[np.arange(len(search.y))[:, None] * n_nodes + search.root]
    forest = Forest(search, changed)
    number = np.cumsum(changed.ravel()) - 1
    edge_above = np.full(forest.n_nodes, -1)
    edge_above[forest.child] = np.arange(forest.child.size)
    depth = np.empty(forest.n_nodes + 1, dtype=np.intp)
    depth[forest.order] = np.searchsorted(
        forest.depths, np.arange(forest.n_nodes + 1), side="right"
    )
    low = number[row * n_nodes + search.tail[rule]]
    high = number[row * n_nodes + search.head[rule]]
    amount = np.full(row.size, np.inf)
    leaving = np.full(row.size, -1)
    path = []
    while (apart := low != high).any():
        deeper = depth[low] >= depth[high]
        for node, climbs, is_high in ((low, deeper, False), (high, ~deeper, True)):
            of = np.flatnonzero(apart & climbs)
            edge = edge_above[node[of]]
            falls = forest.lifts[edge] == is_high
            path.append((of, edge, np.where(falls, -1, 1)))
            multiplier = search.multiplier[forest.at[edge], forest.rule[edge]]
            least = falls & (multiplier < amount[of])
            amount[of[least]] = multiplier[least]
            leaving[of[least]] = edge[least]
            node[of] = forest.parent[node[of]]
    # Nothing can be exchanged: the constraint is violated only by rounding.
    search.idle[row[leaving < 0], rule[leaving < 0]] = True
    for of, edge, sign in path:
        moves = leaving[of] >= 0
        at, which = forest.at[edge[moves]], forest.rule[edge[moves]]
        search.multiplier[at, which] += sign[moves] * amount[of[moves]]
    enters = leaving >= 0
    at, which = forest.at[leaving[enters]], forest.rule[leaving[enters]]
    search.binding[at, which] = False
    search.multiplier[at, which] = 0
    search.binding[row[enters], rule[enters]] = True
    search.multiplier[row[enters], rule[enters]] = amount[enters]
