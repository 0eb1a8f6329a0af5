"""Estimators with any parameters and data."""

import numpy as np
import pytest
from hypothesis import strategies as st
from regressors import Echo
from sklearn.linear_model import LinearRegression, QuantileRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_bad_days import anything
from test_bad_days.outcomes import fuzz
from test_bad_days.test_fuzz_adjust import assert_in_order, assert_within
from test_bad_days.test_fuzz_functions import column, data, levels, some

import sklstm
from sklstm.onnx import to_onnx

none = st.none()


def first_column(X):
    return np.asarray(X, dtype=float)[:, 0]


def all_columns(X):
    return np.asarray(X, dtype=float)


def sample_values(n_rows, n_outputs):
    """Return what a call may give about its rows."""
    labels = anything.arrays((n_rows,)) | anything.junk
    bounds = anything.bounds(n_rows, n_outputs)
    return {"lower": bounds, "upper": bounds, "groups": labels, "order_by": labels}


@st.composite
def ordered(draw):
    """Return a function that fits a PositiveOrderedRegressor, predicts and scores."""
    n_rows, n_outputs = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    X = draw(anything.tables(n_rows, n_outputs))
    columns = ["a", "b", "2 * a - b", "a +", "zzz", "", "a <= b", "1e308 * a"]
    texts = st.sampled_from(columns)
    bounds = anything.bounds(n_rows, n_outputs) | texts
    bounds |= st.sampled_from([first_column, all_columns, len, str])
    keys = none | st.sampled_from(["a", "b", 0, 7, ["a", "b"], len, first_column])
    options = {
        "lower": bounds,
        "upper": bounds,
        "order": anything.orders(n_outputs),
        "rules": st.lists(anything.statements(), max_size=2) | anything.junk,
        "method": st.sampled_from(["auto", "sort", "projection", "cummax", "no", 1]),
        "output_weight": anything.arrays((n_outputs,)) | anything.junk,
        "sample_order": st.sampled_from([None, "increasing", "decreasing", "up", 1]),
        "group_by": keys,
        "order_by": keys,
        "target_check": st.sampled_from(["ignore", "warn", "raise", "no", None]),
    }
    options = some(draw, options)
    y = X if draw(st.booleans()) else data(draw, n_rows, n_outputs)
    answer = draw(st.sampled_from([all_columns, all_columns, first_column]))
    model = sklstm.PositiveOrderedRegressor(Echo(answer), **options)
    values = sample_values(n_rows, n_outputs)
    at_fit, at_predict = some(draw, values, 1), some(draw, values, 2)

    def use():
        predicted = model.fit(X, y, **at_fit).predict(X, **at_predict)
        assert np.isfinite(predicted).all()
        table = predicted if predicted.ndim == 2 else predicted[:, np.newaxis]
        assert len(table) == n_rows
        for lower, upper in (
            (options.get("lower", 0.0), options.get("upper")),
            (at_predict.get("lower"), at_predict.get("upper")),
        ):
            if not (callable(lower) or isinstance(lower, str)):
                assert_within(table, lower, None)
            if not (callable(upper) or isinstance(upper, str)):
                assert_within(table, None, upper)
        assert_in_order(table, options.get("order", "increasing"))
        return predicted

    return "PositiveOrderedRegressor", use


@st.composite
def quantiles(draw):
    """Return a function that fits quantiles of a regressor, and predicts."""
    n_rows = draw(st.integers(1, 12))
    X = draw(anything.arrays((n_rows, 2)).map(np.nan_to_num))
    X = np.clip(X.astype(float), -1e100, 1e100)
    y = column(draw, n_rows)
    regressors = [
        QuantileRegressor(alpha=0.1),
        Ridge(),
        make_pipeline(StandardScaler(), QuantileRegressor(alpha=0.1)),
        Echo(first_column),
        LinearRegression,
        None,
        "ridge",
    ]
    regressor = draw(st.sampled_from(regressors))
    given_levels = draw(levels | anything.junk)
    if draw(st.booleans()):
        name = "MultiQuantileRegressor"
        options = {
            "quantile_param": st.sampled_from([None, "quantile", "alpha", "no", 1]),
            "n_jobs": st.sampled_from([None, 1, "two", 0.5]),
        }
    else:
        name = "CalibratedQuantileRegressor"
        options = {
            "quantiles": none | levels | anything.junk,
            "calibration_fraction": st.sampled_from([0.5, 0.2, 0, 1, 1e-9, "a", None]),
            "cv": st.sampled_from([None, 2, 3, 1, 100, "two", [], [([0], [0])]]),
        }
    options = {"quantiles": given_levels, **some(draw, options)}
    model = getattr(sklstm, name)(regressor, **options)

    def use():
        predicted = model.fit(X, y).predict(X)
        assert np.isfinite(predicted).all()
        return predicted

    return name, use


