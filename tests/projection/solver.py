"""The closest row that obeys, by a solver of quadratic programs."""

import numpy as np
from numpy.testing import assert_allclose
from quadprog import solve_qp

from sklstm import adjust_predictions


def closest(row, lower, upper, edges, weight):
    """The closest row that obeys, by quadprog."""
    n = len(row)
    normals = [np.eye(n)[b] - np.eye(n)[a] for a, b in edges]
    normals += [np.eye(n)[i] for i in np.flatnonzero(np.isfinite(lower))]
    normals += [-np.eye(n)[i] for i in np.flatnonzero(np.isfinite(upper))]
    offsets = np.concatenate(
        [np.zeros(len(edges)), lower[np.isfinite(lower)], -upper[np.isfinite(upper)]]
    )
    if not normals:
        return row
    return solve_qp(np.diag(weight), weight * row, np.transpose(normals), offsets)[0]


def random_edges(rng, n_outputs, density):
    """Edges that agree with one ranking, so that they make no cycle."""
    ranked = rng.permutation(n_outputs)
    picked = np.argwhere(np.triu(rng.random((n_outputs, n_outputs)) < density, 1))
    return ranked[picked]


def random_bounds(rng, edges, n_outputs):
    """Bounds, some of them infinite, that some ordered row can meet."""
    inside = np.sort(rng.normal(size=n_outputs))
    for _ in range(n_outputs):
        for a, b in edges:
            inside[b] = max(inside[a], inside[b])
    lower = inside - rng.exponential(0.5, n_outputs)
    upper = inside + rng.exponential(0.5, n_outputs)
    lower[rng.random(n_outputs) < 0.3] = -np.inf
    upper[rng.random(n_outputs) < 0.3] = np.inf
    return lower, upper


def assert_closest(rows, lower, upper, edges, weight=None):
    """Compare the isotonic projection of each row with that of the solver."""
    adjusted = adjust_predictions(
        rows,
        order=[list(map(int, edge)) for edge in edges],
        lower=lower,
        upper=upper,
        method="projection",
        output_weight=weight,
    )
    weight = np.ones(rows.shape[1]) if weight is None else weight
    expected = [closest(row, lower, upper, edges, weight) for row in rows]
    assert_allclose(adjusted, expected, atol=1e-9)
