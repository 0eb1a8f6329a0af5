"""Callbacks of Keras and of scikit-learn."""

import copy

import numpy as np
import pandas as pd
import pytest
from recurrent.networks import same_weights, tiny
from sklearn.base import clone


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


def test_saving_the_inner_network_warns(sequences, tmp_path):
    import keras

    whole = keras.callbacks.ModelCheckpoint(str(tmp_path / "whole.keras"))
    with pytest.warns(UserWarning, match="ModelCheckpoint saves .* Save `model_`"):
        tiny(epochs=1, callbacks=whole).fit(*sequences)
    weights = keras.callbacks.ModelCheckpoint(
        str(tmp_path / "only.weights.h5"), save_weights_only=True
    )
    tiny(epochs=1, callbacks=weights).fit(*sequences)
    tiny(epochs=1, callbacks=whole, normalize=False).fit(*sequences)


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

    from sklstm._recurrent._keras.callbacks import wants_batches

    path = str(tmp_path / "a.weights.h5")
    save = keras.callbacks.ModelCheckpoint
    assert not wants_batches(save(path, save_weights_only=True))
    assert wants_batches(save(path, save_weights_only=True, save_freq=3))
    assert not wants_batches(keras.callbacks.TerminateOnNaN())
    assert not wants_batches(keras.callbacks.EarlyStopping())
    assert wants_batches(
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


class Interrupt(BaseException):
    """Like the user's Ctrl-C."""


def test_a_backup_resumes_the_epoch_that_was_interrupted(sequences, tmp_path):
    import keras

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise Interrupt

    backup = keras.callbacks.BackupAndRestore(str(tmp_path / "backup"))
    params = {"epochs": 5, "dropout": 0.2, "average_epochs": 0}
    regressor = tiny(**params, callbacks=[backup, Stop()])
    once = tiny(**params).fit(*sequences)
    with pytest.raises(Interrupt):
        regressor.fit(*sequences)

    regressor.set_params(callbacks=[backup]).fit(*sequences)

    assert same_weights(regressor, once)
    assert regressor.n_epochs_ == 5
    np.testing.assert_array_equal(
        regressor.history_["loss"], [np.nan] * 2 + once.history_["loss"][2:]
    )
    after = tiny(**params, callbacks=[backup]).fit(*sequences)
    assert after.history_ == once.history_, "a finished fit leaves nothing to resume"


def test_a_backup_of_the_last_epoch_leaves_nothing_to_train(sequences, tmp_path):
    import keras

    backup = keras.callbacks.BackupAndRestore(
        str(tmp_path / "backup"), delete_checkpoint=False
    )
    regressor = tiny(callbacks=backup, early_stopping=True).fit(*sequences)

    resumed = clone(regressor).fit(*sequences)

    assert same_weights(resumed, regressor)
    np.testing.assert_array_equal(resumed.history_["loss"], [np.nan] * 3)
    assert resumed.n_epochs_ == 3


def test_callbacks_of_validation_are_called(sequences):
    import keras

    class Recorder(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen.append("begin")

        def on_test_batch_begin(self, batch, logs=None):
            seen.append(batch)

        def on_test_batch_end(self, batch, logs=None):
            assert logs["loss"] >= 0

        def on_test_end(self, logs=None):
            seen.append(logs["loss"])

    seen = []
    regressor = tiny(
        epochs=2,
        batch_size=8,
        early_stopping=True,
        patience=9,
        callbacks=Recorder(),
    ).fit(*sequences)  # 20 rows are held out

    first, second = regressor.history_["val_loss"]
    assert seen == ["begin", 0, 1, 2, first, "begin", 0, 1, 2, second]


def test_callbacks_may_log_anything(sequences):
    import keras

    class Logger(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs |= {"lr": np.float32(0.5), "phase": "warm-up", "shape": (1, 2)}

    history = tiny(epochs=2, callbacks=Logger()).fit(*sequences).history_

    assert history["lr"] == [0.5, 0.5]
    assert history["phase"] == ["warm-up"] * 2
    assert history["shape"] == ["(1, 2)"] * 2
    assert np.isfinite(history["loss"]).all()


def test_fitted_callbacks_can_be_read(sequences):
    import keras

    class Recorder(keras.callbacks.Callback):
        epochs = ()

        def on_epoch_end(self, epoch, logs=None):
            self.epochs += (epoch,)

    stop = keras.callbacks.EarlyStopping(monitor="loss", patience=99)
    regressor = tiny(callbacks=[Recorder(), stop]).fit(*sequences)

    recorder, stopped = regressor.callbacks_
    assert recorder.epochs == (0, 1, 2)
    assert stopped.best == min(regressor.history_["loss"])
    assert recorder.model is None, "fitted callbacks hold no network"
    assert copy.deepcopy(regressor).callbacks_[0].epochs == (0, 1, 2)
    assert not hasattr(clone(regressor), "callbacks_")
    assert tiny().fit(*sequences).callbacks_ == []
    regressor.set_params(callbacks=None).partial_fit(*sequences)
    assert regressor.callbacks_ == []


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("quantiles", [None, (0.2, 0.7)])
@pytest.mark.parametrize("names", [None, list("abcdef")])
def test_a_scoring_monitor_scores_each_epoch_and_the_final_model(
    weighted, quantiles, names, sequences
):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")
    X, y = sequences
    if names is not None:
        X = pd.DataFrame(X[:, :, 0], columns=names)
    weight = np.linspace(0, 2, len(y)) if weighted else None

    def score(estimator, X, y, sample_weight=None):
        return {"score": estimator.score(X, y, sample_weight)}

    monitor = callback.ScoringMonitor(scoring=score)
    regressor = tiny(quantiles=quantiles, early_stopping=True, learning_rate=0.05)

    regressor.set_callbacks(monitor).fit(X, y, weight)

    *epochs, final = sorted(
        monitor.get_logs().data, key=lambda row: -len(row["task_id_path"])
    )
    assert [row["task_id"] for row in epochs] == [0, 1, 2]
    assert final["score"] == pytest.approx(regressor.score(X, y, weight))
    assert len({row["score"] for row in epochs}) == 3
