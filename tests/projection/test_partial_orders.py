"""Partial orders of outputs against a solver of quadratic programs."""

import numpy as np
import pytest
from projection.solver import assert_closest, random_bounds, random_edges
from scipy.optimize import lsq_linear

from sklstm import adjust_predictions


@pytest.mark.parametrize("seed", range(20))
def test_two_thousand_projections_agree_with_a_solver(seed):
    rng = np.random.default_rng(seed)
    for case in range(25):
        n_outputs = int(rng.integers(1, 9))
        chain = [rng.permutation(n_outputs)]
        edges = (
            np.column_stack([chain[0][:-1], chain[0][1:]])
            if case % 3 == 0
            else random_edges(rng, n_outputs, density=rng.choice([0.2, 0.5]))
        )
        lower, upper = random_bounds(rng, edges, n_outputs)
        weight = rng.choice([0.1, 1.0, 5.0], n_outputs) * rng.uniform(0.5, 2, n_outputs)
        rows = 2 * rng.normal(size=(4, n_outputs))
        assert_closest(rows, lower, upper, edges, weight)


@pytest.mark.parametrize("seed", range(10))
def test_projections_of_tied_values_agree_with_a_solver(seed):
    # Whole numbers, many of them equal to each other and to the bounds.
    rng = np.random.default_rng(seed)
    for _ in range(20):
        n_outputs = int(rng.integers(2, 7))
        edges = random_edges(rng, n_outputs, density=rng.choice([0.3, 0.6]))
        lower, upper = np.round(random_bounds(rng, edges, n_outputs))
        floor = rng.choice([-3, 0])
        rows = np.maximum(rng.integers(-3, 4, size=(20, n_outputs)), floor)
        assert_closest(rows.astype(float), lower, upper, edges)


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"upper": {1: 1e15}},
        {"lower": {1: -1e15}},
        {"upper": {1: np.finfo(float).max}},
        {"upper": np.finfo(float).max, "lower": {0: -1e300}},
    ],
)
@pytest.mark.parametrize("third", [3.0, 1e15, 1e300])
def test_huge_bounds_and_neighbours_do_no_harm_to_small_values(bounds, third):
    adjusted = adjust_predictions(
        [[5, 0, third]],
        order=[[0, 1], [0, 2]],
        method="projection",
        **{"lower": None} | bounds,
    )

    assert adjusted.tolist() == [[2.5, 2.5, third]]


def distance_to_optimality(row, projected, edges, weight):
    """How far forces along tight edges are from holding `projected` in its place."""
    tight = [
        np.eye(row.size)[b] - np.eye(row.size)[a]
        for a, b in edges
        if np.isclose(projected[a], projected[b], rtol=0, atol=1e-12)
    ]
    pull = weight * (projected - row)
    if not tight:
        return np.abs(pull).max() / weight.max()
    # Each output counts by its own weight, however small.
    root = np.sqrt(weight)
    forces = np.transpose(tight) / root[:, None]
    held = lsq_linear(forces, pull / root, bounds=(0, np.inf), method="bvls", tol=1e-15)
    return np.linalg.norm(held.fun) / root.max()


def test_weights_of_very_different_size_do_no_harm():
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n_outputs = int(rng.integers(3, 10))
        edges = random_edges(rng, n_outputs, density=0.4)
        weight = 10.0 ** rng.uniform(-4, 4, size=n_outputs)
        rows = rng.normal(size=(3, n_outputs))

        adjusted = adjust_predictions(
            rows,
            lower=None,
            order=edges.tolist(),
            method="projection",
            output_weight=weight,
        )

        for row, projected in zip(rows, adjusted, strict=True):
            assert distance_to_optimality(row, projected, edges, weight) < 1e-9
