"""The exact projection onto a partial order with bounds, for many rows at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sklstm._graph import Edges

Floats = NDArray[np.float64]

# Of a row scaled to 1: a smaller violation is rounding.
_TOLERANCE = 1e-13
# The tableaux of one batch of rows stay in the cache.
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
    step = max(1, _BATCH_SIZE // rules.gram.size)
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
        normals = np.zeros((n_edges + n_floored + self.capped.size, lower.size))
        normals[np.arange(n_edges), edges[:, 0]] = -1
        normals[np.arange(n_edges), edges[:, 1]] = 1
        normals[n_edges + np.arange(n_floored), self.floored] = 1
        normals[n_edges + n_floored + np.arange(self.capped.size), self.capped] = -1
        self.gram = (normals / weight) @ normals.T

    def slack(self, rows: Floats) -> Floats:
        """Return by how much each row keeps each inequality; negative if it does not.

        Rows are scaled to 1, lest huge values overflow and small ones pass for zero.
        """
        finite = np.concatenate([self.lower[self.floored], self.upper[self.capped]])
        largest = np.maximum(np.abs(rows).max(axis=1), np.abs(finite).max(initial=0.0))
        scale = np.ldexp(1.0, -np.frexp(largest)[1])[:, None]
        rows = rows * scale
        return np.hstack(
            [
                rows[:, self.edges[:, 1]] - rows[:, self.edges[:, 0]],
                rows[:, self.floored] - self.lower[self.floored] * scale,
                self.upper[self.capped] * scale - rows[:, self.capped],
            ]
        )


def _find_binding(rules: _Rules, rows: Floats) -> NDArray[np.bool_]:
    """Return which inequalities bind at the projection of each row.

    Each row starts unconstrained. The most violated inequality is given a growing
    multiplier until it holds; whenever the multiplier of a binding inequality falls to
    zero on the way, that one is let go. `state` holds the slack of the inequalities
    that do not bind, and the multipliers of those that do; `tableau` how `state`
    answers to the multipliers and slacks that are zero.
    """
    n_rules = len(rules.gram)
    found = np.zeros((len(rows), n_rules), dtype=bool)
    state = rules.slack(rows)
    tableau = np.broadcast_to(rules.gram, (len(rows), n_rules, n_rules)).copy()
    binding = np.zeros_like(found)
    row = np.arange(len(rows))
    entering = np.full(len(rows), -1)
    multiplier = np.zeros(len(rows))
    diagonal = np.diag(rules.gram)
    while True:
        slack = np.where(binding, np.inf, state)
        entering = np.where(entering < 0, slack.argmin(axis=1), entering)
        at = np.arange(len(row))
        done = slack[at, entering] >= -_TOLERANCE
        if done.any():
            found[row[done]] = binding[done]
            keep = ~done
            row, state, tableau = row[keep], state[keep], tableau[keep]
            binding, entering = binding[keep], entering[keep]
            multiplier = multiplier[keep]
            at = np.arange(len(row))
        if row.size == 0:
            return found
        rate = tableau[at, :, entering]
        # The full step mends the entering inequality; a shorter one frees another.
        own = rate[at, entering]
        own[own <= 1e-12 * diagonal[entering]] = 0
        with np.errstate(divide="ignore", invalid="ignore"):
            full = np.where(own > 0, -state[at, entering] / own, np.inf)
            limits = np.where(binding & (rate < 0), -state / rate, np.inf)
        leaving = limits.argmin(axis=1)
        short = limits[at, leaving]
        length = np.minimum(full, short)
        state = state + length[:, None] * rate
        multiplier = multiplier + length
        drops = short < full
        pivot = np.where(drops, leaving, entering)
        state[at, pivot] = np.where(drops, 0.0, multiplier)
        binding[at, pivot] = ~drops
        _pivot(tableau, pivot)
        entering = np.where(drops, entering, -1)
        multiplier = np.where(drops, multiplier, 0.0)


def _pivot(tableau: Floats, pivot: NDArray[np.intp]) -> None:
    """Exchange slack and multiplier of one inequality in each tableau, in place."""
    at = np.arange(len(tableau))
    column = tableau[at, :, pivot]
    line = tableau[at, pivot]
    corner = column[at, pivot][:, None]
    line = line / corner
    tableau -= column[:, :, None] * line[:, None, :]
    tableau[at, :, pivot] = column / corner
    tableau[at, pivot] = -line
    tableau[at, pivot, pivot] = 1 / corner[:, 0]


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
