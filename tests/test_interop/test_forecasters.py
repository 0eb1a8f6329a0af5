"""Forecasters of sktime and skforecast, which reduce forecasting to regression."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, PositiveOrderedRegressor

WINDOW = 6
HORIZON = [1, 2, 3]
TINY = {"units": 2, "epochs": 2, "random_state": 0}

# Their own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def rain(rng):
    """A daily series that is often 0 and ends above 1."""
    values = np.sin(np.arange(80) / 3) + 0.3 * rng.normal(size=80)
    days = pd.date_range("2024-01-01", periods=80, freq="D")
    return pd.Series(np.maximum(values, 0), days, name="rain")


def windows_of(series):
    """Return all windows, the oldest value first, the last of them without a target."""
    return np.lib.stride_tricks.sliding_window_view(series.to_numpy(), WINDOW)


def recursive_by_hand(model, series, steps):
    """Feed each prediction back as the newest value."""
    history = series.tolist()
    for _ in range(steps):
        history.append(model.predict([history[-WINDOW:]])[0])
    return history[-steps:]


def bounded(regressor):
    """Return it without an order, since horizons have none, and with an upper bound."""
    return PositiveOrderedRegressor(
        regressor, order=None, upper=1.0, target_check="ignore"
    )


def reduced(regressor, strategy, series, scitype="tabular-regressor", **exogenous):
    """Return the fitted reduction of sktime."""
    compose = pytest.importorskip("sktime.forecasting.compose")
    forecaster = compose.make_reduction(
        regressor, window_length=WINDOW, strategy=strategy, scitype=scitype
    )
    return forecaster.fit(series.to_period(), fh=HORIZON, **exogenous)


def assert_clips_the_reduction(strategy, series):
    """Assert that bounds do no more than clip what a regressor predicts without."""
    predicted = reduced(bounded(Ridge()), strategy, series).predict()
    raw = reduced(Ridge(), strategy, series).predict()
    assert_array_equal(predicted, raw.clip(0, 1))
    assert raw.max() > 1


@pytest.mark.interop("around", "sktime", "make_reduction, recursive")
def test_a_recursive_reduction_feeds_back_what_obeys(rain):
    predicted = reduced(bounded(Ridge()), "recursive", rain).predict()
    model = bounded(Ridge()).fit(windows_of(rain)[:-1], rain[WINDOW:])
    assert_allclose(predicted, recursive_by_hand(model, rain, 3), rtol=1e-12)
    raw = reduced(Ridge(), "recursive", rain).predict()
    assert raw.max() > 1 == predicted.max()
    assert predicted.min() >= 0


@pytest.mark.interop("around", "sktime", "make_reduction, direct")
def test_a_direct_reduction_bounds_each_horizon(rain):
    assert_clips_the_reduction("direct", rain)


@pytest.mark.interop("around", "sktime", "make_reduction, multioutput")
def test_a_multioutput_reduction_bounds_all_horizons_at_once(rain):
    assert_clips_the_reduction("multioutput", rain)
    falling = bounded(Ridge()).set_params(order="decreasing")
    fallen = reduced(falling, "multioutput", rain).predict()
    assert (np.diff(fallen) <= 0).all()


@pytest.mark.interop("around", "sktime", "make_reduction, dirrec")
def test_a_direct_recursive_reduction_bounds_each_horizon(rain):
    predicted = reduced(bounded(Ridge()), "dirrec", rain).predict()
    assert reduced(Ridge(), "dirrec", rain).predict().max() > 1
    assert predicted.max() <= 1
    assert predicted.min() >= 0


class Swap(FunctionTransformer):
    """(samples, variables, time) of sktime to (samples, time, channels) of networks."""

    def __init__(self, axes=(0, 2, 1)):
        self.axes = axes
        super().__init__(np.transpose, kw_args={"axes": axes})


@pytest.mark.interop("around", "sktime", "make_reduction, time-series-regressor")
@pytest.mark.parametrize("strategy", ["recursive", "direct", "multioutput", "dirrec"])
def test_time_series_reductions_need_the_axes_swapped(rain, strategy):
    network = LSTMRegressor(**TINY)
    by_panel = bounded(make_pipeline(Swap(), network))
    by_table = bounded(LSTMRegressor(**TINY, n_timesteps=WINDOW))
    if strategy == "dirrec":  # of which the windows grow
        by_table = bounded(LSTMRegressor(**TINY))
    panel = reduced(by_panel, strategy, rain, "time-series-regressor").predict()
    table = reduced(by_table, strategy, rain).predict()
    assert panel.between(0, 1).all()
    if strategy != "dirrec":
        assert_array_equal(panel, table)


@pytest.mark.interop("around", "sktime", "make_reduction with exogenous columns")
def test_exogenous_columns_are_channels_of_the_network(rain, rng):
    columns = pd.DataFrame({"cloud": rng.normal(size=83)})
    columns.index = pd.period_range("2024-01-01", periods=83, freq="D")
    seen = []
    network = LSTMRegressor(**TINY)

    def swap(X):
        seen.append(X.shape[1:])
        return X.swapaxes(1, 2)

    model = bounded(make_pipeline(FunctionTransformer(swap), network))
    forecaster = reduced(
        model, "recursive", rain, "time-series-regressor", X=columns[:80]
    )
    predicted = forecaster.predict(X=columns[80:])
    assert set(seen) == {(2, WINDOW)}
    assert predicted.between(0, 1).all()


@pytest.mark.interop("around", "skforecast", "ForecasterRecursive")
@pytest.mark.parametrize("kind", ["table", "network"])
def test_a_recursive_forecaster_feeds_back_what_obeys(rain, kind):
    recursive = pytest.importorskip("skforecast.recursive")
    network = LSTMRegressor(**TINY, n_timesteps=WINDOW)
    model = bounded(Ridge() if kind == "table" else network)
    forecaster = recursive.ForecasterRecursive(model, lags=WINDOW)
    forecaster.fit(rain)
    predicted = forecaster.predict(steps=4)

    # Its lags are columns from the newest to the oldest.
    history = rain.tolist()
    model.fit(windows_of(rain)[:-1, ::-1], rain[WINDOW:].to_numpy())
    for _ in range(4):
        history.append(model.predict([history[: -WINDOW - 1 : -1]])[0])
    assert_allclose(predicted, history[-4:], rtol=1e-6)
    assert predicted.between(0, 1).all()


@pytest.mark.interop("around", "skforecast", "ForecasterDirect")
def test_a_direct_forecaster_bounds_each_step(rain):
    direct = pytest.importorskip("skforecast.direct")
    predicted = []
    for model in (Ridge(), bounded(Ridge())):
        forecaster = direct.ForecasterDirect(model, lags=WINDOW, steps=3)
        forecaster.fit(rain)
        predicted.append(forecaster.predict())
    raw, adjusted = predicted
    assert raw.max() > 1
    assert_array_equal(adjusted, raw.clip(0, 1))


@pytest.mark.interop("around", "skforecast", "backtesting_forecaster")
def test_backtesting_scores_predictions_that_obey(rain):
    recursive = pytest.importorskip("skforecast.recursive")
    selection = pytest.importorskip("skforecast.model_selection")
    model = bounded(Ridge())
    metric, predicted = selection.backtesting_forecaster(
        recursive.ForecasterRecursive(model, lags=WINDOW),
        y=rain,
        cv=selection.TimeSeriesFold(steps=3, initial_train_size=60, refit=True),
        metric="mean_absolute_error",
        show_progress=False,
    )
    predicted = predicted["pred"]
    assert predicted.between(0, 1).all()
    assert predicted.min() == 0
    assert_allclose(metric.iloc[0, 0], np.abs(predicted - rain[60:]).mean())
    model.fit(windows_of(rain[:60])[:-1], rain[WINDOW:60])
    by_hand = recursive_by_hand(model, rain[:60], 3)
    assert_allclose(predicted[:3], by_hand, rtol=1e-9)


@pytest.mark.interop("around", "skforecast", "exogenous columns as bounds")
def test_bounds_are_read_from_exogenous_columns_by_position(rain):
    recursive = pytest.importorskip("skforecast.recursive")
    days = pd.date_range("2024-01-01", periods=84, freq="D")
    capacity = pd.DataFrame({"capacity": np.linspace(2, 0.5, 84)}, days)
    # It hands an array to the regressor: lags first, then the exogenous columns.
    model = PositiveOrderedRegressor(
        Ridge(), upper=lambda X: np.asarray(X)[:, -1], target_check="ignore"
    )
    forecaster = recursive.ForecasterRecursive(model, lags=WINDOW)
    forecaster.fit(rain, exog=capacity[:80])
    predicted = forecaster.predict(steps=4, exog=capacity[80:])
    assert (predicted <= capacity["capacity"][80:]).all()
    assert (predicted == capacity["capacity"][80:]).any()
