"""Metadata, with routing and without."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from regressors import Echo
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_validate

from sklstm import PositiveOrderedRegressor


def test_sample_weight_reaches_the_regressor_without_routing(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(size=len(X))
    model = PositiveOrderedRegressor(Ridge()).fit(X, y, sample_weight=weight)
    expected = Ridge().fit(X, y, sample_weight=weight)
    assert_array_equal(model.predict_raw(X), expected.predict(X))
    assert (model.predict_raw(X) != Ridge().fit(X, y).predict(X)).any()


def test_predict_parameters_reach_the_regressor(daily_range):
    class Shifted(Ridge):
        def predict(self, X, shift=0.0):
            return super().predict(X) + shift

    X, y = daily_range
    model = PositiveOrderedRegressor(Shifted()).fit(X, y)
    raw = model.predict_raw(X)
    assert_array_equal(model.predict_raw(X, shift=9.0), raw + 9.0)
    expected = np.sort(np.maximum(raw + 9.0, 0), axis=1)
    assert_array_equal(model.predict(X, shift=9.0), expected)
    assert model.score(X, y, shift=9.0) < model.score(X, y)


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_is_routed_where_it_is_requested(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(size=len(X))
    regressor = Echo(lambda X: X[:, :2]).set_fit_request(sample_weight=True)
    regressor.set_partial_fit_request(sample_weight="importance")
    model = PositiveOrderedRegressor(regressor)
    assert model.fit(X, y, sample_weight=weight).regressor_.sample_weight_ is weight
    model.partial_fit(X, y, importance=2 * weight)
    assert_array_equal(model.regressor_.sample_weight_, 2 * weight)
    with pytest.raises(TypeError, match="unexpected argument"):
        model.fit(X, y, importance=weight)


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_that_is_not_requested_raises(daily_range):
    X, y = daily_range
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
        PositiveOrderedRegressor(Ridge()).fit(X, y, sample_weight=np.ones(len(X)))


@pytest.mark.usefixtures("metadata_routing")
@pytest.mark.interop("around", "scikit-learn", "cross_validate, routed metadata")
def test_cross_validation_routes_weights_to_fit_and_score(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(0.1, 10, size=len(X))
    model = PositiveOrderedRegressor(Ridge().set_fit_request(sample_weight=True))
    model.set_score_request(sample_weight=True)
    cv = TimeSeriesSplit(2)
    params = {"sample_weight": weight}
    scores = cross_validate(model, X, y, cv=cv, params=params)["test_score"]
    for score, (train, test) in zip(scores, cv.split(X), strict=True):
        fitted = PositiveOrderedRegressor(
            Ridge().fit(X[train], y[train], sample_weight=weight[train])
        )
        plain = fitted.regressor.predict(X[test])
        expected = sklearn.metrics.r2_score(
            y[test], np.sort(np.maximum(plain, 0)), sample_weight=weight[test]
        )
        assert score == expected


@pytest.mark.usefixtures("metadata_routing")
def test_predict_metadata_is_routed_by_predict_and_score(daily_range):
    class Shifted(Ridge):
        def predict(self, X, shift=0.0):
            return super().predict(X) + shift

    X, y = daily_range
    regressor = Shifted().set_predict_request(shift="offset")
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    raw = model.predict_raw(X)
    assert_array_equal(model.predict_raw(X, offset=9.0), raw + 9.0)
    assert model.score(X, y, offset=9.0) < model.score(X, y)


@pytest.mark.usefixtures("metadata_routing")
def test_the_default_regressor_requests_weights():
    routing = PositiveOrderedRegressor().get_metadata_routing()
    for method in ("fit", "partial_fit"):
        assert routing.consumes(method, ["sample_weight"]) == {"sample_weight"}
