"""Heads: what they promise holds for any raw output, and they start near the target."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from recurrent.networks import tiny

from sklstm._recurrent.heads import (
    HEADS,
    apply_head,
    inverse_softplus,
    softplus,
    start_of_head,
)
from sklstm._recurrent.scaling import target_scale
from sklstm.exceptions import ConstraintWarning

raw_outputs = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(-(2.0**100), 2.0**100, width=32),
)
positive_heads = [head for head in HEADS if "positive" in head]
ordered_heads = [head for head in HEADS if "ordered" in head]


def in_target_units(raw, head, y):
    offset, scale = target_scale(y, head)
    return apply_head(raw.astype(np.float64), head) * scale + offset


@pytest.mark.parametrize("head", positive_heads)
@given(raw=raw_outputs, unit=st.floats(1e-3, 1e6))
def test_a_positive_head_is_never_negative_in_the_units_of_the_target(head, raw, unit):
    y = unit * np.arange(3.0 * raw.shape[1]).reshape(3, -1)

    assert np.all(in_target_units(raw, head, y) >= 0)


@pytest.mark.parametrize("head", ordered_heads)
@given(raw=raw_outputs, unit=st.floats(1e-3, 1e6), shift=st.floats(-1e6, 1e6))
def test_an_ordered_head_is_ordered_in_the_units_of_the_target(head, raw, unit, shift):
    y = shift + unit * np.arange(3.0 * raw.shape[1]).reshape(3, -1)

    assert np.all(np.diff(in_target_units(raw, head, y), axis=1) >= 0)


@pytest.mark.parametrize("head", HEADS)
def test_a_head_keeps_single_outputs_and_empty_arrays_in_shape(head):
    assert apply_head(np.zeros((0, 3)), head).shape == (0, 3)
    assert apply_head(np.zeros((4, 1)), head).shape == (4, 1)


@given(st.floats(1e-300, 1e300))
def test_inverse_softplus_undoes_softplus(value):
    assert softplus(inverse_softplus(np.array(value))) == pytest.approx(value)


@pytest.mark.parametrize("head", HEADS)
def test_a_reachable_start_is_where_the_outputs_start(head):
    location = np.array([0.5, 1.5, 1.75])

    outputs = apply_head(start_of_head(location, head)[np.newaxis], head)[0]

    np.testing.assert_allclose(outputs, location)


@pytest.mark.parametrize("head", HEADS)
@given(hnp.arrays(np.float64, st.integers(1, 5), elements=st.floats(-10, 10, width=16)))
def test_every_unit_starts_with_a_gradient(head, location):
    start = start_of_head(location, head)

    step = 1e-4
    moved = apply_head(start + step * np.eye(len(start)), head)
    slopes = (moved - apply_head(start[np.newaxis], head)) / step
    assert np.all(np.abs(slopes).max(axis=1) > 0.05)


def test_a_positive_head_scales_and_does_not_shift():
    y = np.array([[100.0, 1.0], [102.0, 3.0]])

    offset, scale = target_scale(y, "positive")

    np.testing.assert_array_equal(offset, [0.0, 0.0])
    np.testing.assert_allclose(scale, [1.0, 1.0])


def test_an_ordered_head_shares_one_scale():
    y = np.array([[0.0, 10.0], [1.0, 30.0]])

    offset, scale = target_scale(y, "ordered")

    assert offset[0] == offset[1] == y.mean()
    assert scale[0] == scale[1] == pytest.approx(y.std())


@pytest.mark.parametrize("value", [0.0, 0.1, -1e12, 1e-9])
def test_a_constant_target_is_scaled_by_its_own_size(value):
    _, scale = target_scale(np.full((7, 1), value), "linear")

    assert scale[0] == pytest.approx(abs(value) or 1.0)


def test_a_target_of_zeros_is_scaled_as_the_smallest_of_the_others():
    y = np.array([[0.0, 2e-6, 5.0], [0.0, 4e-6, 9.0]])

    _, scale = target_scale(y, "linear")

    np.testing.assert_allclose(scale, [1e-6, 1e-6, 2.0])


@pytest.mark.parametrize("head", HEADS)
def test_the_scale_of_huge_targets_does_not_overflow(head):
    _, scale = target_scale(np.array([[1e300], [3e300]]), head)

    assert scale[0] == pytest.approx(1e300)


def test_the_scale_of_a_repeated_row_is_that_of_its_weight():
    y = np.array([[1.0], [4.0], [4.0]])

    repeated = target_scale(y, "linear")
    weighted = target_scale(y[:2], "linear", sample_weight=np.array([1.0, 2.0]))

    np.testing.assert_allclose(weighted, repeated)


FAR = st.floats(-1e300, 1e300, allow_nan=False)


@pytest.fixture(scope="module")
def headed(sequences):
    """A barely and a well trained network for each head."""
    X, y = sequences
    y = np.c_[np.exp(y), np.exp(y) + 1, np.exp(y) + 1.5]
    return {
        (head, epochs): tiny(head=head, epochs=epochs, learning_rate=0.02).fit(X, y)
        for head in ("positive", "ordered", "positive_ordered")
        for epochs in (1, 30)
    }


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(FAR, min_size=12, max_size=12))
def test_heads_keep_their_promise_far_outside_the_training_range(headed, row):
    X = np.reshape(row, (1, 6, 2))
    for (head, _), regressor in headed.items():
        predicted = regressor.predict(X)
        assert np.all(np.isfinite(predicted))
        if "positive" in head:
            assert np.all(predicted >= 0)
        if "ordered" in head:
            assert np.all(np.diff(predicted) >= 0)


@pytest.mark.parametrize("head", ["linear", "positive", "ordered", "positive_ordered"])
@pytest.mark.parametrize("quantiles", [None, (0.1, 0.5, 0.9)])
def test_training_starts_near_the_target(sequences, head, quantiles):
    X, y = sequences
    y = 500 + 20 * y
    regressor = tiny(head=head, quantiles=quantiles, epochs=1, learning_rate=1e-9)

    predicted = regressor.fit(X, y).predict(X).mean(axis=0)

    expected = y.mean() if quantiles is None else np.quantile(y, quantiles)
    np.testing.assert_allclose(predicted, expected, atol=1.0 * y.std())


def test_a_target_out_of_reach_of_the_head_warns(sequences):
    X, y = sequences

    with pytest.warns(ConstraintWarning, match=r"LSTMRegressor: \d+% .* are negative"):
        tiny(head="positive").fit(X, y)
    with pytest.warns(ConstraintWarning, match=r"100% .* targets are .*out of order"):
        tiny(head="ordered").fit(X, np.c_[y, y - 1])
