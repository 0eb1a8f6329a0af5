"""The isotonic projection against a solver of quadratic programs, and its edges."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quadprog import solve_qp
from scipy.optimize import isotonic_regression, lsq_linear
from sklearn.exceptions import ConvergenceWarning
from sklearn.isotonic import isotonic_regression as sklearn_isotonic_regression

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
        method="isotonic",
        output_weight=weight,
    )
    weight = np.ones(rows.shape[1]) if weight is None else weight
    expected = [closest(row, lower, upper, edges, weight) for row in rows]
    assert_allclose(adjusted, expected, atol=1e-9)


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
        method="isotonic",
        **{"lower": None} | bounds,
    )

    assert adjusted.tolist() == [[2.5, 2.5, third]]


def test_a_mean_that_rounds_leaves_single_values_as_they_are():
    # (0.1 * 3) / 0.1 is above 3, and 3 would then seem to fall.
    rows = np.array([[5.0, 3.0, 3.0, 3.0], [0.0, 1.0, 3.0, 1.0]])
    params = {
        "order": [[0, 1], [2, 3]],
        "method": "isotonic",
        "output_weight": [1, 1, 0.1, 100],
    }
    assert_array_equal(adjust_predictions(rows, **params)[0], [4, 4, 3, 3])
    assert_array_equal(adjust_predictions(rows[:1], **params)[0], [4, 4, 3, 3])


@pytest.mark.parametrize("scale", [1.0, 1e9, 1e15])
def test_the_size_of_other_outputs_is_no_matter_in_an_order_of_samples(scale, rng):
    rows = rng.random((8, 3)) * [1.0, 1.0, scale]
    params = {"method": "isotonic", "sample_order": "increasing"}
    adjusted = adjust_predictions(rows, order=[[0, 1]], **params)
    assert_array_equal(
        adjusted[:, :2], adjust_predictions(rows[:, :2], order=[[0, 1]], **params)
    )
    assert_array_equal(adjusted[:, 2], adjust_predictions(rows[:, 2], **params))


def test_the_size_of_other_groups_is_no_matter():
    rows = [[3e-300, 1e-300], [2e-300, 1e-300], [1e300, 2e300], [3e300, 1e300]]
    adjusted = adjust_predictions(
        rows, method="isotonic", sample_order="increasing", groups=[0, 0, 1, 1]
    )
    assert_allclose(adjusted[:2], 1.75e-300, rtol=1e-9)
    assert_allclose(adjusted[2:], [[1e300, 2e300], [2e300, 2e300]], rtol=1e-12)


def test_weights_may_be_huge_but_not_of_any_ratio():
    adjusted = adjust_predictions(
        [[5, 0, 10.0]], output_weight=[1e308] * 3, method="isotonic"
    )
    assert adjusted.tolist() == [[2.5, 2.5, 10.0]]
    with pytest.raises(ValueError, match=r"factor of 1e\+100; got \[1e-170, 1.0\]"):
        adjust_predictions([[1.0, 0.0]], output_weight=[1e-170, 1.0], method="isotonic")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sample_order", ["increasing", "decreasing"])
@pytest.mark.parametrize("quick_cycles", [1, 300])
def test_both_orders_together_agree_with_a_solver(
    seed, sample_order, quick_cycles, monkeypatch
):
    # After one cycle hardly a group has settled: the others are solved exactly.
    monkeypatch.setattr("sklstm._samples._QUICK_CYCLES", quick_cycles)
    rng = np.random.default_rng(seed)
    n_samples, n_outputs = rng.integers(2, 6, size=2)
    rows = rng.normal(size=(n_samples, n_outputs)).cumsum(axis=0)
    weight = rng.choice([0.1, 1.0, 5.0], n_outputs)
    place = np.arange(rows.size).reshape(rows.shape)
    across = np.column_stack([place[:, :-1].ravel(), place[:, 1:].ravel()])
    down = np.column_stack([place[:-1].ravel(), place[1:].ravel()])
    if sample_order == "decreasing":
        down = down[:, ::-1]

    adjusted = adjust_predictions(
        rows,
        lower=-1.0,
        upper=1.5,
        method="isotonic",
        output_weight=weight,
        sample_order=sample_order,
    )

    expected = closest(
        rows.ravel(),
        np.full(rows.size, -1.0),
        np.full(rows.size, 1.5),
        np.vstack([across, down]),
        np.tile(weight, n_samples),
    )
    assert_allclose(adjusted.ravel(), expected, atol=1e-9)


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
            method="isotonic",
            output_weight=weight,
        )

        for row, projected in zip(rows, adjusted, strict=True):
            assert distance_to_optimality(row, projected, edges, weight) < 1e-9


def test_partial_order_and_samples_together_agree_with_a_solver():
    rng = np.random.default_rng(0)
    weight = np.array([1e-3, 1e3, 1e-3, 1e3])
    chains = [[0, 1], [2, 1], [2, 3]]
    place = np.arange(24).reshape(6, 4)
    edges = np.vstack(
        [
            place[:, chains].reshape(-1, 2),
            np.column_stack([place[:-1].ravel(), place[1:].ravel()]),
        ]
    )
    for _ in range(5):
        rows = rng.normal(size=(6, 4))
        adjusted = adjust_predictions(
            rows,
            lower=None,
            order=chains,
            method="isotonic",
            output_weight=weight,
            sample_order="increasing",
        )
        expected = closest(
            rows.ravel(),
            np.full(24, -np.inf),
            np.full(24, np.inf),
            edges,
            np.tile(weight, 6),
        )
        assert_allclose(adjusted.ravel(), expected, atol=1e-9)


def test_values_that_cancel_settle_at_once(monkeypatch):
    """Agreement is asked relative to the predictions, not to their small means."""
    monkeypatch.setattr("sklstm._samples._MAX_CYCLES", 300)
    monkeypatch.setattr("sklstm._samples._EXACT_SIZE", 0)
    rows = np.array([[2.0**20, 1.0], [0.3, -(2.0**20)], [1.0, 0.3]])

    adjusted = adjust_predictions(
        rows, lower=None, method="isotonic", sample_order="increasing"
    )

    expected = [[0.325, 0.325], [0.325, 0.325], [0.65, 0.65]]
    assert_allclose(adjusted, expected, atol=1e-9 * 2**20)


def test_both_orders_hold_even_where_cycles_run_out(monkeypatch):
    monkeypatch.setattr("sklstm._samples._MAX_CYCLES", 3)
    rows = np.random.default_rng(0).normal(size=(50, 4))

    with pytest.warns(ConvergenceWarning, match="after 3 cycles 1 groups"):
        adjusted = adjust_predictions(
            rows, lower=None, method="isotonic", sample_order="increasing"
        )

    assert (np.diff(adjusted, axis=0) >= 0).all()
    assert (np.diff(adjusted, axis=1) >= 0).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_long_rows_agree_with_isotonic_regression(weighted):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 300))
    weight = rng.uniform(0.5, 2, size=300) if weighted else None

    adjusted = adjust_predictions(
        rows, lower=None, method="isotonic", output_weight=weight
    )

    expected = [isotonic_regression(row, weights=weight).x for row in rows]
    assert_allclose(adjusted, expected, atol=1e-13)


def test_long_and_short_groups_of_samples_agree_with_each_alone():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat([0, 1, 2, 3], [5, 700, 40, 300]))
    values = rng.normal(size=groups.size)

    adjusted = adjust_predictions(
        values, lower=None, method="isotonic", sample_order="increasing", groups=groups
    )

    for group in range(4):
        expected = isotonic_regression(values[groups == group]).x
        assert_allclose(adjusted[groups == group], expected, atol=1e-13)


def test_chains_agree_with_isotonic_regression_row_by_row():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 9))
    weight = rng.uniform(0.5, 2, size=9)

    adjusted = adjust_predictions(
        rows, lower=None, method="isotonic", output_weight=weight
    )

    expected = [isotonic_regression(row, weights=weight).x for row in rows]
    assert_allclose(adjusted, expected, atol=1e-13)
    expected = [sklearn_isotonic_regression(r, sample_weight=weight) for r in rows]
    assert_allclose(adjusted, expected, atol=1e-13)


def test_rows_of_very_different_size_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 6)) * 10.0 ** rng.integers(-200, 200, size=(400, 1))

    adjusted = adjust_predictions(rows, lower=None, method="isotonic")

    for row, result in zip(rows, adjusted, strict=True):
        scale = np.abs(row).max()
        expected = isotonic_regression(row / scale).x
        assert_allclose(result / scale, expected, atol=1e-14)


def test_clipping_after_pooling_is_no_projection_with_bounds_of_each_output():
    """Why per-output bounds need their own method."""
    row, lower, upper = np.array([[2.0, 0.0, 0.0]]), np.array([0.0, 0, 1]), np.inf
    edges = np.array([[0, 1], [1, 2]])
    pooled = isotonic_regression(row[0]).x

    adjusted = adjust_predictions(row, lower=lower, method="isotonic")

    expected = closest(row[0], lower, np.full(3, upper), edges, np.ones(3))
    assert_allclose(adjusted[0], expected, atol=1e-12)
    assert np.abs(np.clip(pooled, lower, upper) - expected).max() > 0.1


@pytest.mark.parametrize("method", ["sort", "isotonic", "cummax"])
def test_chunks_change_nothing(method, monkeypatch):
    rows = np.random.default_rng(0).normal(size=(1000, 5))
    whole = adjust_predictions(rows, method=method)
    monkeypatch.setattr("sklstm._projection._CHUNK_SIZE", 35)

    assert_array_equal(adjust_predictions(rows, method=method), whole)


def test_extra_memory_is_that_of_a_chunk():
    rows = np.random.default_rng(0).normal(size=(400_000, 5))
    tracemalloc.start()
    adjusted = adjust_predictions(rows, method="isotonic")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2.5 * adjusted.nbytes


@pytest.mark.parametrize("method", ["sort", "isotonic", "cummax"])
def test_many_groups_of_samples_agree_with_each_alone(method):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 300, size=2000)
    keys = rng.integers(0, 5, size=2000)  # with ties
    values = rng.normal(size=(2000, 2))

    adjusted = adjust_predictions(
        values,
        lower=None,
        order=None,
        method=method,
        sample_order="increasing",
        groups=groups,
        order_by=keys,
    )

    for group in range(0, 300, 7):
        rows = np.flatnonzero(groups == group)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        for column in range(2):
            given = values[rows, column]
            expected = {
                "sort": np.sort(given),
                "cummax": np.maximum.accumulate(given),
                "isotonic": isotonic_regression(given).x,
            }[method]
            assert_allclose(adjusted[rows, column], expected, atol=1e-13)


def test_groups_solved_exactly_agree_with_those_that_settled(monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 4))
    options = {
        "lower": [-1.0, -np.inf, -0.5, 0.0],
        "upper": 1.0,
        "order": [[0, 1, 2], [0, 3]],
        "method": "isotonic",
        "output_weight": [1.0, 2.0, 0.5, 3.0],
        "sample_order": "decreasing",
        "groups": np.repeat(np.arange(8), 5),
    }
    settled = adjust_predictions(rows, **options)
    monkeypatch.setattr("sklstm._samples._QUICK_CYCLES", 0)

    assert_allclose(adjust_predictions(rows, **options), settled, atol=1e-9)