@st.composite
def network(draw):
    """Return a function that fits an LSTMRegressor, and predicts."""
    n_rows = draw(st.integers(1, 6))
    X = draw(anything.arrays((n_rows, 4)) | anything.arrays((n_rows, 2, 2)))
    if draw(st.integers(0, 3)) == 0:
        X = data(draw, n_rows, 4)
    y = data(draw, n_rows, 2) if draw(st.booleans()) else column(draw, n_rows)
    whole = st.sampled_from([1, 2, 0, -1, 1.0, "a", None, np.int8(1), True])
    flags = st.sampled_from([True, False, "auto", None, 1])
    options = {
        "units": st.sampled_from([1, (1, 1), [1], 0, (), "a", None, (1, 0), 1.5]),
        "n_timesteps": whole,
        "bidirectional": flags,
        "dropout": st.sampled_from([0.0, 0.5, 1.0, -1, "a", None]),
        "head": st.sampled_from(["linear", "positive", "positive_ordered", "a", None]),
        "quantiles": none | levels | anything.junk,
        "loss": st.sampled_from(["mse", "mae", "no loss", None, 1, "bce", "poisson"]),
        "optimizer": st.sampled_from(["sgd", "no optimizer", None, 1, object()]),
        "learning_rate": st.sampled_from([1e-3, 0.0, -1, 1e30, "a", np.nan]),
        "batch_size": whole,
        "shuffle": flags,
        "early_stopping": flags,
        "validation_fraction": st.sampled_from([0.5, 0, 1, 0.1, "a"]),
        "patience": whole,
        "normalize": flags,
        "callbacks": st.sampled_from([None, [], 1, [1], "a", object()]),
        "warm_start": flags,
        "random_state": st.sampled_from([0, None, -1, "a", 1.5]),
        "verbose": st.sampled_from([0, -1, "a"]),
    }
    options = {"units": 1, "epochs": 1, **some(draw, options)}
    model = sklstm.LSTMRegressor(**options)
    weight = draw(none | none | anything.arrays((n_rows,)) | anything.junk)

    def use():
        predicted = model.fit(X, y, sample_weight=weight).predict(X)
        assert np.isfinite(predicted).all()
        return predicted

    return "LSTMRegressor", use


@st.composite
def graph(draw):
    """Return a function that writes a graph of a fitted estimator, or of anything."""
    pytest.importorskip("onnx", reason="writes ONNX graphs")
    pytest.importorskip("skl2onnx", reason="converts Ridge")
    y = np.sort(np.random.default_rng(0).normal(size=(5, 2)), axis=1)
    options = {
        "lower": st.sampled_from([None, 0.0, [0.0, 1.0], {0: 1.0}]),
        "order": st.sampled_from(["increasing", None, "y[0] + 1 <= y[1]"]),
        "rules": st.sampled_from([None, ["y[0] + y[1] <= 3"]]),
        "method": st.sampled_from(["auto", "projection", "cummax"]),
        "sample_order": st.sampled_from([None, "increasing"]),
    }
    options = some(draw, options)
    params = {
        "dtype": st.sampled_from(["float32", "float64", np.float32]) | anything.junk,
        "row_bounds": st.sampled_from([(), ("upper",), "upper"]) | anything.junk,
    }
    params = some(draw, params)
    what = draw(st.sampled_from([None, Ridge(), 1, "a", Ridge]) | none)

    def write():
        model = sklstm.PositiveOrderedRegressor(
            Ridge(), target_check="ignore", **options
        )
        estimator = model.fit(y, y) if what is None else what
        return to_onnx(estimator, **params)

    return "to_onnx", "Ridge", "PositiveOrderedRegressor", write


CALLS = {
    "ordered": (ordered, 4),
    "quantiles": (quantiles, 1.5),
    "network": (network, 0.25),
    "graph": (graph, 1),
}


@pytest.mark.parametrize("what", CALLS)
def test_an_answer_or_an_explanation(what):
    strategy, share = CALLS[what]
    fuzz(strategy(), share)
