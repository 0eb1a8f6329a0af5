"""Fits that are interrupted leave an estimator as it was, and the process, too."""

import random
from copy import deepcopy

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from recurrent.networks import same_weights, tiny
from sklearn.base import BaseEstimator, RegressorMixin

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
)
from sklstm.preprocessing import SmearingTargetRegressor

X = np.random.default_rng(0).normal(size=(40, 3, 1))
y = np.abs(X[:, -1, 0])


class Interrupt(keras.callbacks.Callback):
    """Press Ctrl+C at some point of the training."""

    def __init__(self, at):
        super().__init__()
        setattr(self, at, self.interrupt)

    def interrupt(self, *args, **kwargs):
        raise KeyboardInterrupt


CASES = [
    ("fit", "on_train_begin"),
    ("fit", "on_train_batch_end"),
    ("partial_fit", "on_epoch_begin"),
    ("warm", "on_train_end"),
]


def shared(train=None):
    """Return what a fit shares with the process: random numbers, and threads."""
    keras.utils.set_random_seed(0)
    if train is not None:
        with pytest.raises(KeyboardInterrupt):
            train()
    threading = tf.config.threading
    return (
        np.random.random(),  # noqa: NPY002 - the global generator is meant
        random.random(),
        float(tf.random.uniform(())),
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
        keras.config.floatx(),
    )


def attributes(estimator):
    return {k: v for k, v in vars(estimator).items() if k.endswith("_") or k[0] == "_"}


@pytest.mark.parametrize(("method", "point"), CASES)
def test_a_network_is_as_before(method, point):
    def train(regressor):
        fit = regressor.partial_fit if method == "partial_fit" else regressor.fit
        return fit(X, y)

    regressor = tiny(epochs=2, warm_start=method == "warm")
    interrupted = deepcopy(regressor).set_params(callbacks=[Interrupt(point)])
    assert shared(lambda: train(interrupted)) == shared()
    assert not attributes(interrupted)

    train(regressor)
    interrupted = deepcopy(regressor).set_params(callbacks=[Interrupt(point)])
    assert shared(lambda: train(interrupted)) == shared()
    assert attributes(interrupted).keys() == attributes(regressor).keys()
    assert same_weights(interrupted, regressor)
    assert interrupted.history_ == regressor.history_

    train(interrupted.set_params(callbacks=None))
    assert same_weights(interrupted, train(regressor))


class Fragile(RegressorMixin, BaseEstimator):
    """Interrupt the fit of one level, or of one fold."""

    def __init__(self, quantile=0.5, interrupted=None):
        self.quantile = quantile
        self.interrupted = interrupted

    def fit(self, X, y):
        if self.interrupted in (self.quantile, len(X)):
            raise KeyboardInterrupt
        self.value_ = np.quantile(y, self.quantile)
        return self

    def predict(self, X):
        return np.full(len(X), self.value_)


class FragileMean(Fragile):
    """Interrupt the fit to a number of rows."""

    def __init__(self, interrupted=None):
        super().__init__(interrupted=interrupted)


def multi(interrupted=0.9):
    return MultiQuantileRegressor(Fragile(interrupted=interrupted))


OUTER = {
    "levels": multi(),
    "levels within": PositiveOrderedRegressor(multi()),
    "split": CalibratedQuantileRegressor(multi(), calibration_fraction=0.5),
    "folds": CalibratedQuantileRegressor(multi(interrupted=27), cv=3),
    "smearing": SmearingTargetRegressor(FragileMean(interrupted=40)),
}


def without_interrupts(model):
    names = [name for name in model.get_params() if name.endswith("interrupted")]
    return model.set_params(**dict.fromkeys(names))


@pytest.mark.parametrize("name", OUTER)
def test_whatever_holds_regressors_is_as_before(name):
    rows = X[:, :, 0]
    model = deepcopy(OUTER[name])
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, y)
    assert not [k for k in vars(model) if k.endswith("_")]

    without_interrupts(model).fit(rows, y)
    expected = model.predict(rows)
    state = deepcopy(attributes(model))
    interrupted = OUTER[name].get_params()
    model.set_params(
        **{k: v for k, v in interrupted.items() if k.endswith("interrupted")}
    )
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows, y + 1)
    assert attributes(model).keys() == state.keys()
    assert_array_equal(model.predict(rows), expected)

    without_interrupts(model).fit(rows, y + 1)
    assert_allclose(model.predict(rows), expected + 1)
