"""Searches of other kinds, over constraints and parameters of the regressor."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TimeSeriesSplit,
    cross_val_score,
)
from test_interop.checks import obeys

from sklstm import LSTMRegressor, PositiveOrderedRegressor

GRID = {"regressor__alpha": [0.1, 1e6], "order": ["increasing", None]}

# Their own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.interop("around", "scikit-learn", "HalvingGridSearchCV, n_jobs=2")
def test_a_halving_search_in_two_processes_finds_what_one_finds(daily_range):
    X, y = daily_range
    searches = [
        HalvingGridSearchCV(
            PositiveOrderedRegressor(Ridge()),
            {"regressor__alpha": [0.1, 1.0, 1e6], "method": ["sort", "projection"]},
            cv=TimeSeriesSplit(2),
            factor=2,
            min_resources=60,
            random_state=0,
            n_jobs=n_jobs,
        ).fit(X, y)
        for n_jobs in (1, 2)
    ]
    alone, together = (search.cv_results_["mean_test_score"] for search in searches)
    assert_array_equal(together, alone)
    assert searches[1].n_iterations_ == 2
    assert searches[1].best_params_["regressor__alpha"] < 1e6
    assert obeys(searches[1].predict(3 * X))


@pytest.mark.interop("around", "scikit-learn", "GridSearchCV, n_jobs=2")
@pytest.mark.slow
def test_a_grid_of_networks_in_two_processes_scores_what_one_does(daily_range):
    X, y = daily_range
    network = LSTMRegressor(units=2, epochs=1, random_state=0)
    grid = {"regressor__units": [2, 3], "order": ["increasing", None]}
    scores = [
        GridSearchCV(PositiveOrderedRegressor(network), grid, cv=2, n_jobs=n_jobs)
        .fit(X, y)
        .cv_results_["mean_test_score"]
        for n_jobs in (1, 2)
    ]
    assert_array_equal(*scores)
    assert np.isfinite(scores[0]).all()


@pytest.mark.interop("around", "optuna-integration", "OptunaSearchCV")
def test_a_study_scores_its_trials_as_cross_validation_does(daily_range):
    integration = pytest.importorskip("optuna_integration")
    optuna = pytest.importorskip("optuna")
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge())
    distributions = {
        "regressor__alpha": optuna.distributions.FloatDistribution(0.1, 1e6, log=True),
        "method": optuna.distributions.CategoricalDistribution(["sort", "projection"]),
    }
    cv = TimeSeriesSplit(2)
    search = integration.OptunaSearchCV(
        model, distributions, cv=cv, n_trials=5, random_state=0, error_score="raise"
    )
    search.fit(X, y)
    for trial in search.trials_:
        by_hand = cross_val_score(model.set_params(**trial.params), X, y, cv=cv)
        assert trial.value == by_hand.mean()
    assert search.best_score_ == max(trial.value for trial in search.trials_)
    assert obeys(search.predict(3 * X))


@pytest.mark.interop("around", "dask-ml", "GridSearchCV")
def test_a_grid_search_of_dask_ml_scores_what_that_of_scikit_learn_does(daily_range):
    dask_search = pytest.importorskip("dask_ml.model_selection")
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge())
    theirs = dask_search.GridSearchCV(model, GRID, cv=3, scheduler="sync").fit(X, y)
    expected = GridSearchCV(model, GRID, cv=3).fit(X, y).cv_results_
    scores = theirs.cv_results_["mean_test_score"]
    assert_allclose(scores, expected["mean_test_score"], rtol=1e-12)
    assert theirs.best_params_["regressor__alpha"] == 0.1
    assert (theirs.predict(3 * X) >= 0).all()


@pytest.mark.interop("around", "dask-ml", "ParallelPostFit, one output")
def test_blocks_are_predicted_as_the_whole_is(daily_range):
    wrappers = pytest.importorskip("dask_ml.wrappers")
    dask_array = pytest.importorskip("dask.array")
    X, y = daily_range[0], daily_range[1][:, 0]
    model = wrappers.ParallelPostFit(PositiveOrderedRegressor(Ridge())).fit(X, y)
    blocks = model.predict(dask_array.from_array(3 * X, chunks=(50, 4)))
    assert blocks.chunks == ((50, 50, 20),)
    assert_array_equal(blocks.compute(), model.estimator.predict(3 * X))
    assert (blocks.compute() >= 0).all()


@pytest.mark.interop("around", "dask-ml", "several outputs by map_blocks")
def test_several_outputs_of_blocks_need_map_blocks(daily_range):
    wrappers = pytest.importorskip("dask_ml.wrappers")
    dask_array = pytest.importorskip("dask.array")
    X, y = daily_range
    blocks = dask_array.from_array(3 * X, chunks=(50, 4))
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    # It takes the predictions of every regressor for one-dimensional.
    with pytest.raises(ValueError, match="broadcast"):
        wrappers.ParallelPostFit(model).predict(blocks).compute()
    predicted = blocks.map_blocks(
        model.predict, chunks=(blocks.chunks[0], 2), dtype=float
    )
    assert predicted.shape == (120, 2)
    assert_array_equal(predicted.compute(), model.predict(3 * X))


@pytest.mark.interop("around", "dask-ml", "Incremental")
def test_blocks_are_learned_from_one_after_the_other(daily_range):
    wrappers = pytest.importorskip("dask_ml.wrappers")
    dask_array = pytest.importorskip("dask.array")
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(SGDRegressor(random_state=0))
    fitted = wrappers.Incremental(model, shuffle_blocks=False).fit(
        dask_array.from_array(X, chunks=(30, 4)), dask_array.from_array(y, chunks=30)
    )
    for rows in np.split(np.arange(120), 4):
        model.partial_fit(X[rows], y[rows])
    assert_array_equal(fitted.predict(3 * X), model.predict(3 * X))
    assert (fitted.predict(3 * X) >= 0).all()
