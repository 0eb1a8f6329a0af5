"""Quantiles of regressors of other libraries."""

import numpy as np
import pytest
from regressors import QuantileFan
from sklearn.ensemble import HistGradientBoostingRegressor
from test_interop.checks import obeys

from sklstm import PositiveOrderedRegressor


def test_quantiles_of_separate_models_never_cross(rng):
    from sklstm.metrics import d2_pinball_score

    X = rng.uniform(size=(150, 2))
    y = rng.exponential(X[:, 0])
    levels = (0.4, 0.45, 0.5, 0.55)
    boosting = HistGradientBoostingRegressor(loss="quantile", max_iter=30)
    model = PositiveOrderedRegressor(QuantileFan(boosting, levels)).fit(X, y)
    X_new = rng.uniform(size=(150, 2))
    assert (np.diff(model.predict_raw(X_new)) < 0).any()
    assert obeys(model.predict(X_new))
    adjusted = model.score(X, y)
    assert adjusted == d2_pinball_score(y, model.predict(X), quantiles=levels)
    assert adjusted >= d2_pinball_score(y, model.predict_raw(X), quantiles=levels)


@pytest.mark.interop("inside", "xgboost-cpu", "XGBRegressor, several quantiles")
def test_xgboost_quantiles_never_cross(rng):
    xgboost = pytest.importorskip("xgboost")
    X = rng.uniform(size=(150, 2))
    y = rng.exponential(X[:, 0])
    regressor = xgboost.XGBRegressor(
        objective="reg:quantileerror", quantile_alpha=[0.4, 0.5, 0.6], n_estimators=30
    )
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    X_new = rng.uniform(size=(150, 2))
    assert model.n_outputs_ == 3
    assert model.predict(X_new).dtype == np.float32
    assert (np.diff(model.predict_raw(X_new)) < 0).any()
    assert obeys(model.predict(X_new))
    assert 0 < model.score(X, y) < 1
