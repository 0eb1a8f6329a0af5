"""Graphs of estimators predict what the estimators predict."""

import sys

import keras
import numpy as np
import pytest
from keras import layers
from recurrent.networks import tiny
from sklearn.ensemble import (
    GradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import QuantileRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from test_onnx.graphs import run, session_of

from sklstm import LSTMRegressor, MultiQuantileRegressor, PositiveOrderedRegressor
from sklstm.onnx import to_onnx

pytest.importorskip("onnxruntime", reason="runs the graphs")
pytest.importorskip("onnx", reason="writes the graphs")


def close(predicted, expected, *, error=1e-5):
    """Check two predictions, of which a graph makes two columns in any case."""
    expected = expected.reshape(len(expected), -1)
    assert predicted.shape == expected.shape
    np.testing.assert_allclose(predicted, expected, rtol=error, atol=error)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(5, 3, size=(200, 6, 2))
    return X, np.sort(np.abs(X[:, -3:, 0] - 5 + rng.normal(size=(200, 3))), axis=1)


@pytest.fixture(scope="module")
def table(data):
    return data[0][:, :, 0], data[1]


# -- networks ------------------------------------------------------------------

HEADS = {
    "ordered": {"units": (4, 3, 2), "bidirectional": True, "head": "ordered"},
    "positive_ordered": {"head": "positive_ordered"},
    "positive": {"head": "positive", "normalize": False},
    "quantiles": {"quantiles": (0.1, 0.5, 0.9), "n_timesteps": 3},
    "targets": {"quantiles": (0.1, 0.5, 0.9), "head": "ordered"},
    "targets, positive": {"quantiles": (0.1, 0.5), "head": "positive_ordered"},
    "targets, one level": {"quantiles": (0.5,), "head": "ordered"},
}


@pytest.mark.parametrize("name", HEADS)
def test_networks(name, data):
    X, y = data
    if name == "quantiles":
        X, y = X.reshape(200, -1), y[:, 0]
    if "targets" in name:
        y = y[:, [2, 0]]
    regressor = tiny(epochs=1, **HEADS[name]).fit(X, y)

    for dtype in ("float32", "float64"):
        predicted = run(regressor, X, dtype=dtype)
        close(predicted, regressor.predict(X))
        assert predicted.dtype == dtype
        if "ordered" in name:
            assert np.all(np.diff(predicted, axis=1) >= 0)
        if "targets" in name:
            assert np.all(np.diff(predicted.reshape(200, 2, -1), axis=2) >= 0)
        if "positive" in name:
            assert predicted.min() >= 0


@pytest.mark.parametrize("bidirectional", [False, True])
def test_absent_steps_are_skipped(bidirectional, data):
    X, y = data[0].copy(), data[1]
    rng = np.random.default_rng(0)
    is_absent = rng.random(X.shape[:2]) < 0.4  # at the start, the end and in between
    is_absent[np.arange(200), rng.integers(0, 6, 200)] = False
    X[is_absent] = np.nan
    regressor = tiny(units=(4, 3), bidirectional=bidirectional, epochs=1).fit(X, y)

    predicted = run(regressor, X)

    close(predicted, regressor.predict(X))
    assert len(np.unique(is_absent.sum(axis=1))) > 4


@pytest.mark.parametrize("last", ["linear", "relu", "sigmoid", "softplus", "tanh"])
def test_networks_from_keras(last, data):
    X, _ = data
    model = keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.Normalization(mean=[5.0, 5.0], variance=[9.0, 9.0]),
            layers.Bidirectional(layers.LSTM(4)),
            *(layers.Dense(3, kind) for kind in ("relu", "sigmoid", "softplus")),
            layers.Dense(3, "tanh"),
            layers.Dense(2, last),
        ]
    )
    regressor = LSTMRegressor.from_keras(model)

    close(run(regressor, X), model.predict(X, verbose=0))


def test_quantiles_of_several_targets_are_ordered_within_each(data):
    X, y = data
    network = tiny(epochs=1, quantiles=(0.1, 0.5, 0.9))
    declared = {"upper": {"y[1]": 0.25}, "target_check": "ignore"}
    for method in ("sort", "projection"):
        model = PositiveOrderedRegressor(network, method=method, **declared)
        predicted = run(model.fit(X, y[:, [2, 0]]), X)
        close(predicted, model.predict(X))
        assert np.all(np.diff(predicted.reshape(200, 2, 3), axis=2) >= 0)
        assert predicted[:, 3:].max() <= 0.25 < predicted[:, :3].max()


