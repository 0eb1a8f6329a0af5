"""Chains of outputs against isotonic regression, and their edges."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from projection.solver import closest
from scipy.optimize import isotonic_regression
from sklearn.isotonic import isotonic_regression as sklearn_isotonic_regression

from sklstm import adjust_predictions
from sklstm._projection.exact import project_exactly
from sklstm._projection.isotonic import project_chains


def test_a_mean_that_rounds_leaves_single_values_as_they_are():
    # (0.1 * 3) / 0.1 is above 3, and 3 would then seem to fall.
    rows = np.array([[5.0, 3.0, 3.0, 3.0], [0.0, 1.0, 3.0, 1.0]])
    params = {
        "order": [[0, 1], [2, 3]],
        "method": "projection",
        "output_weight": [1, 1, 0.1, 100],
    }
    assert_array_equal(adjust_predictions(rows, **params)[0], [4, 4, 3, 3])
    assert_array_equal(adjust_predictions(rows[:1], **params)[0], [4, 4, 3, 3])


@pytest.mark.parametrize("n_columns", [9, 30])
@pytest.mark.parametrize("weighted", [False, True])
def test_equal_values_that_do_not_fall_keep_every_bit(n_columns, weighted):
    # The mean of three times 0.1 is above 0.1.
    row = np.full(n_columns, 0.1)
    row[-2:] = 1.0, 0.5
    weight = np.full(n_columns, 0.1) if weighted else None
    projected = project_chains(row[None], weight)[0]
    assert_array_equal(projected[:-2], row[:-2])
    assert_allclose(projected[-2:], 0.75, rtol=1e-15)


@pytest.mark.parametrize("weighted", [False, True])
def test_long_rows_agree_with_isotonic_regression(weighted):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 300))
    weight = rng.uniform(0.5, 2, size=300) if weighted else None

    adjusted = adjust_predictions(
        rows, lower=None, method="projection", output_weight=weight
    )

    expected = [isotonic_regression(row, weights=weight).x for row in rows]
    assert_allclose(adjusted, expected, atol=1e-13)


def test_chains_agree_with_isotonic_regression_row_by_row():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 9))
    weight = rng.uniform(0.5, 2, size=9)

    adjusted = adjust_predictions(
        rows, lower=None, method="projection", output_weight=weight
    )

    expected = [isotonic_regression(row, weights=weight).x for row in rows]
    assert_allclose(adjusted, expected, atol=1e-13)
    expected = [sklearn_isotonic_regression(r, sample_weight=weight) for r in rows]
    assert_allclose(adjusted, expected, atol=1e-13)


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_columns", [2, 9, 24, 25])  # the method changes after 24
def test_chains_agree_with_rational_arithmetic(n_columns, weighted, bounded):
    rng = np.random.default_rng(n_columns)
    rows = rng.normal(size=(6, n_columns)).round(1)  # with ties
    weight = 10.0 ** rng.uniform(-3, 0, size=n_columns) if weighted else None
    lower, upper = np.full((2, 6, n_columns), np.inf)
    lower *= -1
    if bounded:
        lower = np.sort(rng.normal(size=(6, n_columns)), axis=1) - 1
        upper = np.maximum(lower, np.sort(rng.normal(size=(6, n_columns)), axis=1))

    bounds = (lower, upper) if bounded else (None, None)
    projected = project_chains(rows, weight, *bounds)

    edges = np.column_stack([np.arange(n_columns - 1), np.arange(1, n_columns)])
    gaps, mass = np.zeros(n_columns - 1), np.ones(n_columns)
    expected = [
        project_exactly(row, low, high, edges, gaps, weight if weighted else mass)
        for row, low, high in zip(rows, lower, upper, strict=True)
    ]
    assert_allclose(projected, expected, atol=1e-13)
    kept = np.isclose(projected, rows, rtol=0, atol=1e-14) & (expected == rows)
    assert_array_equal(projected[kept], rows[kept])


@pytest.mark.parametrize("bounds", [None, "of each output", "of each row"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_columns", [24, 25, 300])
def test_wide_chains_keep_the_promises(n_columns, dtype, weighted, bounds):
    rng = np.random.default_rng(0)
    target = np.sort(rng.normal(size=(130, n_columns)), axis=1).astype(dtype)
    rows = target + rng.normal(size=target.shape).astype(dtype)
    rows[::7] = target[::7]
    lower, upper = target - dtype(0.5), target + dtype(0.5)
    if bounds != "of each row":
        lower, upper = lower.min(axis=0), upper.max(axis=0)
    weight = 10.0 ** rng.uniform(-2, 2, size=n_columns) if weighted else None

    def adjust(rows, at=slice(None)):
        low, high = (b[at] if bounds == "of each row" else b for b in (lower, upper))
        if bounds is None:
            low = high = None
        options = {"method": "projection", "output_weight": weight}
        return adjust_predictions(rows, lower=low, upper=high, **options)

    given = rows.tobytes()
    adjusted = adjust(rows)

    assert rows.tobytes() == given
    assert adjusted.dtype == dtype
    assert (np.diff(adjusted, axis=1) >= 0).all()
    if bounds is not None:
        assert ((adjusted >= lower) & (adjusted <= upper)).all()
    assert adjusted[::7].tobytes() == target[::7].tobytes()
    assert adjust(adjusted).tobytes() == adjusted.tobytes()
    for i in (0, 1, 65, 129):
        alone = adjust(rows[i : i + 1], slice(i, i + 1))
        assert alone.tobytes() == adjusted[i : i + 1].tobytes()
    mass = np.ones(n_columns) if weight is None else weight
    loss = ((adjusted.astype(float) - target) ** 2) @ mass
    assert (loss <= ((rows.astype(float) - target) ** 2) @ mass * (1 + 1e-5)).all()


def test_rows_of_very_different_size_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 6)) * 10.0 ** rng.integers(-200, 200, size=(400, 1))

    adjusted = adjust_predictions(rows, lower=None, method="projection")

    for row, result in zip(rows, adjusted, strict=True):
        scale = np.abs(row).max()
        expected = isotonic_regression(row / scale).x
        assert_allclose(result / scale, expected, atol=1e-14)


def test_clipping_after_pooling_is_no_projection_with_bounds_of_each_output():
    """Why per-output bounds need their own method."""
    row, lower, upper = np.array([[2.0, 0.0, 0.0]]), np.array([0.0, 0, 1]), np.inf
    edges = np.array([[0, 1], [1, 2]])
    pooled = isotonic_regression(row[0]).x

    adjusted = adjust_predictions(row, lower=lower, method="projection")

    expected = closest(row[0], lower, np.full(3, upper), edges, np.ones(3))
    assert_allclose(adjusted[0], expected, atol=1e-12)
    assert np.abs(np.clip(pooled, lower, upper) - expected).max() > 0.1


def test_the_first_value_of_a_bounded_chain_is_exact():
    # (0.1 * 3) / 0.1 is above 3.
    row = [[3.0, 8.0, 4.0]]
    adjusted = adjust_predictions(
        row, lower=[0, 1, 2], method="projection", output_weight=[0.1, 1, 1]
    )
    assert adjusted.tolist() == [[3.0, 6.0, 6.0]]


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
@pytest.mark.parametrize("n_before", range(9))
def test_a_zero_that_moves_is_positive_wherever_it_lies(method, n_before):
    # Which of two zeros a machine takes for the larger depends on their place.
    rows = np.vstack([np.ones((n_before, 3)), [[0.0, -2.0, -0.0]], np.ones((8, 3))])

    adjusted = adjust_predictions(rows, method=method, lower=-0.0)

    assert adjusted[n_before].tolist() == [0.0, 0.0, 0.0]
    assert not np.signbit(adjusted[n_before, :2]).any()


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
def test_chunks_change_nothing(method):
    rows = np.random.default_rng(0).normal(size=(40_000, 5))  # more than one chunk
    parts = [adjust_predictions(part, method=method) for part in np.split(rows, 40)]

    assert_array_equal(adjust_predictions(rows, method=method), np.concatenate(parts))


def test_extra_memory_is_that_of_a_chunk():
    rows = np.random.default_rng(0).normal(size=(400_000, 5))
    tracemalloc.start()
    adjusted = adjust_predictions(rows, method="projection")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2.5 * adjusted.nbytes
