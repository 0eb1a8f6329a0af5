"""Constraints around a transform of the target."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from regressors import LOG, QuantileFan
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


class TestConstraintsOutsideTheTransform:
    @pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
    @pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
    def test_bounds_and_order_hold_in_original_units(self, scaler, method, daily_range):
        X, y = daily_range
        inner = TransformedTargetRegressor(Ridge(), transformer=scaler)
        model = PositiveOrderedRegressor(inner, method=method, target_check="raise")
        predictions = model.fit(X, y).predict(X)
        assert (predictions >= 0).all()
        assert (predictions[:, 0] <= predictions[:, 1]).all()
        raw = model.predict_raw(X)
        assert_allclose(raw, Ridge().fit(X, y).predict(X), rtol=0.05, atol=0.05)
        assert (raw < 0).any()

    @pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler((-1, 1))])
    def test_the_other_nesting_warns_at_fit(self, scaler, daily_range):
        model = TransformedTargetRegressor(
            PositiveOrderedRegressor(Ridge()), transformer=scaler
        )
        with pytest.warns(ConstraintWarning, match="Was y normalised"):
            model.fit(*daily_range)

    def test_scaling_back_by_column_breaks_only_the_order_of_the_other_nesting(
        self, daily_range
    ):
        X, y = daily_range
        params = {"lower": None, "target_check": "ignore"}
        inside = TransformedTargetRegressor(
            PositiveOrderedRegressor(Ridge(), **params), transformer=MinMaxScaler()
        )
        outside = PositiveOrderedRegressor(
            TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()), **params
        )
        assert (np.diff(inside.fit(X, y).predict(X), axis=1) < 0).any()
        assert (np.diff(outside.fit(X, y).predict(X), axis=1) >= 0).all()

    def test_names_reach_the_constraints_through_the_transform(self, daily_range):
        X, y = daily_range
        frame = pd.DataFrame(y[:, ::-1], columns=["high", "low"])
        model = PositiveOrderedRegressor(
            TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
            order=["low <= high"],
            target_check="raise",
        )
        high, low = model.fit(X, frame).predict(X).T
        assert (low <= high).all()

    def test_quantiles_of_a_log_target_are_ordered_and_need_no_smearing(
        self, lognormal
    ):
        X, y = lognormal
        fan = TransformedTargetRegressor(QuantileFan(), **LOG)
        predictions = PositiveOrderedRegressor(fan).fit(X, y).predict(X)
        assert predictions.shape == (400, 3)
        assert (np.diff(predictions, axis=1) >= 0).all()
        # Quantiles commute with a monotone transform, so the levels are kept.
        below = (y[:, np.newaxis] <= predictions).mean(axis=0)
        assert_allclose(below, [0.1, 0.5, 0.9], atol=0.02)