def test_inputs_far_from_0_keep_their_digits_in_float64(data):
    X, y = data
    X = X + 1e9
    regressor = tiny(epochs=1).fit(X, y)

    close(run(regressor, X, dtype="float64"), regressor.predict(X))


def test_networks_are_converted_without_keras(data, monkeypatch):
    X, y = data
    regressor = PositiveOrderedRegressor(tiny(epochs=1)).fit(X, y)
    for name in ("keras", "tensorflow", "scikeras", "skl2onnx"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it fails

    predicted = run(regressor, X)

    close(predicted, regressor.predict(X))
    assert np.all(np.diff(predicted, axis=1) >= 0)
    assert predicted.min() >= 0


# -- estimators of scikit-learn --------------------------------------------------


def boosting():
    return GradientBoostingRegressor(loss="quantile", n_estimators=5, random_state=0)


CONVERTED = {
    "last step": lambda: make_pipeline(
        StandardScaler(), PositiveOrderedRegressor(Ridge(), method="projection")
    ),
    "pipeline inside": lambda: PositiveOrderedRegressor(
        make_pipeline(StandardScaler(), tiny(epochs=1))
    ),
    "network as last step": lambda: make_pipeline(
        StandardScaler(), FrozenEstimator(StandardScaler()), tiny(epochs=1)
    ),
    "one in another": lambda: PositiveOrderedRegressor(
        PositiveOrderedRegressor(Ridge(), lower=None), upper=2.0, target_check="ignore"
    ),
    "frozen": lambda: PositiveOrderedRegressor(FrozenEstimator(Ridge())),
}


@pytest.mark.parametrize("name", CONVERTED)
def test_estimators_with_several_outputs(name, table):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")
    X, y = table
    estimator = CONVERTED[name]()
    if name == "frozen":
        estimator.regressor.estimator.fit(X, y)
    if name == "network as last step":
        estimator[1].estimator.fit(X)
    estimator.fit(X, y)

    for dtype, error in (("float32", 1e-5), ("float64", 1e-6)):
        close(run(estimator, X, dtype=dtype), estimator.predict(X), error=error)


NESTED = {
    "stacking": lambda: StackingRegressor(
        [
            ("bounded", PositiveOrderedRegressor(Ridge(), upper=5.0)),
            ("network", tiny(epochs=1)),
        ],
        Ridge(),
        cv="prefit",
    ),
    "quantiles": lambda: PositiveOrderedRegressor(
        MultiQuantileRegressor(boosting(), (0.1, 0.5, 0.9))
    ),
    "bounded quantiles": lambda: MultiQuantileRegressor(
        PositiveOrderedRegressor(QuantileRegressor(alpha=0.1)), (0.1, 0.9)
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_estimators_inside_others(name, table):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")
    X, y = table
    X = X.astype(np.float32)  # whose thresholds of trees are the same
    estimator = NESTED[name]()
    if name == "stacking":
        for _, inner in estimator.estimators:
            inner.fit(X, y[:, 0])
    estimator.fit(X, y[:, 0])

    close(run(estimator, X), estimator.predict(X))


@pytest.mark.parametrize("head", ["positive", "ordered"])
def test_heads_run_next_to_operators_of_earlier_opsets(head, table):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")
    X, y = table
    estimator = make_pipeline(StandardScaler(), tiny(epochs=1, head=head)).fit(X, y)

    close(run(estimator, X), estimator.predict(X))


@pytest.mark.parametrize("bounded", [False, True])
def test_forests_keep_all_their_outputs(bounded, table):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")
    X, y = table[0].astype(np.float32), table[1]  # float32 has the same thresholds
    forest = RandomForestRegressor(3, random_state=0)
    estimator = PositiveOrderedRegressor(forest, upper=3.0) if bounded else forest
    estimator.set_params(**({"target_check": "ignore"} if bounded else {})).fit(X, y)

    close(run(estimator, X), estimator.predict(X))


def test_an_invalid_graph_of_another_converter_is_not_returned(table):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")
    X, y = table
    polynomials = make_pipeline(PolynomialFeatures(2), Ridge()).fit(X, y)

    with pytest.raises(Exception, match="Concat") as error:
        to_onnx(polynomials, dtype="float64")
    assert "an invalid graph with dtype='float64'" in error.value.__notes__[0]
    close(run(polynomials, X), polynomials.predict(X))


# -- bounds by row ---------------------------------------------------------------


def test_bounds_by_row_are_further_inputs(data):
    X, y = data
    regressor = PositiveOrderedRegressor(tiny(epochs=1)).fit(X, y)
    upper = np.random.default_rng(0).uniform(0, 1, size=y.shape)

    predicted = run(regressor, X, upper=upper)

    close(predicted, regressor.predict(X, upper=upper))
    assert np.all(predicted.astype(np.float64) <= upper)
    assert np.all(np.diff(predicted, axis=1) >= 0)


def test_declared_bounds_by_row_become_inputs(data):
    X, y = data
    regressor = PositiveOrderedRegressor(
        tiny(epochs=1), upper={2: lambda X: np.abs(X[:, -1, 0])}, target_check="ignore"
    ).fit(X, y)
    upper = np.full(y.shape, np.inf)
    upper[:, 2] = np.abs(X[:, -1, 0])

    session = session_of(to_onnx(regressor))
    predicted = session.run(None, {"X": X.astype(np.float32), "upper": upper})[0]

    assert [i.name for i in session.get_inputs()] == ["X", "upper"]
    close(predicted, regressor.predict(X))


# -- refusals ----------------------------------------------------------------------

REFUSED = {
    r"rule 'y\[0\] \+ y\[1\] == y\[2\]' needs a solver.*adjust_predictions": {
        "rules": ["y[0] + y[1] == y[2]"]
    },
    r"partial order of output 0, output 1, output 2 .*cummax": {
        "order": [[0, 1], [0, 2]],
        "method": "projection",
    },
    r"sample_order='increasing' depends on all rows": {"sample_order": "increasing"},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_a_graph_cannot_do_is_refused(message, data):
    X, y = data
    estimator = PositiveOrderedRegressor(
        Ridge(), target_check="ignore", **REFUSED[message]
    ).fit(X[:, :, 0], y)

    with pytest.raises(ValueError, match=rf"to_onnx: .*{message}"):
        to_onnx(estimator)


def test_long_chains_are_projected_in_no_graph(data):
    X = data[0][:, :, 0]
    y = np.arange(70.0) + np.abs(X[:, :1])
    estimator = PositiveOrderedRegressor(Ridge(), method="projection").fit(X, y)

    with pytest.raises(ValueError, match="up to 64 outputs to a graph; got 70"):
        to_onnx(estimator)


def test_wrong_parameters_and_unknown_estimators_are_refused(data):
    X, y = data
    regressor = tiny(epochs=1).fit(X, y)

    with pytest.raises(ValueError, match=r"`dtype` must be 'float32' or .* 'float16'"):
        to_onnx(regressor, dtype="float16")
    with pytest.raises(ValueError, match=r"`row_bounds` must hold .* got 'both'"):
        to_onnx(regressor, row_bounds="both")
    with pytest.raises(ValueError, match=r"`row_bounds` act in a PositiveOrdered"):
        to_onnx(regressor, row_bounds="upper")
    with pytest.raises(ValueError, match="not fitted"):
        to_onnx(PositiveOrderedRegressor(tiny()))


def test_a_frozen_keras_model_is_refused_with_the_cure(data):
    X, _ = data
    model = keras.Sequential([keras.Input((6, 2)), layers.GRU(2), layers.Dense(2)])
    keras.config.disable_interactive_logging()
    wrapped = PositiveOrderedRegressor(FrozenEstimator(model)).fit(X)
    keras.config.enable_interactive_logging()

    with pytest.raises(ValueError, match=r"Sequential is not an .*from_keras"):
        to_onnx(wrapped)


def test_a_missing_package_is_named(data, monkeypatch):
    X, y = data
    regressor = tiny(epochs=1).fit(X, y)
    monkeypatch.setitem(sys.modules, "onnx.helper", None)

    with pytest.raises(ImportError, match=r'to_onnx needs onnx; .*"sklstm\[onnx\]"'):
        to_onnx(regressor)


def test_an_estimator_without_a_converter_is_named(data):
    pytest.importorskip("skl2onnx", reason="converts estimators of scikit-learn")

    class Foreign(Ridge):
        pass

    X, y = data
    estimator = PositiveOrderedRegressor(Foreign()).fit(X[:, :, 0], y)

    with pytest.raises(Exception, match="Foreign") as error:
        to_onnx(estimator)
    assert "skl2onnx could not convert Foreign()" in error.value.__notes__[0]
