"""Quantiles and intervals of other libraries, with the constraints outermost.

The recipes of docs/guide/quantiles.rst, where these libraries are installed.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import LinearRegression
from sklearn.utils import get_tags
from test_interop.checks import assert_obeys_and_covers_no_less

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    adjust_predictions,
)

LEVELS = (0.1, 0.5, 0.9)

# Their own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def rain(rng):
    """X and y of training, calibration and test: rain that is often 0."""
    X = rng.normal(size=(500, 2))
    y = np.maximum(X[:, 0] + rng.normal(size=500), 0)
    return [(X[rows], y[rows]) for rows in np.split(np.arange(500), [200, 300])]


class PredictsQuantiles(RegressorMixin, BaseEstimator):
    """Quantiles of a regressor whose predictions are distributions, as of the guide."""

    def __init__(self, regressor, quantiles=LEVELS):
        self.regressor = regressor
        self.quantiles = quantiles

    def fit(self, X, y):
        self.regressor_ = clone(self.regressor).fit(X, y)
        return self

    def predict(self, X):
        predicted = self.regressor_.pred_dist(X)
        return np.column_stack([predicted.ppf(level) for level in self.quantiles])


@pytest.mark.interop("around", "mapie", "adjusted SplitConformalRegressor")
def test_intervals_of_mapie_are_put_in_order_and_bounds(rain):
    regression = pytest.importorskip("mapie.regression")
    train, calibration, (X, y) = rain
    model = regression.SplitConformalRegressor(
        LinearRegression(), confidence_level=0.8, prefit=False
    )
    model.fit(*train).conformalize(*calibration)
    points, intervals = model.predict_interval(X)
    fan = np.column_stack([intervals[:, 0, 0], points, intervals[:, 1, 0]])
    assert (fan < 0).any()
    assert_obeys_and_covers_no_less(y, fan, adjust_predictions(fan, lower=0))


def test_our_calibration_of_a_point_regressor_is_no_wider_than_that_of_mapie(rain):
    regression = pytest.importorskip("mapie.regression")
    train, calibration, (X, _) = rain
    theirs = regression.SplitConformalRegressor(
        LinearRegression(), confidence_level=0.8, prefit=False
    )
    _, intervals = theirs.fit(*train).conformalize(*calibration).predict_interval(X)
    both = [np.concatenate(each) for each in zip(train, calibration, strict=True)]
    ours = CalibratedQuantileRegressor(
        LinearRegression(), (0.1, 0.9), calibration_fraction=1 / 3
    ).fit(*both)
    assert ours.n_calibration_ == 100
    width = np.diff(PositiveOrderedRegressor(ours).fit(*both).predict(X)).mean()
    assert width < np.diff(intervals[:, :, 0]).mean()


@pytest.mark.interop("inside", "quantile-forest", "RandomForestQuantileRegressor")
def test_quantile_forests_are_calibrated_and_bounded(rain):
    forests = pytest.importorskip("quantile_forest")
    train, _, (X, y) = rain
    forest = forests.RandomForestQuantileRegressor(
        20, default_quantiles=list(LEVELS), random_state=0
    )
    for cv in (None, 3):
        calibrated = CalibratedQuantileRegressor(forest, cv=cv)
        model = PositiveOrderedRegressor(calibrated).fit(*train)
        assert_obeys_and_covers_no_less(y, model.predict_raw(X), model.predict(X))
        assert calibrated.fit(*train).quantiles_ == LEVELS
        assert 0 < model.score(X, y) < 1


@pytest.mark.interop("inside", "ngboost", "NGBRegressor")
def test_distributions_of_ngboost_are_calibrated_and_bounded(rain):
    ngboost = pytest.importorskip("ngboost")
    train, _, (X, y) = rain
    boosting = ngboost.NGBRegressor(n_estimators=100, verbose=False, random_state=0)
    model = PositiveOrderedRegressor(
        CalibratedQuantileRegressor(PredictsQuantiles(boosting))
    ).fit(*train)
    assert_obeys_and_covers_no_less(y, model.predict_raw(X), model.predict(X))
    assert 0 < model.score(X, y) < 1


@pytest.mark.interop("around", "skpro", "adjusted ResidualDouble")
def test_quantiles_of_skpro_are_put_in_order_and_bounds(rain):
    residual = pytest.importorskip("skpro.regression.residual")
    (X_train, y_train), _, (X, y) = rain
    model = residual.ResidualDouble(LinearRegression())
    model.fit(pd.DataFrame(X_train), pd.DataFrame({"rain": y_train}))
    fan = model.predict_quantiles(pd.DataFrame(X), alpha=list(LEVELS))
    adjusted = adjust_predictions(fan, lower=0)
    assert_obeys_and_covers_no_less(y, fan.to_numpy(), adjusted.to_numpy())
    assert fan.to_numpy().min() < 0
    assert adjusted.columns.equals(fan.columns)


@pytest.mark.interop("around", "sktime", "adjusted quantile forecasts")
def test_quantiles_of_sktime_are_put_in_order_and_bounds(rain):
    forecasting = pytest.importorskip("sktime.forecasting.naive")
    y = pd.Series(
        rain[0][1], index=pd.period_range("2024-01-01", periods=200, freq="D")
    )
    forecaster = forecasting.NaiveForecaster(strategy="mean").fit(y, fh=[1, 2, 3])
    fan = forecaster.predict_quantiles(alpha=list(LEVELS))
    adjusted = adjust_predictions(fan, lower=0)
    assert fan.to_numpy().min() < 0
    assert adjusted.to_numpy().min() == 0
    assert adjusted.index.equals(fan.index)
    assert_array_equal(adjusted.iloc[:, 1:], fan.iloc[:, 1:])


@pytest.mark.interop("inside", "lightgbm", "LGBMRegressor, calibrated")
def test_lightgbm_is_calibrated_ordered_and_bounded_with_its_weights(rain, rng):
    lightgbm = pytest.importorskip("lightgbm")
    (X_train, y_train), _, (X, y) = rain
    trees = lightgbm.LGBMRegressor(
        objective="quantile", n_estimators=30, verbose=-1, n_jobs=1
    )
    fan = MultiQuantileRegressor(trees, LEVELS)
    weight = rng.integers(1, 3, size=200)
    for cv in (None, 3):
        calibrated = CalibratedQuantileRegressor(fan, cv=cv)
        model = PositiveOrderedRegressor(calibrated)
        model.fit(X_train, y_train, sample_weight=weight)
        assert_obeys_and_covers_no_less(y, model.predict_raw(X), model.predict(X))
        assert get_tags(model).input_tags.allow_nan
        assert 0 < model.score(X, y) < 1
