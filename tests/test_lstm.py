"""LSTMRegressor: training, shapes, seeds, errors; networks here are tiny."""

import copy
import pickle
import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_regressor

from sklstm import LSTMRegressor
from sklstm.exceptions import ConstraintWarning


def tiny(**params):
    return LSTMRegressor(**{"units": 4, "epochs": 3, "random_state": 0} | params)


@pytest.fixture(scope="module")
def sequences():
    """200 sequences of 6 steps and 2 channels; y is the mean of the last 2 steps."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6, 2))
    return X, X[:, -2:, 0].mean(axis=1)


@pytest.fixture(scope="module")
def two_outputs(sequences):
    """The same X; y has two columns of very different units."""
    X, y = sequences
    return X, np.column_stack([y, 1000 + 300 * y])


def same_weights(one, other):
    return all(map(np.array_equal, one.weights_, other.weights_))


# -- learning ------------------------------------------------------------------


def test_it_learns_unscaled_data(sequences):
    X, y = sequences

    regressor = tiny(units=8, epochs=40, learning_rate=0.02)
    regressor.fit(1e3 * X - 7e3, 1e-4 * y + 5)

    assert regressor.score(1e3 * X - 7e3, 1e-4 * y + 5) > 0.9


def test_outputs_of_different_units_are_all_learnt(two_outputs):
    X, y = two_outputs

    regressor = tiny(units=8, epochs=40, learning_rate=0.02).fit(X, y)

    errors = np.sqrt(np.mean((regressor.predict(X) - y) ** 2, axis=0)) / y.std(axis=0)
    assert np.all(errors < 0.3)


def test_minibatches_are_those_of_keras(sequences):
    """Against Keras' own `fit`: same start, no shuffling, a partial last batch."""
    keras = pytest.importorskip("keras")
    X, y = sequences
    X, y = X[:50].astype(np.float32), y[:50].astype(np.float32)
    weight = np.linspace(0.5, 1.5, 50)
    ours = tiny(
        epochs=1, batch_size=32, shuffle=False, normalize=False, learning_rate=1e-9
    )
    ours.fit(X, y, weight)
    model = ours.model_  # all but untrained
    model.compile(keras.optimizers.Adam(0.01), "mse")

    history = model.fit(
        X, y, batch_size=32, epochs=2, shuffle=False, verbose=0, sample_weight=weight
    ).history
    ours.set_params(learning_rate=0.01, epochs=2).fit(X, y, weight)

    np.testing.assert_allclose(
        ours.predict(X), model.predict(X, verbose=0)[:, 0], atol=1e-4
    )
    assert len(history["loss"]) == ours.n_epochs_


