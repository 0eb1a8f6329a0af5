"""Ensembles, meta-estimators and scikit-learn's inspection."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from test_interop.checks import obeys

from sklstm import PositiveOrderedRegressor


@pytest.mark.parametrize(
    "ensemble",
    [
        VotingRegressor([("a", PositiveOrderedRegressor(Ridge()))]),
        StackingRegressor(
            [("a", PositiveOrderedRegressor(Ridge()))],
            final_estimator=PositiveOrderedRegressor(LinearRegression()),
        ),
        BaggingRegressor(PositiveOrderedRegressor(Ridge()), 3, random_state=0),
        AdaBoostRegressor(PositiveOrderedRegressor(Ridge()), n_estimators=3),
    ],
    ids=lambda ensemble: type(ensemble).__name__,
)
@pytest.mark.interop("around", "scikit-learn")
def test_ensembles_of_it_predict_what_obeys(daily_range, ensemble):
    X, y = daily_range[0], daily_range[1][:, 0]
    predictions = ensemble.fit(X, y).predict(3 * X)
    assert predictions.shape == (len(X),)
    assert obeys(predictions)
    assert ensemble.score(X, y) > 0.5


@pytest.mark.parametrize(
    "regressor",
    [
        MultiOutputRegressor(HistGradientBoostingRegressor(max_iter=5)),
        RegressorChain(Ridge()),
        RandomForestRegressor(5, random_state=0),
        BaggingRegressor(Ridge(), 3),
        PositiveOrderedRegressor(Ridge(), order=None),
        FrozenEstimator(LinearRegression().fit(np.eye(4), np.eye(4)[:, :2])),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
@pytest.mark.interop("inside", "scikit-learn")
def test_meta_estimators_inside_it(daily_range, regressor):
    X, y = daily_range
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    assert obeys(model.predict(3 * X))
    assert not obeys(np.column_stack([model.predict_raw(3 * X), -np.ones(len(X))]))


@pytest.mark.interop("around", "scikit-learn", "MultiOutputRegressor")
def test_it_serves_each_output_of_a_multi_output_regressor(daily_range):
    X, y = daily_range
    model = MultiOutputRegressor(PositiveOrderedRegressor(Ridge())).fit(X, y)
    assert (model.predict(3 * X) >= 0).all()


@pytest.mark.interop("around", "scikit-learn", "permutation_importance")
def test_inspection_sees_the_adjusted_predictions(daily_range):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    importance = permutation_importance(model, X, y, n_repeats=3, random_state=0)
    assert importance.importances_mean.argmax() == 0
    curve = partial_dependence(model, X, [0], kind="individual")["individual"]
    raw_curve = partial_dependence(model.regressor_, X, [0], kind="individual")
    assert_array_equal(curve, np.maximum(raw_curve["individual"], 0))
