"""Averages of the weights over the last steps of the training."""

import copy

import keras
import numpy as np
import pytest
from recurrent.networks import same_weights, tiny


class Steps(keras.callbacks.Callback):
    """Record the weights before the first minibatch, and after each."""

    def on_train_begin(self, logs=None):
        self.weights = []
        self.between = []

    def on_train_batch_begin(self, batch, logs=None):
        if not self.weights:
            self.weights.append(self.model.get_weights())

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append(self.model.get_weights())

    def on_epoch_end(self, epoch, logs=None):
        self.between.append(self.model.get_weights())


def steps_of(regressor):
    """Return the weights after each step."""
    return regressor.callbacks_[0].weights


def equal(one, other):
    return all(map(np.array_equal, one, other))


def expected_average(steps, window):
    """Average in float64, one step after the other."""
    average = [part.astype(np.float64) for part in steps[0]]
    for n, step in enumerate(steps[1:], start=1):
        share = 1 / min(window, max(n / 4, 1))
        average = [a + share * (w - a) for a, w in zip(average, step, strict=True)]
    return average


@pytest.mark.parametrize("average_epochs", [0.01, 0.3, 1, 2.5, 100])
def test_weights_are_averages_of_the_last_steps(average_epochs, sequences):
    params = {"average_epochs": average_epochs, "learning_rate": 0.05, "epochs": 4}

    regressor = tiny(**params, batch_size=20, callbacks=Steps()).fit(*sequences)

    steps = steps_of(regressor)
    assert len(steps) == 41
    expected = expected_average(steps, max(10 * average_epochs, 1))
    for found, wanted in zip(regressor.weights_, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-6)
    assert same_weights(tiny(**params, batch_size=20).fit(*sequences), regressor)


def test_programs_with_xla_average_alike(sequences):
    params = {"epochs": 70, "batch_size": 20, "average_epochs": 3}  # 4200 steps of time

    regressor = tiny(**params, callbacks=Steps()).fit(*sequences)

    expected = expected_average(steps_of(regressor), 30)
    for found, wanted in zip(regressor.weights_, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_without_averages_the_last_weights_are_kept(sequences):
    regressor = tiny(average_epochs=0, callbacks=Steps()).fit(*sequences)

    assert equal(regressor.weights_, steps_of(regressor)[-1])
    assert equal(regressor.weights_, regressor.callbacks_[0].between[-1])


def test_training_goes_on_with_the_last_weights(sequences):
    def steps(**params):
        return steps_of(tiny(**params, callbacks=Steps()).fit(*sequences))

    for one, other in zip(
        steps(average_epochs=2), steps(average_epochs=0), strict=True
    ):
        assert equal(one, other)


def test_averages_are_what_is_validated_and_seen_between_epochs(sequences):
    X, y = sequences
    params = {"early_stopping": True, "normalize": False, "learning_rate": 0.05}

    regressor = tiny(**params, callbacks=Steps(), patience=9).fit(X, y)

    losses = regressor.history_["val_loss"]
    assert np.argmin(losses) == 2
    assert equal(regressor.weights_, regressor.callbacks_[0].between[-1])
    assert not equal(regressor.weights_, steps_of(regressor)[-1])
    n_last = 20
    errors = regressor.predict(X[-n_last:]) - y[-n_last:]
    assert np.mean(errors**2) == pytest.approx(losses[-1], rel=1e-5)


def test_looking_at_the_network_between_epochs_changes_nothing(sequences):
    unseen = tiny(epochs=2, warm_start=True)
    seen = tiny(epochs=2, warm_start=True, callbacks=keras.callbacks.Callback())
    for _ in range(2):  # the second fit goes on with the last weights
        unseen.fit(*sequences)
        seen.fit(*sequences)

        assert same_weights(seen, unseen)


def test_looking_at_weights_that_are_nan_changes_nothing(two_outputs):
    class Broken(keras.optimizers.SGD):
        def apply(self, grads, variables=None):
            super().apply(grads, variables)
            bias = variables[-1]
            bias.assign(keras.ops.stack([bias[0], np.nan]))

    def loss_of_the_first(y_true, y_pred):
        return keras.ops.square(y_true[:, 0] - y_pred[:, 0])

    params = {"loss": loss_of_the_first, "optimizer": Broken(0.1), "epochs": 3}

    unseen = tiny(**params).fit(*two_outputs)
    seen = tiny(**params, callbacks=keras.callbacks.Callback()).fit(*two_outputs)

    assert np.isnan(unseen.weights_[-1]).any()
    np.testing.assert_equal(seen.weights_, unseen.weights_)
    assert seen.history_ == unseen.history_


def test_callbacks_of_sklearn_see_the_averages_between_epochs(sequences):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")
    X, y = sequences
    found = []

    def score(estimator, X, y):
        found.append(estimator.weights_)
        return {"score": 0.0}

    monitor = callback.ScoringMonitor(scoring=score)

    unseen = tiny(epochs=3).fit(X, y)
    seen = tiny(epochs=3, callbacks=Steps()).fit(X, y)
    monitored = tiny(epochs=3).set_callbacks(monitor).fit(X, y)

    between = seen.callbacks_[0].between
    assert all(map(equal, found, between))
    assert len(between) == 3 <= len(found)
    assert same_weights(monitored, unseen)


@pytest.mark.parametrize("when", ["on_train_begin", "on_epoch_begin", "on_epoch_end"])
def test_training_goes_on_with_weights_that_a_callback_sets(when, sequences):
    class Zeros(Steps):
        def on_train_batch_begin(self, batch, logs=None):
            self.weights.append(self.model.get_weights())

    def set_weights(self, *_, **__):
        if not getattr(self, "done", False):
            self.done = True
            zeros = [np.zeros_like(part) for part in self.model.get_weights()]
            self.model.set_weights(zeros)

    setter = type("Setter", (keras.callbacks.Callback,), {when: set_weights})()
    callbacks = [Zeros(), setter]

    found = tiny(epochs=2, batch_size=200, callbacks=callbacks).fit(*sequences)

    first = {"on_epoch_end": 2}.get(when, 0)  # each epoch has one minibatch
    start = steps_of(found)[first]
    assert all(np.all(part == 0) for part in start)


def test_a_warm_start_goes_on_with_the_best_weights(sequences):
    X, y = sequences
    params = {"early_stopping": True, "patience": 2, "epochs": 30}
    regressor = tiny(**params, learning_rate=0.3, warm_start=True).fit(X, y)
    assert regressor.n_epochs_ < 30, "it has stopped, and gone back"
    best = copy.deepcopy(regressor.weights_)

    regressor.set_params(callbacks=Steps()).fit(X, y)

    assert equal(steps_of(regressor)[0], best)


@pytest.mark.parametrize(("before", "after"), [(0, 2), (2, 0)])
def test_averages_that_come_or_go_leave_the_optimizer_alone(before, after, sequences):
    regressor = tiny(average_epochs=before, warm_start=True).fit(*sequences)
    regressor.set_params(average_epochs=after, callbacks=Steps()).fit(*sequences)

    at_once = tiny(epochs=6, average_epochs=after, callbacks=Steps()).fit(*sequences)

    n_steps = len(steps_of(regressor)) - 1
    for one, other in zip(
        steps_of(regressor)[1:], steps_of(at_once)[-n_steps:], strict=True
    ):
        assert equal(one, other)


def test_an_optimizer_that_averages_is_left_alone(sequences):
    def fitted(average_epochs):
        optimizer = keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)
        regressor = tiny(optimizer=optimizer, early_stopping=True)
        return regressor.set_params(average_epochs=average_epochs).fit(*sequences)

    assert same_weights(fitted(0), fitted(1))
    assert fitted(0).history_ == fitted(1).history_


