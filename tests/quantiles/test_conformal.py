"""The maths of conformal calibration, against definitions and exact guarantees."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from sklstm import adjust_predictions
from sklstm._quantiles import conformal
from sklstm._quantiles.conformal import (
    conformal_offsets,
    cross_conformal,
    is_upper,
    least_weight,
    order_outwards,
    rearranged,
    residuals_of,
)

LEVELS = (0.1, 0.3, 0.5, 0.8)
N = 12  # enough rows for each of these levels

# Few different values, so that there are ties, and values that sums must round.
VALUES = st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.7, 3.3, 1e-9, 1e6 + 0.1])
TARGETS = arrays(np.float64, N + 1, elements=VALUES)
DTYPES = st.sampled_from([np.float32, np.float64])


def predictions(n_rows=N + 1):
    signed = st.tuples(VALUES, st.booleans()).map(lambda v: v[0] * (-1) ** v[1])
    shape = (n_rows, len(LEVELS))
    return arrays(np.float64, shape, elements=signed)


def covered(y, quantiles, levels=LEVELS):
    """Return for each row and level whether the target is on the promised side."""
    upper = np.array([is_upper(level) for level in levels])
    y = y[:, np.newaxis]
    return np.where(upper, y <= quantiles, y >= quantiles)


NOMINAL = np.array([max(level, 1 - level) for level in LEVELS])


@given(TARGETS, predictions(), DTYPES)
def test_each_level_is_covered_in_the_mean_over_which_row_is_new(y, predicted, dtype):
    """What split conformal promises, exactly: no distribution and no tolerance.

    Exchangeable rows are equally likely to be the new one. The bounds and the order are
    restored afterwards, for a target that obeys.
    """
    predicted = predicted.astype(dtype)
    residuals = residuals_of(y, predicted, LEVELS)
    offsets = [
        conformal_offsets(np.delete(residuals, new, axis=0), LEVELS)
        for new in range(N + 1)
    ]
    shifted = predicted + np.array(offsets)
    in_order = order_outwards(shifted, LEVELS)
    above = np.nextafter(y.max().astype(dtype), dtype(np.inf))  # y.max() is rounded
    in_bounds = adjust_predictions(in_order, lower=0.0, upper=float(above))
    assert in_bounds.dtype == shifted.dtype == dtype
    for quantiles in (shifted, in_order, in_bounds):
        assert (covered(y, quantiles).mean(axis=0) >= NOMINAL - 1e-12).all()


def test_sorting_takes_coverage_from_a_level_and_moving_outwards_does_not():
    """Why the order is not restored by sorting."""
    levels, y = (0.8, 0.9), np.array([5.0] * 10)
    # Level 0.8 covers in 8 of 10 rows, level 0.9 in the others and in 7 of these.
    quantiles = np.array([[9.0, 9.0]] * 7 + [[9.0, 0.0]] + [[0.0, 9.0]] * 2)
    assert_allclose(covered(y, quantiles, levels).mean(axis=0), [0.8, 0.9])
    in_order = np.sort(quantiles, axis=1)
    assert_allclose(covered(y, in_order, levels).mean(axis=0), [0.7, 1.0])
    in_order = order_outwards(quantiles, levels)
    assert_allclose(covered(y, in_order, levels).mean(axis=0), [0.8, 1.0])


@given(TARGETS, predictions(), DTYPES)
def test_a_residual_brings_its_own_prediction_to_the_target(y, predicted, dtype):
    predicted = predicted.astype(dtype)
    residuals = residuals_of(y, predicted, LEVELS)
    assert residuals.dtype == dtype
    assert covered(y, predicted + residuals).all()
    size = np.maximum(np.abs(y)[:, np.newaxis], np.abs(predicted)).astype(dtype)
    plain = y[:, np.newaxis] - predicted
    assert (np.abs(residuals - plain) <= 6 * np.spacing(size)).all()


def test_plain_residuals_would_miss_targets_that_many_rows_have():
    y, predicted = np.full(9, 0.9), np.full((9, 1), 0.2)
    assert (predicted[:, 0] + (y - predicted[:, 0]) < y).all()
    shifted = predicted + conformal_offsets(residuals_of(y, predicted, (0.9,)), (0.9,))
    assert (shifted[:, 0] >= y).all()


def rank_by_definition(level, n_samples):
    exact = (n_samples + 1) * Fraction(str(level))
    return ceil(exact) if level >= 0.5 else floor(exact)


@pytest.mark.parametrize("n_samples", [9, 10, 19, 99, 100, 999])
def test_offsets_are_the_residuals_of_the_rank_in_the_paper(rng, n_samples):
    levels = (0.1, 0.25, 0.29, 0.3, 0.5, 0.57, 0.7, 0.9)
    residuals = rng.permuted(
        np.arange(1.0, n_samples + 1)[:, np.newaxis].repeat(len(levels), 1), axis=0
    )
    expected = [rank_by_definition(level, n_samples) for level in levels]
    assert_array_equal(conformal_offsets(residuals, levels), expected)
    ones = np.ones(n_samples)
    assert_array_equal(conformal_offsets(residuals, levels, ones), expected)


@pytest.mark.parametrize(
    ("level", "least"), [(0.9, 9), (0.1, 9), (0.95, 19), (0.99, 99), (0.5, 1)]
)
def test_the_least_number_of_rows_is_the_first_with_a_finite_quantile(level, least):
    assert least_weight(level) == least
    assert 1 <= rank_by_definition(level, least) <= least
    assert not 1 <= rank_by_definition(level, least - 1) <= least - 1
    residuals = np.arange(float(least))[:, np.newaxis]
    edge = residuals.max() if level >= 0.5 else residuals.min()
    for weight in (None, np.ones(least)):
        assert conformal_offsets(residuals, (level,), weight) == edge


@given(arrays(np.int64, N, elements=st.integers(0, 3)), predictions(N))
def test_a_weight_counts_as_that_many_rows(weight, residuals):
    levels = (0.4, 0.5, 0.6)
    if weight.sum() < 2:
        return
    residuals, weights = residuals[:, :3], weight.astype(np.float64)
    repeated = np.repeat(residuals, weight, axis=0)
    expected = conformal_offsets(repeated, levels)
    assert_array_equal(conformal_offsets(residuals, levels, weights), expected)
    folds = np.arange(N) % 2
    predicted = residuals[None, :4] + np.arange(2.0)[:, None, None]
    assert_array_equal(
        cross_conformal(predicted, residuals, folds, levels, weights),
        cross_conformal(predicted, repeated, np.repeat(folds, weight), levels),
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_cross_conformal_is_cv_plus(rng, monkeypatch, weighted):
    predicted = rng.normal(size=(3, 5, len(LEVELS)))
    residuals = rng.normal(size=(30, len(LEVELS)))
    folds = rng.integers(3, size=30)
    weight = np.ones(30) if weighted else None
    expected = np.empty((5, len(LEVELS)))
    for i in range(5):
        for j, level in enumerate(LEVELS):
            sums = [
                predicted[f, i, j] + r
                for f, r in zip(folds, residuals[:, j], strict=True)
            ]
            expected[i, j] = sorted(sums)[rank_by_definition(level, 30) - 1]
    arguments = residuals, folds, LEVELS, weight
    together = cross_conformal(predicted, *arguments)
    assert_array_equal(together, expected)
    monkeypatch.setattr(conformal, "_CHUNK", 60)
    assert_array_equal(cross_conformal(predicted, *arguments), together)
    assert_array_equal(cross_conformal(predicted[:, 3:4], *arguments), together[3:4])


def test_cross_conformal_with_the_same_regressor_in_each_fold_is_split_conformal(rng):
    predicted, residuals = rng.normal(size=(1, 5, 4)), rng.normal(size=(30, 4))
    crossed = cross_conformal(
        np.repeat(predicted, 3, axis=0), residuals, np.arange(30) % 3, LEVELS
    )
    assert_array_equal(crossed, predicted[0] + conformal_offsets(residuals, LEVELS))


@given(predictions(), st.permutations(range(len(LEVELS))))
def test_order_outwards_rises_and_moves_each_level_away_from_the_centre(values, places):
    ordered = order_outwards(values, LEVELS)
    assert (np.diff(ordered) >= 0).all()
    is_lower = np.array(LEVELS) < 0.5
    assert (ordered[:, is_lower] <= values[:, is_lower]).all()
    assert (ordered[:, ~is_lower] >= values[:, ~is_lower]).all()
    rising = (np.diff(values) >= 0).all(axis=1)
    assert_array_equal(ordered[rising], values[rising])
    assert_array_equal(order_outwards(ordered, LEVELS), ordered)
    assert_array_equal(order_outwards(values[:1], LEVELS), ordered[:1])
    turned = tuple(LEVELS[place] for place in places)
    assert_array_equal(order_outwards(values[:, places], turned), ordered[:, places])


@given(predictions(), st.permutations(range(len(LEVELS))))
def test_rearranged_values_rise_with_the_levels(values, places):
    turned = tuple(LEVELS[place] for place in places)
    expected = np.sort(values, axis=1)[:, places]
    assert_array_equal(rearranged(values, turned), expected)


def test_order_outwards_of_one_side_only():
    values = np.array([[3.0, 1.0, 2.0]])
    assert_array_equal(order_outwards(values, (0.6, 0.7, 0.8)), [[3, 3, 3]])
    assert_array_equal(order_outwards(values, (0.1, 0.2, 0.3)), [[1, 1, 2]])
