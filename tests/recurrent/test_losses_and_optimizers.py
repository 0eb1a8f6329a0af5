"""Losses and optimizers, by name, instance and function."""

import copy
import inspect
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import skops.io
from recurrent.networks import same_weights, tiny
from sklearn.base import clone

from sklstm import PositiveOrderedRegressor
from sklstm._recurrent.network import Training

TRAINING = Training(
    loss="mse",
    quantiles=None,
    optimizer="adam",
    learning_rate=0.001,
    average_epochs=0.0,
    batch_size=8,
    epochs=1,
    shuffle=True,
    patience=None,
    verbose=0,
    callbacks=(),
)


@pytest.mark.parametrize("loss", ["mae", "huber", "LogCosh"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_losses_and_optimizers_can_be_given_by_name(sequences, loss, optimizer):
    regressor = tiny(loss=loss, optimizer=optimizer, learning_rate=0.05)

    regressor.fit(*sequences)

    losses = regressor.history_["loss"]
    assert losses[-1] < losses[0]


def test_fit_does_not_change_losses_and_optimizers(sequences):
    import keras

    optimizer = keras.optimizers.Adam(0.01, clipnorm=1.0)
    regressor = tiny(loss=keras.losses.Huber(delta=0.5), optimizer=optimizer)

    first = regressor.fit(*sequences)
    second = clone(regressor).fit(*sequences)

    assert not optimizer.built
    assert same_weights(first, second)


def with_pickle(regressor):
    return pickle.loads(pickle.dumps(regressor))


def with_skops(regressor):
    file = skops.io.dumps(regressor)
    untrusted = skops.io.get_untrusted_types(data=file)
    return skops.io.loads(file, trusted=untrusted)


def in_a_wrapper(regressor):
    """Return an estimator that fits a clone, as all that wrap one do."""
    return PositiveOrderedRegressor(regressor, lower=None, order=None)


def weights_of(model):
    return getattr(model, "regressor_", model)


@pytest.mark.parametrize(
    "duplicate",
    [clone, copy.copy, copy.deepcopy, with_pickle, with_skops, in_a_wrapper],
    ids=["clone", "copy", "deepcopy", "pickle", "skops", "wrapper"],
)
def test_parameters_of_a_loss_act_in_every_copy(duplicate, sequences):
    import keras

    deltas = (0.01, 10.0)
    fitted = [tiny(loss=keras.losses.Huber(delta)).fit(*sequences) for delta in deltas]
    assert not same_weights(*fitted)
    functions = [partial(keras.losses.huber, delta=delta) for delta in deltas]

    for first, delta, function in zip(fitted, deltas, functions, strict=True):
        copied = duplicate(tiny(loss=keras.losses.Huber(delta))).fit(*sequences)
        assert same_weights(first, weights_of(copied))
        by_function = tiny(loss=function).fit(*sequences)
        np.testing.assert_allclose(
            by_function.predict(sequences[0]), first.predict(sequences[0]), rtol=1e-4
        )


def test_programs_are_shared_only_by_losses_with_the_same_parameters():
    import keras

    from sklstm._recurrent._keras.pool import program_key

    def key(loss):
        return program_key(None, replace(TRAINING, loss=loss))

    kinds = [kind for kind in vars(keras.losses).values() if isinstance(kind, type)]
    compared = []
    for kind in kinds:
        assert key(kind()) == key(kind())
        for name, parameter in inspect.signature(kind).parameters.items():
            if isinstance(parameter.default, bool | int | float):
                other = kind(**{name: parameter.default / 2 + 0.1})
                assert key(other) != key(kind()), (kind, name)
                compared.append((kind.__name__, name))
    assert ("Huber", "delta") in compared
    assert ("CosineSimilarity", "axis") in compared


def test_an_optimizer_instance_keeps_its_learning_rate(sequences):
    import keras

    named = tiny(learning_rate=0.02).fit(*sequences)
    instance = tiny(optimizer=keras.optimizers.Adam(0.02)).fit(*sequences)
    slower = tiny(optimizer=keras.optimizers.Adam(0.001)).fit(*sequences)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.02, 1000, 1.0)
    scheduled = tiny(optimizer=keras.optimizers.Adam(schedule)).fit(*sequences)

    assert same_weights(named, instance)
    assert not same_weights(named, slower)
    assert same_weights(named, scheduled)


def test_a_loss_may_be_a_function_of_rows(sequences):
    def absolute(y_true, y_pred):
        return abs(y_true - y_pred)[:, 0]

    assert same_weights(
        tiny(loss=absolute).fit(*sequences), tiny(loss="mae").fit(*sequences)
    )


def test_a_loss_that_returns_one_value_for_all_rows_is_refused(sequences):
    import keras

    regressor = tiny(loss=lambda y, p: keras.ops.mean(abs(y - p)))

    with pytest.raises(ValueError, match=r"`loss` must return one value for each row"):
        regressor.fit(*sequences)


@pytest.mark.parametrize("what", ["loss", "optimizer"])
def test_an_unknown_name_is_refused(sequences, what):
    with pytest.raises(ValueError, match=rf"LSTMRegressor: `{what}` .*'nonsense'"):
        tiny(**{what: "nonsense"}).fit(*sequences)


def test_the_current_state_of_a_custom_loss_is_used(sequences):
    from keras import ops

    class Pinball:
        level = 0.05

        def __call__(self, y_true, y_pred):
            error = y_true - y_pred
            return ops.mean(
                ops.maximum(self.level * error, (self.level - 1) * error), axis=-1
            )

    X, y = sequences
    loss = Pinball()
    means = []
    for loss.level in (0.05, 0.5, 0.95):
        regressor = tiny(loss=loss, epochs=20, learning_rate=0.05).fit(X, y)
        means.append(regressor.predict(X).mean())

    assert means[0] < means[1] - 0.1
    assert means[1] < means[2] - 0.1


@pytest.mark.parametrize("loss", ["poisson", "MAPE", "mean_squared_logarithmic_error"])
def test_losses_of_positive_values_see_unshifted_targets(loss, sequences):
    import keras

    X, y = sequences
    y = np.exp(6 + 2 * y)
    params = {"epochs": 30, "units": 8, "learning_rate": 0.02, "head": "positive"}

    by_name = tiny(loss=loss, **params).fit(X, y)

    rescale = by_name.model_.get_layer("rescale")
    assert rescale.offset == 0
    np.testing.assert_allclose(rescale.scale, y.std())
    assert by_name.score(X, y) > 0.5
    if loss == "poisson":
        instance = keras.losses.Poisson(name="mine")
        assert same_weights(by_name, tiny(loss=instance, **params).fit(X, y))


@pytest.mark.parametrize("loss", ["bce", "binary_crossentropy", "kld"])
def test_losses_of_fractions_see_unscaled_targets(loss, sequences):
    X, y = sequences
    shares = 1 / (1 + np.exp(-y))

    rescale = tiny(loss=loss).fit(X, shares).model_.get_layer("rescale")

    assert rescale.offset == 0
    assert rescale.scale == 1


def test_a_loss_of_unknown_length_is_accepted(sequences):
    import tensorflow as tf

    def gathered(y_true, y_pred):
        rows = tf.where(y_true[:, 0] > -np.inf)[:, 0]
        return tf.gather(tf.reduce_mean((y_true - y_pred) ** 2, axis=-1), rows)

    losses = tiny(loss=gathered).fit(*sequences).history_["loss"]

    np.testing.assert_allclose(
        losses, tiny().fit(*sequences).history_["loss"], rtol=1e-4
    )


def test_a_loss_that_sums_over_rows_is_refused(sequences):
    from keras import ops

    def wrong(y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 2, axis=0)

    with pytest.raises(ValueError, match=r"one value for each row.* shape \(1,\)"):
        tiny(loss=wrong).fit(*sequences)


def test_classes_of_losses_and_optimizers_are_refused(sequences):
    import keras

    with pytest.raises(TypeError, match=r"`optimizer` must be .* Use Adam\(\)"):
        tiny(optimizer=keras.optimizers.Adam).fit(*sequences)
    with pytest.raises(TypeError, match=r"`loss` must be .* Use Huber\(\)"):
        tiny(loss=keras.losses.Huber).fit(*sequences)


def test_copies_of_optimizers_keep_exclusions_from_weight_decay(sequences):
    import keras

    plain = keras.optimizers.AdamW(0.05, weight_decay=3.0)
    spared = keras.optimizers.AdamW(0.05, weight_decay=3.0)
    spared.exclude_from_weight_decay(var_names=["kernel", "bias"])

    decayed = tiny(optimizer=plain).fit(*sequences)

    assert not same_weights(decayed, tiny(optimizer=spared).fit(*sequences))
    assert not plain.built
    assert same_weights(decayed, tiny(optimizer=plain).fit(*sequences))


@pytest.mark.parametrize("kind", ["schedule", "function", "loss scale"])
def test_optimizers_of_any_kind_are_accepted(kind, sequences):
    import keras

    class Steps(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.01 / (1.0 + keras.ops.cast(step, "float32"))

    optimizer = {
        "schedule": lambda: keras.optimizers.Adam(Steps()),
        "function": lambda: keras.optimizers.Adam(lambda: 0.01),
        "loss scale": lambda: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(0.01)
        ),
    }[kind]()

    losses = tiny(optimizer=optimizer, epochs=4).fit(*sequences).history_["loss"]

    assert losses[-1] < losses[0]


def test_a_warm_start_keeps_the_learning_rate_that_callbacks_lowered(sequences):
    import keras

    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    params = {"callbacks": [halved], "learning_rate": 0.02}
    once = tiny(epochs=4, **params).fit(*sequences)
    twice = tiny(epochs=2, warm_start=True, **params)

    twice.fit(*sequences).fit(*sequences)

    assert same_weights(once, twice)
    twice.set_params(learning_rate=0.5)
    before = [weight.copy() for weight in twice.weights_]
    twice.fit(*sequences)
    steps = [np.abs(a - b).max() for a, b in zip(before, twice.weights_, strict=True)]
    assert max(steps) > 0.1


def test_another_optimizer_starts_without_the_state_of_the_first(sequences):
    import keras

    momentum = keras.optimizers.SGD(0.01, momentum=0.9)
    regressor = tiny(optimizer=momentum, warm_start=True).fit(*sequences)

    regressor.set_params(optimizer="adagrad").fit(*sequences)

    assert np.isfinite(regressor.history_["loss"]).all()
    assert regressor.history_["loss"][-1] < regressor.history_["loss"][0]


def test_the_default_dtype_of_keras_has_no_effect(sequences):
    import keras

    before = keras.config.floatx()
    expected = tiny().fit(*sequences)
    try:
        keras.config.set_floatx("float64")
        regressor = tiny().fit(*sequences)
    finally:
        keras.config.set_floatx(before)

    assert same_weights(regressor, expected)


def test_a_huge_batch_is_no_larger_than_it_needs_to_be(sequences):
    whole = tiny(batch_size=1024).fit(*sequences)

    assert same_weights(whole, tiny(batch_size=10**9).fit(*sequences))


def test_a_loss_without_a_module_is_used(sequences):
    from functools import partial

    from keras import ops

    def power(y_true, y_pred, exponent):
        return ops.mean(abs(y_true - y_pred) ** exponent, axis=-1)

    class Square:
        __module__ = None

        def __call__(self, y_true, y_pred):
            return power(y_true, y_pred, 2)

    expected = tiny(loss="mse").fit(*sequences).history_["loss"]
    for loss in (Square(), partial(power, exponent=2)):
        losses = tiny(loss=loss).fit(*sequences).history_["loss"]
        np.testing.assert_allclose(losses, expected, rtol=1e-4)


def test_a_partial_of_a_loss_of_positive_values_sees_targets_unshifted(sequences):
    from functools import partial

    import keras

    X, y = sequences
    y = np.exp(6 + 2 * y)
    loss = partial(keras.losses.mean_absolute_percentage_error)

    rescale = tiny(loss=loss, epochs=1).fit(X, y).model_.get_layer("rescale")

    np.testing.assert_allclose(rescale.scale, y.std())
    assert rescale.offset == 0