def test_fits_with_and_without_averages_share_no_program(sequences):
    first, averages, again = (
        tiny(average_epochs=average_epochs).fit(*sequences)
        for average_epochs in (0, 1, 0)
    )

    assert same_weights(first, again)
    assert not same_weights(first, averages)


@pytest.mark.parametrize("before", [0, 1])
def test_a_backup_goes_on_with_the_weights_that_it_saved(before, sequences, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                saved.extend(self.model.get_weights())
                raise KeyboardInterrupt

    saved = []
    backup = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
    regressor = tiny(average_epochs=before, callbacks=[backup, Stop()])
    with pytest.raises(KeyboardInterrupt):
        regressor.fit(*sequences)

    regressor.set_params(average_epochs=1, callbacks=[Steps(), backup]).fit(*sequences)

    assert equal(steps_of(regressor)[0], saved)


def test_resetting_the_optimizer_leaves_the_weights_alone(sequences):
    class Reset(Steps):
        def on_epoch_end(self, epoch, logs=None):
            for variable in self.model.optimizer.variables:
                if "learning_rate" not in variable.path:
                    variable.assign(np.zeros(variable.shape, variable.dtype))

    one, other = (
        tiny(average_epochs=average_epochs, callbacks=Reset()).fit(*sequences)
        for average_epochs in (0, 1)
    )

    assert equal(steps_of(one)[-1], steps_of(other)[-1])


def test_training_goes_on_with_weights_that_a_user_sets(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)
    regressor.weights_ = [np.zeros_like(part) for part in regressor.weights_]

    regressor.set_params(callbacks=Steps()).fit(*sequences)

    assert all(np.all(part == 0) for part in steps_of(regressor)[0])


def test_averages_are_those_of_weights_as_callbacks_leave_them(sequences):
    class NotNegative(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.set_weights([np.abs(w) for w in self.model.get_weights()])

    regressor = tiny(callbacks=NotNegative(), learning_rate=0.05).fit(*sequences)

    first = tiny(callbacks=Steps()).fit(*sequences).callbacks_[0].weights[0]
    assert min(part.min() for part in first) < 0
    assert min(part.min() for part in regressor.weights_) > -1e-3


def test_averages_cover_the_last_quarter_of_steps_in_epochs_of_any_length(sequences):
    X, y = sequences
    parts = [slice(0, 20)] * 8 + [slice(0, 200)]
    regressor = tiny(average_epochs=1000, batch_size=20, callbacks=Steps())
    steps = []
    for part in parts:
        regressor.partial_fit(X[part], y[part])
        steps += steps_of(regressor)[bool(steps) :]

    expected = expected_average(steps, 1000)

    assert len(steps) == 19
    for found, wanted in zip(regressor.weights_, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-6)


def test_an_optimizer_that_averages_within_another_is_left_alone(sequences):
    def fitted(average_epochs):
        inner = keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)
        optimizer = keras.optimizers.LossScaleOptimizer(inner)
        regressor = tiny(optimizer=optimizer, early_stopping=True)
        return regressor.set_params(average_epochs=average_epochs).fit(*sequences)

    assert fitted(0).history_ == fitted(1).history_
