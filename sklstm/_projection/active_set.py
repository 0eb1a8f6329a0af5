"""The exact projection onto a partial order with bounds, for many rows at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sklstm._projection.graph import Edges

Floats = NDArray[np.float64]

# A smaller violation is rounding, relative to the largest value that its columns had.
_TOLERANCE = 1e-12
# Values up to 2 to this power can be added without overflow.
LARGEST_POWER = 960
# So many steps for each inequality are never needed, but for rounding.
_MAX_STEPS = 20
# The matrices of one batch of rows stay in the cache.
_BATCH_SIZE = 2**18


def project_partial_order(
    values: Floats, lower: Floats, upper: Floats, edges: Edges, weight: Floats
) -> Floats:
    """Return the closest rows that meet bounds and order, up to rounding.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    lower, upper : ndarray of shape (n_columns,)
        Bounds tightened along the edges.
    edges : ndarray of shape (n_edges, 2)
        Column a must not exceed column b.
    weight : ndarray of shape (n_columns,)
        The weight of each column in the squared distance; the sum is 1 at most.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)

    Notes
    -----
    The dual active-set method [1]_ finds which constraints bind. They tie columns
    into blocks; each block then takes its weighted mean, or the bound that binds it.

    References
    ----------
    .. [1] Goldfarb, D. and Idnani, A. (1983). A numerically stable dual method for
       solving strictly convex quadratic programs. Mathematical Programming, 27, 1-33.
       :doi:`10.1007/BF02591962`
    """
    rules = _Rules(lower, upper, edges, weight)
    projected = np.empty_like(values)
    n_rules, n_columns = rules.normals.shape
    step = max(1, _BATCH_SIZE // ((n_rules + n_columns) * n_columns))
    for start in range(0, len(values), step):
        rows = values[start : start + step]
        binding = _find_binding(rules, rows)
        projected[start : start + step] = _block_values(rules, rows, binding)
    return projected


class _Rules:
    """The constraints as linear inequalities: edges, then lower, then upper bounds."""

    def __init__(
        self, lower: Floats, upper: Floats, edges: Edges, weight: Floats
    ) -> None:
        self.edges = edges
        self.weight = weight
        self.lower = lower
        self.upper = upper
        # A bound that a neighbour hands on along an edge needs no inequality.
        below, above = np.full(lower.size, -np.inf), np.full(upper.size, np.inf)
        np.maximum.at(below, edges[:, 1], lower[edges[:, 0]])
        np.minimum.at(above, edges[:, 0], upper[edges[:, 1]])
        self.floored = np.flatnonzero(lower > below)
        self.capped = np.flatnonzero(upper < above)
        n_edges, n_floored = len(edges), self.floored.size
        self.splits = [n_edges, n_edges + n_floored]
        # Row r of `normals` is the direction in which inequality r pushes.
        normals = np.zeros((n_edges + n_floored + self.capped.size, lower.size))
        normals[np.arange(n_edges), edges[:, 0]] = -1
        normals[np.arange(n_edges), edges[:, 1]] = 1
        normals[n_edges + np.arange(n_floored), self.floored] = 1
        normals[n_edges + n_floored + np.arange(self.capped.size), self.capped] = -1
        self.normals = normals

    def slack(self, rows: Floats, scale: Floats) -> Floats:
        """Return by how much each row keeps each inequality; negative if it does not.

        Row i was multiplied by ``scale[i]``; so are the bounds.
        """
        return np.hstack(
            [
                rows[:, self.edges[:, 1]] - rows[:, self.edges[:, 0]],
                rows[:, self.floored] - self.lower[self.floored] * scale,
                self.upper[self.capped] * scale - rows[:, self.capped],
            ]
        )

    def scale(self, rows: Floats) -> Floats:
        """Return powers of 2, of shape (n_rows, 1), that keep sums from overflow."""
        bounds = np.concatenate([self.lower[self.floored], self.upper[self.capped]])
        largest = np.maximum(np.abs(rows).max(axis=1), np.abs(bounds).max(initial=0.0))
        power = np.minimum(LARGEST_POWER - np.frexp(largest)[1], 0)
        scale: Floats = np.ldexp(1.0, power)
        return scale[:, None]

    def rounding(self, reach: Floats, scale: Floats) -> Floats:
        """Return up to which violation each inequality of each row may be rounding."""
        pairs = np.maximum(reach[:, self.edges[:, 0]], reach[:, self.edges[:, 1]])
        low, high = self.lower[self.floored], self.upper[self.capped]
        floors = np.maximum(reach[:, self.floored], np.abs(low) * scale)
        caps = np.maximum(reach[:, self.capped], np.abs(high) * scale)
        return _TOLERANCE * np.hstack([pairs, floors, caps])


class _State:
    """Where the search for the binding inequalities stands, for each row.

    Attributes
    ----------
    row : ndarray of shape (n_rows,)
        Which row this is.
    scale : ndarray of shape (n_rows, 1)
        By how much the row and its bounds were multiplied, lest huge values overflow.
    x : ndarray of shape (n_rows, n_columns)
        The closest values that meet the binding inequalities with equality, scaled.
    reach : ndarray of shape (n_rows, n_columns)
        The largest absolute value that the column had so far, scaled: what its
        rounding is relative to.
    binding, multiplier : ndarray of shape (n_rows, n_rules)
        Which inequalities bind, and how hard.
    free : ndarray of shape (n_rows, n_columns, n_columns)
        The orthogonal projector onto the directions that keep what binds: for a column
        of a block of n that no bound holds, 1 / n at its block and 0 elsewhere.
    dual : ndarray of shape (n_rows, n_rules, n_columns)
        The pseudo-inverse of the binding normals: how much each pushes if the columns
        are pushed. 0 for what does not bind.
    entering : ndarray of shape (n_rows,)
        The inequality that is being mended, or -1.
    """

    def __init__(self, rules: _Rules, rows: Floats) -> None:
        n_rows, (n_rules, n_columns) = len(rows), rules.normals.shape
        self.row = np.arange(n_rows)
        self.scale = rules.scale(rows)
        self.x = rows * self.scale
        self.reach = np.abs(self.x)
        self.binding = np.zeros((n_rows, n_rules), dtype=bool)
        self.multiplier = np.zeros((n_rows, n_rules))
        self.free = np.tile(np.eye(n_columns), (n_rows, 1, 1))
        self.dual = np.zeros((n_rows, n_rules, n_columns))
        self.entering = np.full(n_rows, -1)

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget the other rows."""
        for name, values in vars(self).items():
            setattr(self, name, values[rows])


