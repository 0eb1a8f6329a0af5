"""Transforms of the target inside and outside."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from test_interop.checks import obeys

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


@pytest.mark.interop("inside", "scikit-learn", "TransformedTargetRegressor")
def test_a_scaler_inside_keeps_bounds_and_order_in_the_unit_of_the_target(daily_range):
    X, y = daily_range
    y = 100 * y + np.array([50, 300])  # columns of different mean and spread
    scaled = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    model = PositiveOrderedRegressor(scaled, lower=50.0).fit(X, y)
    predictions = model.predict(20 * X)
    assert (model.predict_raw(20 * X) < 50).any()
    assert predictions.min() == 50
    assert (np.diff(predictions) >= 0).all()


@pytest.mark.interop("around", "scikit-learn", "TransformedTargetRegressor")
def test_a_scaler_outside_is_told_in_fit_and_breaks_the_order(daily_range):
    X, y = daily_range
    y = y + np.array([0, 3])
    model = TransformedTargetRegressor(
        PositiveOrderedRegressor(Ridge()), transformer=StandardScaler()
    )
    with pytest.warns(ConstraintWarning, match=r"below `lower`.*Was y normalised\?"):
        model.fit(X, y)
    # 0 is the mean of a standardised target: nothing below the mean is predicted.
    assert (model.predict(X) >= y.mean(axis=0) - 1e-9).all()


def test_a_log_target_inside_obeys_after_the_inverse(daily_range):
    X, y = daily_range
    log = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    model = PositiveOrderedRegressor(log, upper=5.0).fit(X, np.minimum(y, 5.0))
    assert obeys(model.predict(5 * X))
    assert model.predict(5 * X).max() == 5.0
    assert model.predict_raw(5 * X).max() > 5.0
