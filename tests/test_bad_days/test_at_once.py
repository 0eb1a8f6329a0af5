"""Threads and processes that predict, fit and clone at once."""

from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from recurrent.networks import same_weights, tiny
from sklearn.base import clone
from sklearn.linear_model import QuantileRegressor, Ridge

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    adjust_predictions,
)
from sklstm.preprocessing import SmearingTargetRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = np.sort(np.abs(X[:, :2]) + rng.uniform(0, 0.1, size=(60, 2)), axis=1)
N_THREADS = 8


def in_threads(function, arguments):
    """Call a function at the same time with each argument."""
    with ThreadPoolExecutor(N_THREADS) as threads:
        return list(threads.map(function, arguments))


@pytest.fixture(scope="module")
def fitted():
    ordered = PositiveOrderedRegressor(
        tiny(units=2, epochs=1), order=["y[0] + 0.25 <= y[1]"], target_check="ignore"
    )
    fan = MultiQuantileRegressor(QuantileRegressor(alpha=0.1), (0.4, 0.6))
    return [
        ordered.fit(X, Y),
        CalibratedQuantileRegressor(fan, calibration_fraction=0.5).fit(X, Y[:, 0]),
        CalibratedQuantileRegressor(fan, cv=3).fit(X, Y[:, 0]),
        SmearingTargetRegressor(func=np.log1p, inverse_func=np.expm1).fit(X, Y),
    ]


def test_threads_predict_the_same_bits_with_one_estimator(fitted):
    for model in fitted:
        expected = model.predict(X)
        for found in in_threads(lambda _, m=model: m.predict(X), range(24)):
            assert_array_equal(found, expected)


def test_processes_predict_the_same_bits_with_one_estimator(fitted):
    expected = [model.predict(X) for model in fitted] * 4
    calls = [joblib.delayed(model.predict)(X) for model in fitted] * 4
    for found, wanted in zip(joblib.Parallel(4)(calls), expected, strict=True):
        assert_array_equal(found, wanted)


def test_threads_adjust_and_fit_different_estimators(fitted):
    values = rng.normal(size=(50, 4))
    options = [
        {"method": "sort"},
        {"method": "projection", "output_weight": [1.0, 2.0, 3.0, 4.0]},
        {"order": None, "rules": ["y[0] + y[1] + y[2] == y[3]"]},
        {"sample_order": "increasing", "method": "projection"},
    ]
    expected = [adjust_predictions(values, **each) for each in options]
    found = in_threads(lambda each: adjust_predictions(values, **each), options * 6)
    for one, other in zip(found, expected * 6, strict=True):
        assert_array_equal(one, other)

    models = [PositiveOrderedRegressor(Ridge(alpha), lower=-1) for alpha in (1, 2, 3)]
    expected = [clone(model).fit(X, Y).predict(X) for model in models]
    found = in_threads(lambda model: clone(model).fit(X, Y).predict(X), models * 6)
    for one, other in zip(found, expected * 6, strict=True):
        assert_array_equal(one, other)


def test_threads_train_networks_while_others_clone_and_predict():
    seeds = [0, 1, 0, 1]
    alone = [tiny(units=2, epochs=1, random_state=seed).fit(X, Y) for seed in seeds[:2]]
    model = alone[0]
    expected = model.predict(X)

    def work(task):
        if task < len(seeds):
            return tiny(units=2, epochs=1, random_state=seeds[task]).fit(X, Y)
        return clone(model), model.predict(X)

    found = in_threads(work, range(12))

    for one, seed in zip(found, seeds, strict=False):
        assert same_weights(one, alone[seed])
    for copy, predicted in found[len(seeds) :]:
        assert not hasattr(copy, "weights_")
        assert_array_equal(predicted, expected)
