"""adjust_predictions of several targets, of which each has several quantiles."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklstm import adjust_predictions

SHAPE = (7, 3, 4)  # rows, targets, quantiles


@pytest.fixture
def raw():
    return np.random.default_rng(0).normal(size=SHAPE)


def each_target(raw, **declared):
    """Adjust target by target; a function of the target gives what differs."""
    return np.stack(
        [
            adjust_predictions(
                raw[:, target],
                **{k: v(target) if callable(v) else v for k, v in declared.items()},
            )
            for target in range(raw.shape[1])
        ],
        axis=1,
    )


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"order": "decreasing", "method": "projection", "output_weight": [1, 2, 3, 1]},
        {"order": ["y[0] + 0.5 <= y[3]"], "lower": {0: -1.0, 2: np.arange(7.0) - 3}},
        {"order": None, "rules": ["y[0] + y[1] == y[3]"], "lower": None},
        {"method": "cummax", "lower": -0.5, "upper": [0.5, 0.5, 1, 1]},
        {
            "sample_order": "increasing",
            "groups": list("aabbbba"),
            "order_by": [3, 1, 2, 6, 5, 4, 0],
        },
    ],
)
def test_each_target_is_adjusted_as_if_it_were_alone(raw, declared):
    before = raw.copy()

    adjusted = adjust_predictions(raw, **declared)

    assert_array_equal(adjusted, each_target(raw, **declared))
    assert_array_equal(raw, before)
    assert_array_equal(adjust_predictions(adjusted, **declared), adjusted)


@pytest.mark.parametrize(
    "shape", [(1, 3, 1), (1, 3, 4), (7, 1, 1), (7, 3, 1), (7, 1, 4), (7, 3, 4)]
)
def test_bounds_broadcast_to_rows_targets_and_quantiles(raw, shape):
    rng = np.random.default_rng(1)
    lower = np.sort(rng.normal(size=shape) - 1.0, axis=-1)
    upper = lower + rng.uniform(0.5, 1.0, size=(*shape[:2], 1))

    adjusted = adjust_predictions(raw, lower=lower, upper=upper)

    lower, upper = np.broadcast_to(lower, SHAPE), np.broadcast_to(upper, SHAPE)
    expected = each_target(
        raw, lower=lambda t: lower[:, t], upper=lambda t: upper[:, t]
    )
    assert_array_equal(adjusted, expected)
    assert (adjusted >= lower).all()
    assert (adjusted <= upper).all()


def test_a_single_row_and_a_single_quantile_keep_their_axes():
    lower = [[[0.0], [1.0]]]

    assert_array_equal(adjust_predictions(np.zeros((1, 2, 1)), lower=lower), lower)
    assert adjust_predictions(np.zeros((0, 2, 3)), lower=lower).shape == (0, 2, 3)


def test_the_dtype_is_kept_and_lists_become_float64(raw):
    lower = np.full((1, 3, 1), 0.1)  # no number of float32
    adjusted = adjust_predictions(raw.astype(np.float32), lower=lower)

    assert adjusted.dtype == np.float32
    assert adjusted.astype(np.float64).min() >= 0.1
    assert adjust_predictions([[[2, 1]]]).tolist() == [[[1.0, 2.0]]]
    assert adjust_predictions([[[2, 1]]]).dtype == np.float64
    masked = np.ma.masked_array(raw)
    assert isinstance(adjust_predictions(masked), np.ma.MaskedArray)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"lower": [[[0]] * 3], "upper": [[[1], [-1], [1]]]}, "target 1: `lower` must"),
        ({"upper": np.full((7, 3, 1), -1.0)}, "target 0: bounds cross in 7 of 7 rows"),
        ({"lower": [[[0], [np.nan], [0]]]}, "target 1: `lower` .* nan for quantile 0"),
        ({"lower": 2, "upper": 1}, "^adjust_predictions: `lower` must not exceed"),
        ({"order": "up"}, "^adjust_predictions: `order` must"),
        ({"upper": [1, 2]}, r"of the 4 quantiles, or a 3-D array.* \(1, 3, 1\)"),
        ({"upper": np.ones((7, 4))}, r"got shape \(7, 4\)"),
        ({"upper": np.ones((7, 2, 4))}, r"got shape \(7, 2, 4\)"),
    ],
)
def test_wrong_declarations_name_the_target_that_they_are_about(raw, declared, message):
    with pytest.raises(ValueError, match=message) as refusal:
        adjust_predictions(raw, **declared)
    assert str(refusal.value).startswith("adjust_predictions: ")
