"""Seeds, and state that a fit leaves as it was."""

import random

import numpy as np
import pytest
from recurrent.networks import same_weights, tiny
from sklearn.base import clone

from sklstm import LSTMRegressor


def test_the_same_seed_gives_the_same_bits(sequences):
    assert same_weights(
        tiny(dropout=0.1).fit(*sequences), tiny(dropout=0.1).fit(*sequences)
    )
    assert not same_weights(
        tiny(random_state=None).fit(*sequences),
        tiny(random_state=None).fit(*sequences),
    )


def test_a_fit_through_the_cache_equals_one_without(sequences):
    warm = tiny(learning_rate=0.5).fit(*sequences)  # leaves a program behind
    cached = tiny().fit(*sequences)
    LSTMRegressor.clear_programs()

    assert same_weights(cached, tiny().fit(*sequences))
    assert not same_weights(cached, warm)


def test_global_state_is_left_as_it_was(sequences):
    import keras
    import tensorflow as tf
    from tensorflow.python.framework import config

    keras.utils.set_random_seed(1)
    tf.random.set_seed(2)
    tf.random.normal(())

    def states():
        numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002
        return random.getstate(), numpy_state, config.is_op_determinism_enabled()

    before = states()
    expected = tf.random.normal((3,)).numpy()
    tf.random.set_seed(2)
    tf.random.normal(())

    tiny(random_state=None, dropout=0.1).fit(*sequences).predict(sequences[0])

    assert states() == before
    np.testing.assert_array_equal(tf.random.normal((3,)), expected)


class Interrupt(BaseException):
    """Like the user's Ctrl-C, which is no Exception either."""


@pytest.mark.parametrize("error", [Interrupt, RuntimeError])
def test_an_interrupted_fit_leaves_the_estimator_as_it_was(sequences, error):
    import keras

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise error

    X, y = sequences
    regressor = tiny().fit(X, y)
    before = regressor.predict(X)
    regressor.set_params(callbacks=[Stop()])

    with pytest.raises(error):
        regressor.fit(X[:, :3], np.c_[y, y])

    np.testing.assert_array_equal(regressor.predict(X), before)
    with pytest.raises(error):
        clone(regressor).fit(X, y)
    assert not hasattr(clone(regressor), "weights_")
    assert same_weights(tiny().fit(X, y), regressor), "the program was left half-used"
