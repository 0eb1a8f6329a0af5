"""Metrics of quantiles of several targets."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from regressors import Echo

from sklstm.metrics import d2_pinball_score, make_quantile_scorer, mean_pinball_loss

LEVELS = (0.1, 0.5, 0.9)
METRICS = pytest.mark.parametrize("metric", [mean_pinball_loss, d2_pinball_score])


@pytest.fixture
def forecast():
    rng = np.random.default_rng(0)
    y_true = rng.gamma(2.0, size=(40, 2)) * [1, 100]
    y_pred = y_true[:, :, np.newaxis] + rng.normal(size=(40, 2, 3)) * [[[1], [50]]]
    return y_true, y_pred, rng.uniform(0.5, 2, size=40)


@METRICS
@pytest.mark.parametrize("is_flat", [False, True])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_each_target_has_its_own_value_for_each_level(
    forecast, metric, is_flat, is_weighted
):
    y_true, y_pred, weight = forecast
    options = {"quantiles": LEVELS, "sample_weight": weight if is_weighted else None}
    by_target = [
        metric(y_true[:, t], y_pred[:, t], multioutput="raw_values", **options)
        for t in range(2)
    ]
    if is_flat:
        y_pred = y_pred.reshape(40, 6)

    raw = metric(y_true, y_pred, multioutput="raw_values", **options)

    assert raw.shape == (2, 3)
    assert_allclose(raw, by_target)
    assert metric(y_true, y_pred, **options) == pytest.approx(np.mean(by_target))


@METRICS
def test_one_target_in_a_3d_array_keeps_its_axis(forecast, metric):
    y_true, y_pred, _ = forecast
    options = {"quantiles": LEVELS, "multioutput": "raw_values"}

    of_one = metric(y_true[:, 0], y_pred[:, :1], **options)

    assert_array_equal(of_one, [metric(y_true[:, 0], y_pred[:, 0], **options)])
    of_column = metric(y_true[:, :1], y_pred[:, 0], **options)
    assert_array_equal(of_column, of_one[0])


def test_a_scorer_compares_each_target_with_its_levels(forecast):
    y_true, y_pred, _ = forecast
    scorer = make_quantile_scorer(LEVELS)

    score = scorer(Echo(), y_pred.reshape(40, 6), y_true)

    assert score == -mean_pinball_loss(y_true, y_pred, quantiles=LEVELS)


@METRICS
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((40, 5), "each target of `y_true`; got 3 levels of 2 targets for 5 columns"),
        ((40, 3, 2), r"here \(n_samples, 2, 3\); got \(40, 3, 2\)"),
        ((0, 2, 3), r"got \(0, 2, 3\)"),
        ((39, 6), "inconsistent numbers of samples"),
    ],
)
def test_other_shapes_are_refused(forecast, metric, shape, message):
    with pytest.raises(ValueError, match=message):
        metric(forecast[0], np.zeros(shape), quantiles=LEVELS)
