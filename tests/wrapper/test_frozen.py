"""Trained models of any library, marked by FrozenEstimator, are used as they are."""

import os
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import LEVELS, Echo, Foreign, ForeignQuantiles
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, SGDRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from wrapper.rows import OBEDIENT, RAW

from sklstm import PositiveOrderedRegressor

ADJUSTED = np.sort(np.maximum(RAW, 0))


class Trained:
    """A trained object that has `predict` and nothing else."""

    def predict(self, X):
        return np.asarray(X)


class Network(Trained):
    """A trained object that `fit` would train further."""

    def fit(self, X, y):
        raise AssertionError("the network was trained")


class Keyless(Trained):
    """A trained object without an instance dict, as compiled ones are."""

    __slots__ = ()


@pytest.fixture(
    params=[Trained, Network, Keyless, lambda: Foreign().fit(RAW, OBEDIENT)],
    ids=["predict", "network", "slots", "foreign"],
)
def trained(request):
    return request.param()


def test_a_trained_object_is_used_as_it_is(trained):
    model = PositiveOrderedRegressor(FrozenEstimator(trained))
    assert model.fit(RAW, OBEDIENT) is model
    assert_array_equal(model.predict_raw(RAW), trained.predict(RAW))
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(trained.predict(RAW), 0)))
    assert model.regressor_.estimator is trained
    assert model.score(RAW, OBEDIENT) < 1


def test_it_can_be_copied_shown_and_put_into_a_pipeline(trained):
    model = PositiveOrderedRegressor(FrozenEstimator(trained))
    assert not get_tags(model).target_tags.required
    for estimator in (model, make_pipeline(StandardScaler(), model)):
        for fitted in (clone(estimator).fit(RAW, OBEDIENT), clone(estimator).fit(RAW)):
            twin = pickle.loads(pickle.dumps(fitted))
            assert_array_equal(twin.predict(RAW), fitted.predict(RAW))
            assert type(trained).__name__ in repr(fitted)
            assert "FrozenObject" in fitted._repr_html_()
    assert "FrozenObject" in model._repr_html_()


def test_without_y_the_outputs_are_those_that_it_predicts():
    model = PositiveOrderedRegressor(
        FrozenEstimator(Trained()), order=[[0, 1]], upper=[1.0, 2.0, 3.0]
    )
    model.fit(RAW)
    assert model.n_outputs_ == 3
    assert_array_equal(model.predict(RAW), [[1, 2, 3], [0, 2, 3], [1, 2, 2]])
    assert_array_equal(model.predict(RAW[:1]), [[1, 2, 3]])
    assert model.fit(RAW[:1]).n_outputs_ == 3
    with pytest.raises(ValueError, match=r"`upper` must be one number .* of the 3"):
        model.set_params(upper=[1.0, 2.0]).fit(RAW)


@pytest.mark.parametrize("n_rows", [1, 3])
@pytest.mark.parametrize("predict", [lambda X: X[:, 0], lambda X: X[:, :1]])
def test_without_y_predictions_keep_the_shape_of_the_trained_object(predict, n_rows):
    frozen = FrozenEstimator(Echo(predict).fit(RAW, OBEDIENT))
    model = PositiveOrderedRegressor(frozen).fit(RAW[:n_rows])
    assert model.n_outputs_ == 1
    assert_array_equal(model.predict(RAW), np.maximum(predict(RAW), 0), strict=True)


def test_without_y_known_levels_make_the_outputs_quantiles():
    frozen = FrozenEstimator(Echo(quantiles=LEVELS).fit(RAW, OBEDIENT))
    model = PositiveOrderedRegressor(frozen).fit(RAW)
    assert model.score(RAW, OBEDIENT[:, 0]) < 1
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.9 in output 2"):
        PositiveOrderedRegressor(frozen, order="decreasing").fit(RAW)


def test_without_y_nothing_is_checked_against_it(recwarn):
    PositiveOrderedRegressor(FrozenEstimator(Trained()), lower=9.0).fit(RAW)
    assert not recwarn


