"""Pipelines and model selection."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_interop.checks import obeys

from sklstm import PositiveOrderedRegressor


@pytest.mark.interop("around", "scikit-learn", "Pipeline")
def test_inside_and_around_a_pipeline(daily_range):
    X, y = daily_range
    inside = make_pipeline(StandardScaler(), PositiveOrderedRegressor(Ridge()))
    around = PositiveOrderedRegressor(make_pipeline(StandardScaler(), Ridge()))
    predictions = inside.fit(X, y).predict(3 * X)
    assert not obeys(around.fit(X, y).predict_raw(3 * X))
    assert obeys(predictions)
    assert_allclose(around.predict(3 * X), predictions)


@pytest.mark.interop("around", "scikit-learn", "GridSearchCV")
def test_grid_search_over_its_own_parameters_and_those_of_the_regressor(daily_range):
    X, y = daily_range
    grid = {
        "regressor__alpha": [0.1, 1e6],
        "order": ["increasing", [[0, 1]], None],
        "method": ["sort", "projection"],
    }
    search = GridSearchCV(PositiveOrderedRegressor(Ridge()), grid, cv=3).fit(X, y)
    assert search.best_params_["regressor__alpha"] == 0.1
    assert search.best_params_["order"] is not None
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_grid_search_over_regressors(daily_range):
    X, y = daily_range
    grid = {"regressor": [KNeighborsRegressor(50), LinearRegression()]}
    search = GridSearchCV(PositiveOrderedRegressor(), grid, cv=3).fit(X, y)
    assert search.best_params_["regressor"] is grid["regressor"][1]


@pytest.mark.interop("inside", "scikit-learn", "GridSearchCV")
def test_a_search_inside(daily_range):
    X, y = daily_range
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1e6]}, cv=3)
    model = PositiveOrderedRegressor(search).fit(X, y)
    assert model.regressor_.best_params_ == {"alpha": 0.1}
    assert obeys(model.predict(3 * X))


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.interop("around", "scikit-learn", "cross_val_score, TimeSeriesSplit")
def test_cross_validation_in_order_of_time(daily_range, n_jobs):
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge())
    cv = TimeSeriesSplit(3)
    scores = cross_val_score(model, X, y, cv=cv, n_jobs=n_jobs)
    for score, (train, test) in zip(scores, cv.split(X), strict=True):
        assert score == clone(model).fit(X[train], y[train]).score(X[test], y[test])


@pytest.mark.interop("around", "scikit-learn", "cross_val_predict")
def test_cross_val_predict_obeys_and_keeps_rows(daily_range):
    X, y = daily_range
    predictions = cross_val_predict(PositiveOrderedRegressor(Ridge()), X, y, cv=4)
    assert obeys(predictions)
    raw = cross_val_predict(Ridge(), X, y, cv=4)
    assert_array_equal(predictions, np.sort(np.maximum(raw, 0), axis=1))
