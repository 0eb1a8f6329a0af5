"""MAPIE around PositiveOrderedRegressor.

MAPIE's intervals are predictions plus and minus a residual, so the predictions inside
obey the constraints and the intervals need not: they are adjusted afterwards.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import QuantileRegressor, Ridge
from sklearn.model_selection import KFold
from test_interop.checks import assert_obeys_and_covers_no_less, obeys

from sklstm import PositiveOrderedRegressor, adjust_predictions

# Its own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def rain(rng):
    """X and y of training, calibration and test: rain that is often 0."""
    X = rng.normal(size=(300, 2))
    y = np.maximum(X[:, 0] + rng.normal(size=300), 0)
    return [(X[rows], y[rows]) for rows in np.split(np.arange(300), [100, 200])]


def assert_intervals_can_be_adjusted(y, points, intervals):
    """Assert that points obey, and that intervals do so once adjusted."""
    fan = np.column_stack([intervals[:, 0, 0], points, intervals[:, 1, 0]])
    assert (fan < 0).any()
    assert obeys(points)
    assert_obeys_and_covers_no_less(y, fan, adjust_predictions(fan, lower=0))


@pytest.mark.interop("around", "mapie", "SplitConformalRegressor")
def test_split_intervals_are_predictions_and_a_quantile_of_their_errors(rain):
    regression = pytest.importorskip("mapie.regression")
    train, (X_calibrate, y_calibrate), (X, y) = rain
    model = PositiveOrderedRegressor(Ridge())
    conformal = regression.SplitConformalRegressor(
        model, confidence_level=0.8, prefit=False
    )
    conformal.fit(*train).conformalize(X_calibrate, y_calibrate)
    points, intervals = conformal.predict_interval(X)

    model.fit(*train)
    errors = np.sort(np.abs(y_calibrate - model.predict(X_calibrate)))
    assert_array_equal(points, model.predict(X))
    assert_allclose(intervals[:, 1, 0], points + errors[int(np.ceil(101 * 0.8)) - 1])
    assert_intervals_can_be_adjusted(y, points, intervals)


@pytest.mark.interop("around", "mapie", "CrossConformalRegressor")
def test_cross_conformal_intervals_are_around_the_mean_of_all_folds(rain):
    regression = pytest.importorskip("mapie.regression")
    (X_train, y_train), _, (X, y) = rain
    model = PositiveOrderedRegressor(Ridge())
    folds = KFold(4)
    conformal = regression.CrossConformalRegressor(
        model, confidence_level=0.8, cv=folds
    )
    points, intervals = conformal.fit_conformalize(X_train, y_train).predict_interval(X)
    of_folds = [
        model.fit(X_train[rows], y_train[rows]).predict(X)
        for rows, _ in folds.split(X_train)
    ]
    assert_allclose(points, np.mean(of_folds, axis=0))
    assert_intervals_can_be_adjusted(y, points, intervals)


@pytest.mark.interop("around", "mapie", "JackknifeAfterBootstrapRegressor")
def test_bootstrapped_intervals_are_around_predictions_that_obey(rain):
    regression = pytest.importorskip("mapie.regression")
    train, _, (X, y) = rain
    conformal = regression.JackknifeAfterBootstrapRegressor(
        PositiveOrderedRegressor(Ridge()),
        confidence_level=0.8,
        resampling=30,
        random_state=0,
    )
    points, intervals = conformal.fit_conformalize(*train).predict_interval(X)
    assert_intervals_can_be_adjusted(y, points, intervals)


@pytest.mark.interop("around", "mapie", "ConformalizedQuantileRegressor, prefit")
def test_conformalized_quantiles_take_fitted_quantiles_that_obey(rain):
    regression = pytest.importorskip("mapie.regression")
    train, calibration, (X, y) = rain
    lower, upper, median = (
        PositiveOrderedRegressor(
            QuantileRegressor(quantile=level, alpha=0), target_check="ignore"
        ).fit(*train)
        for level in (0.1, 0.9, 0.5)
    )
    conformal = regression.ConformalizedQuantileRegressor(
        [lower, upper, median], confidence_level=0.8, prefit=True
    )
    points, intervals = conformal.conformalize(*calibration).predict_interval(X)
    assert_array_equal(points, median.predict(X))
    for model, end in zip((lower, upper), intervals[:, :, 0].T, strict=True):
        shift = end - model.predict(X)
        assert_allclose(shift, shift[0])
    assert_intervals_can_be_adjusted(y, points, intervals)
