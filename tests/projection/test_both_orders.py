"""Orders of outputs and of samples together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from projection.solver import closest
from sklearn.exceptions import ConvergenceWarning

from sklstm import adjust_predictions
from sklstm._projection.both import project_both
from sklstm._projection.graph import split_components, transitive_reduction


def project(rows, pairs=None, *, lower=-np.inf, upper=np.inf, sizes=None, **options):
    """Project float64 rows onto both orders; all outputs form a chain by default."""
    n_samples, n_outputs = rows.shape
    if pairs is None:
        pairs = [(i, i + 1) for i in range(n_outputs - 1)]
    options = {"weight": None, "descending": False} | options
    return project_both(
        rows,
        np.broadcast_to(lower, n_outputs).astype(float),
        np.broadcast_to(upper, n_outputs).astype(float),
        split_components(transitive_reduction(pairs, n_outputs), n_outputs),
        sizes=np.array([n_samples] if sizes is None else sizes),
        **options,
    )


@pytest.mark.parametrize("scale", [1.0, 1e9, 1e15])
def test_the_size_of_other_outputs_is_no_matter_in_an_order_of_samples(scale, rng):
    rows = rng.random((8, 3)) * [1.0, 1.0, scale]
    params = {"method": "projection", "sample_order": "increasing"}
    adjusted = adjust_predictions(rows, order=[[0, 1]], **params)
    assert_array_equal(
        adjusted[:, :2], adjust_predictions(rows[:, :2], order=[[0, 1]], **params)
    )
    assert_array_equal(adjusted[:, 2], adjust_predictions(rows[:, 2], **params))


def test_the_size_of_other_groups_is_no_matter():
    rows = [[3e-300, 1e-300], [2e-300, 1e-300], [1e300, 2e300], [3e300, 1e300]]
    adjusted = adjust_predictions(
        rows, method="projection", sample_order="increasing", groups=[0, 0, 1, 1]
    )
    assert_allclose(adjusted[:2], 1.75e-300, rtol=1e-9)
    assert_allclose(adjusted[2:], [[1e300, 2e300], [2e300, 2e300]], rtol=1e-12)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sample_order", ["increasing", "decreasing"])
@pytest.mark.parametrize("quick_cycles", [1, 300])
def test_both_orders_together_agree_with_a_solver(seed, sample_order, quick_cycles):
    # After one cycle hardly a group has settled: the others are solved exactly.
    rng = np.random.default_rng(seed)
    n_samples, n_outputs = rng.integers(2, 6, size=2)
    rows = rng.normal(size=(n_samples, n_outputs)).cumsum(axis=0)
    weight = rng.choice([0.1, 1.0, 5.0], n_outputs)
    place = np.arange(rows.size).reshape(rows.shape)
    across = np.column_stack([place[:, :-1].ravel(), place[:, 1:].ravel()])
    down = np.column_stack([place[:-1].ravel(), place[1:].ravel()])
    if sample_order == "decreasing":
        down = down[:, ::-1]

    adjusted = project(
        rows,
        lower=-1.0,
        upper=1.5,
        weight=weight / 10,
        descending=sample_order == "decreasing",
        quick_cycles=quick_cycles,
    )

    expected = closest(
        rows.ravel(),
        np.full(rows.size, -1.0),
        np.full(rows.size, 1.5),
        np.vstack([across, down]),
        np.tile(weight, n_samples),
    )
    assert_allclose(adjusted.ravel(), expected, atol=1e-9)


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
            method="projection",
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


def test_values_that_cancel_settle_at_once():
    """Agreement is asked relative to the predictions, not to their small means."""
    rows = np.array([[2.0**20, 1.0], [0.3, -(2.0**20)], [1.0, 0.3]])

    adjusted = project(rows, max_cycles=300, exact_size=0)

    expected = [[0.325, 0.325], [0.325, 0.325], [0.65, 0.65]]
    assert_allclose(adjusted, expected, atol=1e-9 * 2**20)


def test_groups_that_have_not_settled_when_cycles_run_out_are_reported():
    rows = np.random.default_rng(0).normal(size=(50, 4))

    with pytest.warns(ConvergenceWarning, match="after 3 cycles 1 groups"):
        projected = project(rows, max_cycles=3)

    assert (np.diff(projected, axis=0) >= 0).all()


def test_groups_solved_exactly_agree_with_those_that_settled():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 4))
    options = {
        "pairs": [(0, 1), (1, 2), (0, 3)],
        "lower": [-1.0, -1.0, -0.5, 0.0],
        "upper": 1.0,
        "weight": np.array([1.0, 2.0, 0.5, 3.0]) / 4,
        "descending": True,
        "sizes": [5] * 8,
    }

    exactly = project(rows, quick_cycles=0, **options)

    assert_allclose(exactly, project(rows, **options), atol=1e-9)


def test_momentum_is_restarted_where_it_points_uphill():
    """Without the restart this takes more than two hundred cycles."""
    rows = np.random.default_rng(1).normal(size=(60, 8))

    project(rows, max_cycles=100, exact_size=0)


@pytest.mark.parametrize("scale", [5e-324, 1e-318, 1e-300, 1.0, 1e280])
@pytest.mark.parametrize("other", [1e-320, 1.0, 1e305])
def test_a_group_is_the_same_beside_any_other_group(scale, other):
    rng = np.random.default_rng(0)
    rows = rng.integers(-9, 10, size=(6, 3)) * scale
    others = rng.integers(-9, 10, size=(4, 3)) * other
    options = {"pairs": [(0, 1), (0, 2)], "weight": np.array([0.25, 0.5, 0.125])}

    together = project(np.concatenate([rows, others]), sizes=[6, 4], **options)

    alone = project(rows, **options)
    assert together[:6].tobytes() == alone.tobytes()
    exactly = project(rows / scale, **options)
    assert_allclose(alone / scale, exactly, atol=0.5000001 if scale < 1e-310 else 1e-9)


def test_zeros_that_may_stay_keep_their_sign_where_both_orders_act():
    rows = np.array([[-0.0, 1.0], [0.0, 5.0], [-0.0, 3.0]])

    adjusted = adjust_predictions(
        rows, method="projection", lower=None, sample_order="increasing"
    )

    assert adjusted.tolist() == [[0.0, 1.0], [0.0, 4.0], [0.0, 4.0]]
    assert np.signbit(adjusted[:, 0]).tolist() == [True, False, True]


def test_zeros_keep_their_sign_in_outputs_outside_the_order():
    alone = np.array([0.0, -0.0, 0.0, -0.0, 0.0, -0.0, 0.0, -0.0, 5.0, 3.0])
    rows = np.column_stack([np.ones(10), np.zeros(10), alone])

    adjusted = project(rows, [(0, 1)], lower=0.0)

    assert adjusted[:, 2].tolist() == [0.0] * 8 + [4.0, 4.0]
    assert np.signbit(adjusted[:8, 2]).tolist() == [False, True] * 4


def test_the_smallest_numbers_stay_beside_the_largest():
    rows = np.array([[5e-324, 4e307], [1.5e-323, 2e307]])

    assert project(rows).tolist() == [[5e-324, 3e307], [1.5e-323, 3e307]]