def test_names_of_a_given_y_are_used():
    y = pd.DataFrame(OBEDIENT, columns=["low", "mid", "high"])
    model = PositiveOrderedRegressor(FrozenEstimator(Trained()), order=["low <= high"])
    assert model.fit(RAW, y).output_names_ == ("low", "mid", "high")


@pytest.mark.parametrize("regressor", [Echo(), LinearRegression(), None])
def test_y_is_needed_to_train(regressor):
    model = PositiveOrderedRegressor(regressor)
    assert get_tags(model).target_tags.required
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.fit(RAW)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda frozen: make_pipeline(StandardScaler(), frozen),
        lambda frozen: TransformedTargetRegressor(frozen, transformer=StandardScaler()),
        lambda frozen: PositiveOrderedRegressor(frozen, order=None),
    ],
    ids=["pipeline", "transformed", "nested"],
)
def test_a_trained_object_may_be_deep_inside(wrap):
    frozen = FrozenEstimator(Network())
    regressor = wrap(frozen)
    model = PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    predictions = model.predict(RAW)
    assert (predictions >= 0).all()
    assert (np.diff(predictions) >= 0).all()
    assert "FrozenObject" in model._repr_html_()
    assert type(frozen) is FrozenEstimator


def test_a_frozen_estimator_must_be_fitted():
    with pytest.raises(NotFittedError):
        PositiveOrderedRegressor(FrozenEstimator(LinearRegression())).fit(RAW, OBEDIENT)


def test_a_frozen_estimator_is_not_trained_in_parts():
    trained = SGDRegressor(random_state=0).fit(RAW, OBEDIENT[:, 0])
    model = PositiveOrderedRegressor(FrozenEstimator(trained))
    assert not hasattr(model, "partial_fit")
    assert not hasattr(model.fit(RAW, OBEDIENT[:, 0]), "partial_fit")


def test_shares_show_the_order_of_a_trained_object(rng):
    y = rng.normal(size=50)
    trained = ForeignQuantiles((0.9, 0.5, 0.1)).fit(None, y)
    model = PositiveOrderedRegressor(FrozenEstimator(trained), lower=None)
    with pytest.raises(ValueError, match=r"90\.0%, 50\.0%, 10\.0%"):
        model.fit(np.ones((50, 1)), y)


def test_a_trained_object_that_is_not_frozen_is_refused_with_the_cure():
    with pytest.raises(ValueError, match=r"FrozenEstimator\(Trained\)"):
        PositiveOrderedRegressor(Trained()).fit(RAW, OBEDIENT)


@pytest.mark.parametrize(
    "wrap",
    [lambda model: model, make_pipeline, TransformedTargetRegressor],
    ids=["bare", "pipeline", "transformed"],
)
@pytest.mark.parametrize("package", ["keras.src.models.model", "tf_keras.src.engine"])
def test_a_bare_keras_model_is_refused_with_both_cures(wrap, package):
    Model = type("Model", (Network,), {"__module__": package})
    Sequential = type("Sequential", (Model,), {})
    with pytest.raises(TypeError, match=r"FrozenEstimator\(model\).*LSTMRegressor"):
        PositiveOrderedRegressor(wrap(Sequential())).fit(RAW, OBEDIENT)


@pytest.fixture(scope="module")
def network():
    """A small model of Keras."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    network.compile("sgd", "mse")
    return network


def test_a_trained_keras_model_works(network):
    weights = network.get_weights()[0].copy()
    model = PositiveOrderedRegressor(FrozenEstimator(network))
    pipeline = make_pipeline(StandardScaler(), model)
    for fitted in (clone(pipeline).fit(RAW, OBEDIENT[:, :2]), pipeline.fit(RAW)):
        twin = pickle.loads(pickle.dumps(fitted))
        predictions = fitted.predict(RAW)
        assert predictions.dtype == np.float32
        assert (np.diff(predictions) >= 0).all()
        assert_array_equal(twin.predict(RAW), predictions)
    assert_array_equal(network.get_weights()[0], weights)


def test_a_bare_model_of_keras_itself_is_refused(network):
    with pytest.raises(TypeError, match=r"a bare Keras model.*Sequential"):
        PositiveOrderedRegressor(network).fit(RAW, OBEDIENT[:, :2])
