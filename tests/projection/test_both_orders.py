"""Orders of outputs and of samples together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from projection.solver import closest
from sklearn.exceptions import ConvergenceWarning

from sklstm import adjust_predictions


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
def test_both_orders_together_agree_with_a_solver(
    seed, sample_order, quick_cycles, monkeypatch
):
    # After one cycle hardly a group has settled: the others are solved exactly.
    monkeypatch.setattr("sklstm._projection.both._QUICK_CYCLES", quick_cycles)
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
        method="projection",
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


def test_values_that_cancel_settle_at_once(monkeypatch):
    """Agreement is asked relative to the predictions, not to their small means."""
    monkeypatch.setattr("sklstm._projection.both._MAX_CYCLES", 300)
    monkeypatch.setattr("sklstm._projection.both._EXACT_SIZE", 0)
    rows = np.array([[2.0**20, 1.0], [0.3, -(2.0**20)], [1.0, 0.3]])

    adjusted = adjust_predictions(
        rows, lower=None, method="projection", sample_order="increasing"
    )

    expected = [[0.325, 0.325], [0.325, 0.325], [0.65, 0.65]]
    assert_allclose(adjusted, expected, atol=1e-9 * 2**20)


def test_both_orders_hold_even_where_cycles_run_out(monkeypatch):
    monkeypatch.setattr("sklstm._projection.both._MAX_CYCLES", 3)
    rows = np.random.default_rng(0).normal(size=(50, 4))

    with pytest.warns(ConvergenceWarning, match="after 3 cycles 1 groups"):
        adjusted = adjust_predictions(
            rows, lower=None, method="projection", sample_order="increasing"
        )

    assert (np.diff(adjusted, axis=0) >= 0).all()
    assert (np.diff(adjusted, axis=1) >= 0).all()


def test_groups_solved_exactly_agree_with_those_that_settled(monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 4))
    options = {
        "lower": [-1.0, -np.inf, -0.5, 0.0],
        "upper": 1.0,
        "order": [[0, 1, 2], [0, 3]],
        "method": "projection",
        "output_weight": [1.0, 2.0, 0.5, 3.0],
        "sample_order": "decreasing",
        "groups": np.repeat(np.arange(8), 5),
    }
    settled = adjust_predictions(rows, **options)
    monkeypatch.setattr("sklstm._projection.both._QUICK_CYCLES", 0)

    assert_allclose(adjust_predictions(rows, **options), settled, atol=1e-9)