@pytest.mark.parametrize("loss", ["mae", "huber", "LogCosh"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_losses_and_optimizers_go_by_name(sequences, loss, optimizer):
    regressor = tiny(loss=loss, optimizer=optimizer, learning_rate=0.05)

    regressor.fit(*sequences)

    losses = regressor.history_["loss"]
    assert losses[-1] < losses[0]


def test_instances_of_losses_and_optimizers_stay_unused(sequences):
    import keras

    optimizer = keras.optimizers.Adam(0.01, clipnorm=1.0)
    regressor = tiny(loss=keras.losses.Huber(delta=0.5), optimizer=optimizer)

    first = regressor.fit(*sequences)
    second = clone(regressor).fit(*sequences)

    assert not optimizer.built
    assert same_weights(first, second)


def test_the_learning_rate_of_an_instance_is_its_own(sequences):
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


def test_a_loss_that_is_no_longer_one_value_a_row_is_refused(sequences):
    import keras

    regressor = tiny(loss=lambda y, p: keras.ops.mean(abs(y - p)))

    with pytest.raises(ValueError, match=r"`loss` must return one value for each row"):
        regressor.fit(*sequences)


@pytest.mark.parametrize("what", ["loss", "optimizer"])
def test_an_unknown_name_is_refused(sequences, what):
    with pytest.raises(ValueError, match=rf"LSTMRegressor: `{what}` .*'nonsense'"):
        tiny(**{what: "nonsense"}).fit(*sequences)


@pytest.mark.parametrize(
    "params",
    [{"units": (4, 3)}, {"bidirectional": True}, {"dropout": 0.3}, {"units": [2]}],
)
def test_networks_may_be_stacked_bidirectional_and_with_dropout(sequences, params):
    X, _ = sequences
    regressor = tiny(**params).fit(*sequences)

    n_layers = len(np.atleast_1d(regressor.units))
    layers = [layer.name for layer in regressor.model_.layers]
    assert sum("lstm" in name or "bidirectional" in name for name in layers) == n_layers
    np.testing.assert_array_equal(regressor.predict(X), regressor.predict(X))


# -- shapes --------------------------------------------------------------------


def test_2d_rows_are_read_step_by_step(sequences):
    X, y = sequences
    flat = X.reshape(len(X), -1)

    from_3d = tiny().fit(X, y)
    from_2d = tiny(n_timesteps=6).fit(flat, y)

    np.testing.assert_array_equal(from_3d.predict(X), from_2d.predict(flat))


def test_columns_of_a_table_have_scales_of_their_own():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = X[:, 0]
    units = np.array([1e-3, 1.0, 1e5])

    np.testing.assert_allclose(
        tiny().fit(X, y).predict(X), tiny().fit(X * units, y).predict(X * units)
    )


def test_predictions_have_the_shape_of_y(sequences):
    X, y = sequences

    assert tiny().fit(X, y).predict(X).shape == (200,)
    assert tiny().fit(X, y[:, None]).predict(X).shape == (200, 1)
    assert tiny().fit(X, np.c_[y, y]).predict(X).shape == (200, 2)
    assert tiny().fit(X.astype(np.float32), y).predict(X).dtype == np.float64


def test_names_of_columns_are_kept(sequences):
    X, y = sequences
    frame = pd.DataFrame(X[:, :, 0], columns=list("abcdef"))

    regressor = tiny().fit(frame, y)

    assert list(regressor.feature_names_in_) == list("abcdef")
    with pytest.raises(ValueError, match="feature names should match"):
        regressor.predict(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize("units", [5, (7, 3), 33])
def test_predict_of_one_row_equals_its_row_in_a_batch(sequences, units):
    X = np.random.default_rng(1).normal(size=(1100, 6, 2))
    regressor = tiny(units=units, epochs=1).fit(*sequences)

    batch = regressor.predict(X)

    alone = [regressor.predict(X[[i]])[0] for i in range(0, len(X), 17)]
    np.testing.assert_array_equal(batch[::17], alone)
    np.testing.assert_array_equal(batch[::-1], regressor.predict(X[::-1]))


# -- validation, early stopping, history ---------------------------------------


def test_the_last_rows_are_held_out(sequences):
    X, y = sequences
    spoilt = y.copy()
    spoilt[-20:] = 1e6  # rows that training must not see

    held_out = tiny(early_stopping=True, normalize=False, patience=99).fit(X, spoilt)
    without = tiny(normalize=False).fit(X[:-20], y[:-20])

    assert held_out.history_["loss"] == without.history_["loss"]
    assert min(held_out.history_["val_loss"]) > 1e11


def test_early_stopping_keeps_the_best_weights(sequences):
    X, _ = sequences
    noise = np.random.default_rng(0).normal(size=len(X))  # nothing to learn
    regressor = tiny(
        units=16, epochs=60, learning_rate=0.05, early_stopping=True, patience=3
    )

    regressor.fit(X, noise)

    losses = regressor.history_["val_loss"]
    best = int(np.argmin(losses))
    assert regressor.n_epochs_ == len(losses) == best + 1 + 3
    errors = (regressor.predict(X[-20:]) - noise[-20:]) / noise[:-20].std()
    assert np.mean(errors**2) == pytest.approx(losses[best], rel=1e-4)


def test_the_best_weights_are_kept_when_the_epochs_run_out(sequences):
    X, _ = sequences
    noise = np.random.default_rng(0).normal(size=len(X))
    regressor = tiny(
        units=16, epochs=8, learning_rate=0.05, early_stopping=True, patience=99
    )

    regressor.fit(X, noise)

    losses = regressor.history_["val_loss"]
    assert np.argmin(losses) < 7, "the last epoch must not be the best in this test"
    shortened = clone(regressor).set_params(epochs=int(np.argmin(losses)) + 1)
    assert same_weights(regressor, shortened.fit(X, noise))


def test_a_diverging_fit_names_the_learning_rate(sequences):
    X, y = sequences

    with pytest.raises(ValueError, match=r"diverged.*epoch.*`learning_rate` \(now 1e"):
        tiny(optimizer="sgd", learning_rate=1e30, normalize=False).fit(X, 1e9 * y)


def test_verbose_shows_the_bar_of_keras(sequences, capsys):
    tiny(verbose=2).fit(*sequences)

    assert "Epoch 3/3" in capsys.readouterr().out


# -- weights of rows -----------------------------------------------------------


def test_rows_of_weight_zero_are_as_if_left_out(sequences):
    X, y = sequences
    weight = np.tile([1.0, 0.0], 100)

    assert same_weights(tiny().fit(X, y, weight), tiny().fit(X[::2], y[::2]))


def test_the_unit_of_sample_weight_is_of_no_effect(sequences):
    X, y = sequences
    weight = np.linspace(1, 2, len(y))

    assert same_weights(
        tiny(optimizer="sgd").fit(X, y, weight),
        tiny(optimizer="sgd").fit(X, y, 4 * weight),
    )
    assert not same_weights(tiny().fit(X, y, weight), tiny().fit(X, y))


# -- going on ------------------------------------------------------------------


def test_training_in_two_goes_equals_training_in_one(sequences):
    once = tiny(epochs=4, dropout=0.2).fit(*sequences)
    twice = tiny(epochs=2, dropout=0.2, warm_start=True)

    twice.fit(*sequences).fit(*sequences)

    assert same_weights(once, twice)
    assert once.history_ == twice.history_
    assert twice.n_epochs_ == 4


@pytest.mark.parametrize("held_out_first", [True, False])
def test_histories_of_a_warm_start_stay_in_step(held_out_first, sequences):
    regressor = tiny(epochs=2, warm_start=True, early_stopping=held_out_first)
    regressor.fit(*sequences)
    regressor.set_params(early_stopping=not held_out_first).fit(*sequences)

    assert np.isfinite(regressor.history_["loss"]).all()
    is_held_out = np.isfinite(regressor.history_["val_loss"])
    assert is_held_out.tolist() == [held_out_first] * 2 + [not held_out_first] * 2


def test_partial_fit_goes_on_by_one_epoch(sequences):
    X, y = sequences
    fitted = tiny(epochs=3).fit(X, y)
    in_parts = tiny()

    for _ in range(3):
        in_parts.partial_fit(X, y)

    assert same_weights(fitted, in_parts)
    assert in_parts.n_epochs_ == 3
    in_parts.partial_fit(X[:1], y[:1])
    assert in_parts.n_epochs_ == 4


def test_a_new_fit_starts_anew(sequences):
    regressor = tiny()

    first = [w.copy() for w in regressor.fit(*sequences).weights_]

    assert all(map(np.array_equal, first, regressor.fit(*sequences).weights_))


def test_warm_start_refuses_another_network(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    with pytest.raises(ValueError, match=r"units=\(4,\), which cannot become \(5,\)"):
        regressor.set_params(units=5).fit(*sequences)


def test_warm_start_may_change_the_optimizer(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    regressor.set_params(optimizer="sgd", learning_rate=0.1).fit(*sequences)

    assert regressor.n_epochs_ == 6


# -- losses and optimizers -----------------------------------------------------


def test_a_loss_that_changes_is_used_as_it_is_now(sequences):
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
def test_losses_of_positive_values_see_targets_that_are_not_shifted(loss, sequences):
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
def test_losses_of_shares_see_targets_as_they_are(loss, sequences):
    X, y = sequences
    shares = 1 / (1 + np.exp(-y))

    rescale = tiny(loss=loss).fit(X, shares).model_.get_layer("rescale")

    assert rescale.offset == 0
    assert rescale.scale == 1


def test_a_loss_of_unknown_length_is_taken(sequences):
    import tensorflow as tf

    def gathered(y_true, y_pred):
        rows = tf.where(y_true[:, 0] > -np.inf)[:, 0]
        return tf.gather(tf.reduce_mean((y_true - y_pred) ** 2, axis=-1), rows)

    losses = tiny(loss=gathered).fit(*sequences).history_["loss"]

    np.testing.assert_allclose(
        losses, tiny().fit(*sequences).history_["loss"], rtol=1e-4
    )


def test_a_loss_that_sums_over_rows_is_told_of(sequences):
    from keras import ops

    def wrong(y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 2, axis=0)

    with pytest.raises(ValueError, match=r"one value for each row.* shape \(1,\)"):
        tiny(loss=wrong).fit(*sequences)


def test_classes_of_losses_and_optimizers_are_told_of(sequences):
    import keras

    with pytest.raises(TypeError, match=r"`optimizer` must be .* Write Adam\(\)"):
        tiny(optimizer=keras.optimizers.Adam).fit(*sequences)
    with pytest.raises(TypeError, match=r"`loss` must be .* Write Huber\(\)"):
        tiny(loss=keras.losses.Huber).fit(*sequences)


def test_optimizers_are_copied_with_all_that_they_were_told(sequences):
    import keras

    plain = keras.optimizers.AdamW(0.05, weight_decay=3.0)
    spared = keras.optimizers.AdamW(0.05, weight_decay=3.0)
    spared.exclude_from_weight_decay(var_names=["kernel", "bias"])

    decayed = tiny(optimizer=plain).fit(*sequences)

    assert not same_weights(decayed, tiny(optimizer=spared).fit(*sequences))
    assert not plain.built
    assert same_weights(decayed, tiny(optimizer=plain).fit(*sequences))


@pytest.mark.parametrize("kind", ["schedule", "function", "loss scale"])
def test_optimizers_of_any_kind_are_taken(kind, sequences):
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


def test_a_learning_rate_that_callbacks_lowered_stays_so_in_a_warm_start(sequences):
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


def test_the_default_dtype_of_keras_is_no_matter(sequences):
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


# -- scales --------------------------------------------------------------------


def test_the_model_takes_X_far_from_zero_as_predict_does(sequences):
    X, y = sequences
    regressor = tiny(epochs=10, learning_rate=0.02).fit(1.6e9 + X, y)

    predictions = regressor.model_(1.6e9 + X).numpy()[:, 0]

    np.testing.assert_allclose(predictions, regressor.predict(1.6e9 + X), atol=1e-5)


def test_targets_too_far_from_zero_for_a_positive_head_are_warned_of(sequences):
    X, y = sequences

    with pytest.warns(UserWarning, match=r"whose mean is 1\.\de\+08 times"):
        tiny(head="positive").fit(X, 1e8 + y)
    tiny(head="positive").fit(X, np.full(200, 1e8))


# -- callbacks -----------------------------------------------------------------


def test_callbacks_are_copied(sequences):
    import keras

    class Recorder(keras.callbacks.Callback):
        epochs = ()

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += (epoch,)
            if epoch == 1:
                self.model.stop_training = True

    recorder = Recorder()
    regressor = tiny(epochs=9, callbacks=[recorder]).fit(*sequences)

    assert regressor.n_epochs_ == 2
    assert recorder.epochs == ()
    assert recorder.model is None
    assert (
        clone(regressor).set_params(callbacks=recorder).fit(*sequences).n_epochs_ == 2
    )


def test_callbacks_of_minibatches_are_called_at_each(sequences):
    import keras

    class WarmUp(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(batch)
            self.model.optimizer.learning_rate = 1e-3 * len(seen)

    seen = []
    warm = tiny(epochs=1, batch_size=32, callbacks=WarmUp()).fit(*sequences)

    assert seen == list(range(7))  # 200 rows
    assert not same_weights(warm, tiny(epochs=1, batch_size=32).fit(*sequences))


def test_saving_the_inner_network_is_warned_of(sequences, tmp_path):
    import keras

    whole = keras.callbacks.ModelCheckpoint(str(tmp_path / "whole.keras"))
    with pytest.warns(UserWarning, match="ModelCheckpoint saves .* save `model_`"):
        tiny(epochs=1, callbacks=whole).fit(*sequences)
    weights = keras.callbacks.ModelCheckpoint(
        str(tmp_path / "only.weights.h5"), save_weights_only=True
    )
    tiny(epochs=1, callbacks=weights).fit(*sequences)
    tiny(epochs=1, callbacks=whole, normalize=False).fit(*sequences)


def test_callbacks_that_cannot_be_pickled_are_left_out_of_the_file(sequences):
    tqdm_keras = pytest.importorskip("tqdm.keras")
    regressor = tiny(epochs=1, callbacks=[tqdm_keras.TqdmCallback(verbose=0)])
    regressor.fit(*sequences)

    with pytest.warns(UserWarning, match="`callbacks` cannot be pickled"):
        loaded = pickle.loads(pickle.dumps(regressor))

    assert loaded.callbacks is None
    X, _ = sequences
    np.testing.assert_array_equal(loaded.predict(X), regressor.predict(X))


@pytest.mark.parametrize("function", [copy.copy, copy.deepcopy, clone])
def test_copies_keep_their_callbacks(function, sequences):
    import keras

    bars = [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)]
    regressor = tiny(epochs=1, callbacks=bars, warm_start=True).fit(*sequences)

    copied = function(regressor)

    assert copied.callbacks is bars
    assert copied.get_params().keys() == regressor.get_params().keys()
    if function is not clone:
        assert same_weights(copied, regressor)
        copied.fit(*sequences)
        assert not same_weights(copied, regressor)


def test_callbacks_that_act_by_epoch_do_not_slow_the_minibatches(sequences, tmp_path):
    import keras

    from sklstm._keras import _wants_batches

    path = str(tmp_path / "a.weights.h5")
    save = keras.callbacks.ModelCheckpoint
    assert not _wants_batches(save(path, save_weights_only=True))
    assert _wants_batches(save(path, save_weights_only=True, save_freq=3))
    assert not _wants_batches(keras.callbacks.TerminateOnNaN())
    assert not _wants_batches(keras.callbacks.EarlyStopping())
    assert _wants_batches(
        keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    )


def test_callbacks_see_the_learning_rate(sequences):
    import keras

    halved = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)

    regressor = tiny(callbacks=[halved], learning_rate=0.02).fit(*sequences)

    assert not same_weights(regressor, tiny(learning_rate=0.02).fit(*sequences))
    assert same_weights(regressor, clone(regressor).fit(*sequences))


def test_progress_bars_of_tqdm_survive_clone_and_fit(sequences):
    tqdm_keras = pytest.importorskip("tqdm.keras")
    bar = tqdm_keras.TqdmCallback(verbose=0)
    regressor = tiny(callbacks=[bar])

    clone(regressor).fit(*sequences)

    assert regressor.fit(*sequences).n_epochs_ == 3


def test_scikit_learn_callbacks_take_part(sequences):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")
    seen = []

    class StopAfterTwo:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            if context.parent is not None:
                seen.append(fitted_estimator.predict(sequences[0][:1])[0])
            return len(seen) == 2

    regressor = tiny(epochs=9).set_callbacks(StopAfterTwo()).fit(*sequences)

    assert isinstance(StopAfterTwo(), callback.FitCallback)
    assert regressor.n_epochs_ == 2
    assert seen[-1] == regressor.predict(sequences[0][:1])[0]


# -- seeds and state -----------------------------------------------------------


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


# -- quantiles -----------------------------------------------------------------


def test_quantiles_are_learnt():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3, 1))
    y = 10 + rng.normal(size=400)
    regressor = tiny(quantiles=(0.1, 0.5, 0.9), epochs=30, learning_rate=0.01)

    predicted = regressor.fit(X, y).predict(X)

    below = np.mean(y[:, None] <= predicted, axis=0)
    np.testing.assert_allclose(below, [0.1, 0.5, 0.9], atol=0.06)
    assert regressor.n_outputs_ == 3


def test_quantiles_are_scored_by_the_pinball_loss(sequences):
    from sklearn.metrics import d2_pinball_score

    X, y = sequences
    regressor = tiny(quantiles=[0.2, 0.7]).fit(X, y)
    predicted = regressor.predict(X)
    scores = [
        d2_pinball_score(y, predicted[:, 0], alpha=0.2),
        d2_pinball_score(y, predicted[:, 1], alpha=0.7),
    ]

    assert regressor.score(X, y) == pytest.approx(np.mean(scores))


@pytest.mark.parametrize(
    "levels", [(0.5, 0.1), (0.0, 0.5), (0.5, 1.0), (), (0.5, 0.5), "0.5", (np.nan,)]
)
def test_levels_out_of_order_or_range_are_refused(sequences, levels):
    with pytest.raises(
        ValueError, match=r"quantiles. (must be|parameter of LSTMRegressor)"
    ):
        tiny(quantiles=levels).fit(*sequences)


def test_quantiles_of_several_targets_are_refused(two_outputs):
    with pytest.raises(ValueError, match="`quantiles` are those of one target"):
        tiny(quantiles=(0.1, 0.9)).fit(*two_outputs)


# -- heads ---------------------------------------------------------------------


FAR = st.floats(-1e300, 1e300, allow_nan=False)


@pytest.fixture(scope="module")
def headed(sequences):
    """A barely and a well trained network for each head."""
    X, y = sequences
    y = np.c_[np.exp(y), np.exp(y) + 1, np.exp(y) + 1.5]
    return {
        (head, epochs): tiny(head=head, epochs=epochs, learning_rate=0.02).fit(X, y)
        for head in ("positive", "ordered", "positive_ordered")
        for epochs in (1, 30)
    }


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(FAR, min_size=12, max_size=12))
def test_heads_keep_their_promise_far_outside_the_training_range(headed, row):
    X = np.reshape(row, (1, 6, 2))
    for (head, _), regressor in headed.items():
        predicted = regressor.predict(X)
        assert np.all(np.isfinite(predicted))
        if "positive" in head:
            assert np.all(predicted >= 0)
        if "ordered" in head:
            assert np.all(np.diff(predicted) >= 0)


@pytest.mark.parametrize("head", ["linear", "positive", "ordered", "positive_ordered"])
@pytest.mark.parametrize("quantiles", [None, (0.1, 0.5, 0.9)])
def test_training_starts_near_the_target(sequences, head, quantiles):
    X, y = sequences
    y = 500 + 20 * y
    regressor = tiny(head=head, quantiles=quantiles, epochs=1, learning_rate=1e-9)

    predicted = regressor.fit(X, y).predict(X).mean(axis=0)

    expected = y.mean() if quantiles is None else np.quantile(y, quantiles)
    np.testing.assert_allclose(predicted, expected, atol=1.0 * y.std())


def test_a_target_out_of_reach_of_the_head_warns(sequences):
    X, y = sequences

    with pytest.warns(ConstraintWarning, match=r"LSTMRegressor: \d+% .*non-negative"):
        tiny(head="positive").fit(X, y)
    with pytest.warns(ConstraintWarning, match="ordered"):
        tiny(head="ordered").fit(X, np.c_[y, y - 1])


def test_the_keras_model_predicts_in_the_units_of_the_target(two_outputs, tmp_path):
    import keras

    X, y = two_outputs
    regressor = tiny(head="ordered").fit(X, np.sort(y, axis=1))

    regressor.model_.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")

    np.testing.assert_allclose(
        loaded.predict(X, verbose=0), regressor.predict(X), rtol=1e-4, atol=1e-3
    )


# -- errors --------------------------------------------------------------------


def test_a_wrong_shape_is_named(sequences):
    X, y = sequences
    regressor = tiny().fit(X, y)

    with pytest.raises(
        ValueError, match=r"shape \(6, 3\), but it was fitted on \(6, 2"
    ):
        regressor.predict(np.zeros((4, 6, 3)))
    with pytest.raises(
        ValueError, match=r"shape \(5, 2\), but it was fitted on \(6, 2"
    ):
        regressor.predict(np.zeros((4, 5, 2)))
    with pytest.raises(ValueError, match=r"X is 2-D, .* fitted on 3-D X"):
        regressor.predict(np.zeros((4, 12)))
    with pytest.raises(ValueError, match=r"must be 2-D.*or 3-D.*got the shape"):
        regressor.fit(X[..., None], y)
    with pytest.raises(ValueError, match="no empty axis"):
        regressor.fit(X[:, :, :0], y)
    with pytest.raises(ValueError, match="Reshape your data"):
        regressor.fit(X[0, :, 0], y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        regressor.fit(X, y[:-1])


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.full((5, 2, 1), np.nan), np.ones(5), "X contains NaN"),
        (np.ones((5, 2, 1)), np.full(5, np.nan), "y contains NaN"),
        (np.ones((0, 2, 1)), np.ones(0), "0 sample"),
        (np.ones((1, 2, 1)), np.ones(1), "1 sample.* minimum of 2 .*LSTMRegressor"),
        (np.ones((5, 2, 1)), None, "requires y to be passed"),
        (np.ones((5, 2, 1)), np.array(list("abcde")), "could not convert string"),
    ],
)
def test_bad_data_is_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        tiny().fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"units": 0}, "'units' parameter"),
        ({"units": (4, -1)}, "`units` must be a positive int"),
        ({"units": ()}, "`units` must be a positive int"),
        ({"head": "sorted"}, "'head' parameter"),
        ({"epochs": "many"}, "'epochs' parameter"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"learning_rate": 0}, "'learning_rate' parameter"),
        ({"n_timesteps": 5}, "is for 2-D X"),
        ({"early_stopping": True, "validation_fraction": 0.999}, "leaves none"),
        ({"callbacks": ["bar"]}, "LSTMRegressor: `callbacks`"),
        ({"optimizer": 3}, "'optimizer' parameter"),
    ],
)
def test_bad_parameters_are_refused(sequences, params, message):
    with pytest.raises(ValueError, match=message):
        tiny(**params).fit(*sequences)


def test_columns_that_do_not_divide_into_steps_are_refused():
    with pytest.raises(ValueError, match=r"n_timesteps=5 and 12 columns"):
        tiny(n_timesteps=5).fit(np.ones((9, 12)), np.ones(9))


def test_no_weight_at_all_is_refused(sequences):
    X, y = sequences

    with pytest.raises(ValueError, match=r"`sample_weight` is 0|at least one non-zero"):
        tiny().fit(X, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        tiny().fit(X, y, -np.ones(len(y)))


def test_it_is_a_regressor():
    assert is_regressor(LSTMRegressor())
    assert not hasattr(LSTMRegressor(), "model_")
    assert not hasattr(LSTMRegressor(), "n_features_in_")