def _find_binding(rules: _Rules, rows: Floats) -> NDArray[np.bool_]:
    """Return which inequalities bind at the projection of each row.

    Each row starts unconstrained. Its most violated inequality is pushed until it
    holds; whenever the multiplier of a binding one falls to zero on the way, that one
    is let go. `free` and `dual` hold small fractions and know nothing of the weights,
    so that weights of very different size do no harm.
    """
    found = np.zeros((len(rows), len(rules.normals)), dtype=bool)
    state = _State(rules, rows)
    for _ in range(_MAX_STEPS * len(rules.normals)):
        slack = np.where(state.binding, np.inf, rules.slack(state.x, state.scale))
        is_new = state.entering < 0
        room = slack + rules.rounding(state.reach, state.scale)
        state.entering[is_new] = room[is_new].argmin(axis=1)
        at = np.arange(len(slack))
        # In the middle of a step an inequality may hold already, and still has to bind.
        violation = np.maximum(-slack[at, state.entering], 0)
        done = is_new & (room[at, state.entering] >= 0)
        if done.any():
            found[state.row[done]] = state.binding[done]
            state.keep(~done)
            violation = violation[~done]
        if state.row.size == 0:
            break
        _push(rules, state, violation)
    found[state.row] = state.binding
    return found


def _push(rules: _Rules, state: _State, violation: Floats) -> None:
    """Push the entering inequality of each row until it holds or another lets go."""
    at, entering = np.arange(len(state.row)), state.entering
    normal = rules.normals[entering]
    # What can move is the block above, the block below, or neither if they are one.
    free = np.einsum("nij,nj->ni", state.free, normal)
    free[np.abs(free) < 0.5 / normal.shape[1]] = 0
    lift = np.zeros_like(free)
    for block, up in ((free > 0, 1), (free < 0, -1)):
        mass = (block * rules.weight).sum(axis=1, keepdims=True)
        lift += up * block / np.where(mass > 0, mass, 1)
    change = np.einsum("nrj,nj->nr", state.dual, rules.weight * lift - normal)

    approach = (lift * normal).sum(axis=1)
    full, limits = np.full(at.size, np.inf), np.full(change.shape, np.inf)
    np.divide(violation, approach, out=full, where=approach > 0)
    falls = state.binding & (change < -1e-14)
    np.divide(state.multiplier, -change, out=limits, where=falls)
    leaving = limits.argmin(axis=1)
    drops = limits[at, leaving] < full
    length = np.where(drops, limits[at, leaving], full)
    # Neither: it is violated by rounding alone, and follows from those that bind.
    length[np.isinf(length)] = 0
    state.x += length[:, None] * lift
    np.maximum(state.reach, np.abs(state.x), out=state.reach)
    state.multiplier += length[:, None] * change
    state.multiplier[at, entering] += length
    state.multiplier[at[drops], leaving[drops]] = 0

    # Both matrices change by one direction: what was free, or what becomes so.
    gone = state.dual[at, leaving]
    direction = np.where(drops[:, None], gone, free)
    square = (direction**2).sum(axis=1, keepdims=True)
    share = direction / np.where(square > 0, square, 1)
    along = np.einsum("nrj,nj->nr", state.dual, np.where(drops[:, None], gone, normal))
    state.dual -= along[:, :, None] * share[:, None, :]
    changed = np.where(drops, leaving, entering)
    state.dual[at, changed] = np.where(drops[:, None], 0, share)
    sign = np.where(drops, 1, -1)[:, None]
    state.free += (sign * direction)[:, :, None] * share[:, None, :]
    state.binding[at, changed] = ~drops
    state.entering[~drops] = -1


def _block_values(rules: _Rules, rows: Floats, binding: NDArray[np.bool_]) -> Floats:
    """Return the rows with each block of tied columns at its one value."""
    n_rows, n_columns = rows.shape
    tied, at_lower, at_upper = np.split(binding, rules.splits, axis=1)
    row, edge = np.nonzero(tied)
    a, b = rules.edges[edge].T + row * n_columns
    graph = coo_array((np.ones(row.size), (a, b)), shape=(rows.size, rows.size))
    label = connected_components(graph, directed=False)[1]
    weight = np.tile(rules.weight, n_rows)
    mass = np.bincount(label, weight)
    value = np.bincount(label, weight * rows.ravel()) / mass
    single = np.bincount(label) == 1
    value[label[single[label]]] = rows.ravel()[single[label]]
    label = label.reshape(n_rows, n_columns)
    for columns, bounds, binds in (
        (rules.floored, rules.lower, at_lower),
        (rules.capped, rules.upper, at_upper),
    ):
        row, which = np.nonzero(binds)
        value[label[row, columns[which]]] = bounds[columns[which]]
    projected: Floats = value[label]
    return projected
