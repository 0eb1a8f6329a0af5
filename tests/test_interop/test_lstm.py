"""LSTMRegressor, alone and as the default, among scikit-learn's tools."""

import joblib
import numpy as np
import psutil
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone, is_regressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.preprocessing import SequenceScaler

TINY = {"units": 3, "epochs": 2, "random_state": 0}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4))
    return X, np.exp(X[:, 0])


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 5, 2))
    low = np.abs(X[:, -1, 0])
    return X, np.c_[low, low + np.abs(X[:, -2, 1])]


@pytest.mark.parametrize(
    "ensemble",
    [
        lambda lstm: VotingRegressor([("lstm", lstm), ("ridge", Ridge())]),
        lambda lstm: StackingRegressor([("lstm", lstm), ("ridge", Ridge())], cv=2),
        lambda lstm: BaggingRegressor(lstm, n_estimators=2, random_state=0),
    ],
    ids=["voting", "stacking", "bagging"],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_ensembles_take_it_for_a_regressor(table, ensemble, wrapped):
    lstm = LSTMRegressor(**TINY)
    estimator = PositiveOrderedRegressor(lstm) if wrapped else lstm

    predicted = ensemble(estimator).fit(*table).predict(table[0])

    assert is_regressor(estimator)
    assert predicted.shape == (90,)
    assert np.ptp(predicted) > 0


def test_inspection_works_on_it(table):
    X, y = table
    regressor = LSTMRegressor(**TINY | {"epochs": 30}, learning_rate=0.02).fit(X, y)

    importance = permutation_importance(regressor, X, y, n_repeats=3, random_state=0)
    dependence = partial_dependence(regressor, X, [0], grid_resolution=5)

    assert np.argmax(importance.importances_mean) == 0
    assert np.all(np.diff(dependence["average"][0]) > 0)


@pytest.mark.interop("around", "scikit-learn", "GridSearchCV of LSTMRegressor")
def test_sequences_go_through_pipelines_and_searches(sequences):
    X, y = sequences
    pipeline = make_pipeline(
        SequenceScaler(), PositiveOrderedRegressor(LSTMRegressor(**TINY))
    )
    step = "positiveorderedregressor__"
    search = GridSearchCV(
        pipeline,
        {f"{step}regressor__units": [2, 3], f"{step}method": ["sort", "projection"]},
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )

    predicted = search.fit(X, y).predict(X)

    assert np.all(predicted >= 0)
    assert np.all(np.diff(predicted, axis=1) >= 0)


def test_the_default_regressor_can_be_searched(table):
    search = GridSearchCV(
        PositiveOrderedRegressor(),
        {"regressor__units": [2, 3], "regressor__epochs": [1]},
        cv=2,
        error_score="raise",
    )

    search.fit(*table)

    assert search.best_estimator_.regressor_.units in (2, 3)
    assert PositiveOrderedRegressor().regressor is None


def test_cross_validated_predictions_are_those_of_separate_fits(sequences):
    X, y = sequences
    regressor = LSTMRegressor(**TINY)

    predicted = cross_val_predict(regressor, X, y, cv=2)

    first_half = clone(regressor).fit(X[45:], y[45:]).predict(X[:45])
    assert_array_equal(predicted[:45], first_half)


@pytest.mark.slow
def test_other_processes_give_the_same_bits(sequences):
    X, y = sequences
    regressor = LSTMRegressor(**TINY, dropout=0.1)

    alone = cross_val_score(regressor, X, y, cv=2)
    # The tests are not importable by name in a worker, and need not be.
    with joblib.parallel_config("loky"):
        together = cross_val_score(regressor, X, y, cv=2, n_jobs=2)

    assert_array_equal(together, alone)


def test_threads_train_and_predict_side_by_side(sequences):
    X, y = sequences
    seeds = range(6)

    def predict(seed):
        regressor = LSTMRegressor(**TINY | {"random_state": seed}, dropout=0.1)
        return regressor.fit(X, y).predict(X)

    threaded = joblib.Parallel(4, backend="threading")(
        joblib.delayed(predict)(seed) for seed in seeds
    )

    for seed, predicted in zip(seeds, threaded, strict=True):
        assert_array_equal(predicted, predict(seed))


def test_quantiles_in_the_wrapper_never_cross_and_score_alike(table):
    X, y = table
    lstm = LSTMRegressor(**TINY, quantiles=(0.1, 0.5, 0.9))
    wrapper = PositiveOrderedRegressor(lstm, lower=None, order=None).fit(X, y)
    ordered = PositiveOrderedRegressor(lstm).fit(X, y)

    assert wrapper.score(X, y) == clone(lstm).fit(X, y).score(X, y)
    assert ordered.score(X, y) >= wrapper.score(X, y)
    assert np.all(np.diff(ordered.predict(X), axis=1) >= 0)
    assert np.all(ordered.predict(X) >= 0)


@pytest.mark.slow
def test_a_hundred_fits_leave_the_memory_as_it_was(sequences):
    def fit(seed):
        LSTMRegressor(**TINY | {"random_state": seed}).fit(*sequences).predict(X)

    X, _ = sequences
    fit(0)
    before = psutil.Process().memory_info().rss

    for seed in range(100):
        fit(seed)

    assert psutil.Process().memory_info().rss - before < 50e6
