"""Estimators are found within others."""

import numpy as np
import pytest
from regressors import Echo
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import PositiveOrderedRegressor
from sklstm._utils.unwrap import find_within


def test_the_samples_are_those_that_the_found_estimator_takes():
    X = np.arange(8.0).reshape(4, 2)
    model = PositiveOrderedRegressor(Echo())
    double = FunctionTransformer(lambda X: 2 * X)
    search = GridSearchCV(make_pipeline(double, model), {}, cv=2)
    frozen = FrozenEstimator(make_pipeline(double, search).fit(X, X))
    found, seen = find_within(frozen, "predict_raw", X)
    assert isinstance(found, PositiveOrderedRegressor)
    assert (seen == 4 * X).all()
    assert find_within(frozen, "history_", X)[0] is None


@pytest.mark.parametrize("attribute", ["best_estimator_", "regressor_"])
def test_the_walk_ends_where_an_estimator_contains_itself(attribute):
    regressor = Ridge()
    setattr(regressor, attribute, make_pipeline(FrozenEstimator(regressor)))
    assert find_within(regressor, "predict_raw", also_in=("regressor_",))[0] is None
