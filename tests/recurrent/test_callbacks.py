"""Callbacks of Keras and of scikit-learn."""

import copy
import pickle

import numpy as np
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
