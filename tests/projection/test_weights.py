"""Weights of very different size, against rational arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from projection.oracle import exact_projection
from projection.solver import random_edges
from strategies import problems

from sklstm import adjust_predictions
from sklstm._projection.active_set import project_partial_order
from sklstm._projection.exact import project_exactly
from sklstm._projection.graph import transitive_reduction

# Weights of the largest ratio that is accepted.
extreme_weights = st.integers(-8, 8).map(lambda power: 10.0**power)


def assert_closest_exactly(rows, projected, lower, upper, pairs, weight):
    expected = np.array(
        [exact_projection(row, lower, upper, pairs, weight) for row in rows]
    )
    scale = np.maximum(np.abs(rows), np.abs(expected)).max(axis=1, keepdims=True)
    error = np.abs(projected - expected) / np.where(scale > 0, scale, 1)
    assert error.max() <= 1e-12


def test_a_light_output_is_held_by_a_heavy_one():
    adjusted = adjust_predictions(
        [[-1, 40, 0.002, -9e4]],
        order=[[0, 1, 3], [2, 3]],
        lower={0: -0.2, 2: -0.9},
        method="projection",
        output_weight=[2e3, 1e4, 4e-4, 7.5e6],
    )
    assert adjusted.tolist() == [[-0.2] * 4]


@settings(max_examples=60)
@given(
    problems(
        methods=["projection"],
        dtypes=[np.float64],
        largest=2.0**40,
        weights=extreme_weights,
        max_samples=2,
    )
)
def test_projections_agree_with_rational_arithmetic_at_any_weights(problem):
    weight = problem.options["output_weight"]
    if weight is None:
        weight = np.ones(problem.values.shape[1])
    adjusted = adjust_predictions(problem.values, **problem.options)
    assert_closest_exactly(
        problem.values, adjusted, *problem.bounds, problem.pairs, weight
    )


@pytest.mark.parametrize("seed", range(100))
def test_values_and_weights_of_any_size_agree_with_rational_arithmetic(seed):
    rng = np.random.default_rng(seed)
    n_outputs = int(rng.integers(3, 7))
    edges = random_edges(rng, n_outputs, density=0.5)
    weight = 10.0 ** rng.uniform(-8, 8, size=n_outputs)
    rows = rng.normal(size=(3, n_outputs)) * 10.0 ** rng.integers(-4, 5, n_outputs)
    lower = np.where(rng.random(n_outputs) < 0.4, -np.abs(rng.normal()), -np.inf)

    adjusted = adjust_predictions(
        rows,
        lower=lower,
        order=edges.tolist(),
        method="projection",
        output_weight=weight,
    )

    upper = np.full(n_outputs, np.inf)
    assert_closest_exactly(rows, adjusted, lower, upper, edges.tolist(), weight)


@pytest.mark.parametrize("seed", range(60))
def test_rows_that_the_search_gives_up_are_solved_in_rational_arithmetic(seed):
    rng = np.random.default_rng(seed)
    n_outputs = int(rng.integers(2, 7))
    pairs = random_edges(rng, n_outputs, density=0.6).tolist()
    edges = transitive_reduction([tuple(pair) for pair in pairs], n_outputs)
    lower, upper = np.full(n_outputs, -0.5), np.full(n_outputs, 0.6)
    lower[0], upper[-1] = -np.inf, np.inf
    for a, b in edges:
        lower[b] = max(lower[a], lower[b])
    for a, b in edges[::-1]:
        upper[a] = min(upper[a], upper[b])
    weight = 10.0 ** rng.uniform(-8, 8, size=n_outputs)
    weight /= 2 * weight.sum()
    rows = rng.normal(size=(3, n_outputs))

    projected = project_partial_order(rows, lower, upper, edges, weight, max_rounds=0)

    assert_closest_exactly(rows, projected, lower, upper, pairs, weight)


def test_rational_arithmetic_rounds_once():
    values, none = np.array([0.1, 0.1, 0.1, 0.0]), np.full(4, np.inf)
    projected = project_exactly(
        values, -none, none, np.array([[2, 3]]), np.zeros(1), np.full(4, 0.25)
    )
    assert projected.tolist() == [0.1, 0.1, 0.05, 0.05]


def test_weights_may_be_huge_but_not_of_any_ratio():
    adjusted = adjust_predictions(
        [[5, 0, 10.0]], output_weight=[1e308] * 3, method="projection"
    )
    assert adjusted.tolist() == [[2.5, 2.5, 10.0]]
    with pytest.raises(ValueError, match=r"factor of 1e\+16; got \[1e-17, 1.0\]"):
        adjust_predictions(
            [[1.0, 0.0]], output_weight=[1e-17, 1.0], method="projection"
        )


def test_tiny_values_keep_their_digits_under_small_weights():
    adjusted = adjust_predictions(
        [[3e-310, 1e-310, 1.0]],
        order=[[0, 1], [0, 2]],
        method="projection",
        output_weight=[1e-12, 1e-12, 1.0],
    )
    assert_allclose(adjusted, [[2e-310, 2e-310, 1.0]], rtol=1e-9)
