"""Callbacks of Keras: copies, and the callback that reports to scikit-learn."""

import copy

from sklstm._recurrent._keras.compat import keras

# Callbacks of Keras with hooks for minibatches that do nothing if an attribute, named
# here, is "epoch". (Training ends at a loss of NaN without TerminateOnNaN.)
_OFTEN_BY_EPOCH = {
    keras.callbacks.ModelCheckpoint: "save_freq",
    keras.callbacks.BackupAndRestore: "save_freq",
    keras.callbacks.TensorBoard: "update_freq",
    keras.callbacks.TerminateOnNaN: "",
}

_BATCH_HOOKS = (
    "batch_begin",
    "batch_end",
    "train_batch_begin",
    "train_batch_end",
    "test_batch_begin",
    "test_batch_end",
)


def wants_batches(callback):
    """Return whether a callback acts on minibatches."""
    for kind, when in _OFTEN_BY_EPOCH.items():
        if type(callback) is kind and getattr(callback, when, "epoch") == "epoch":
            return False
    return any(
        getattr(getattr(callback, f"on_{hook}"), "__func__", None)
        is not getattr(keras.callbacks.Callback, f"on_{hook}")
        for hook in _BATCH_HOOKS
    )


class EpochObserver(keras.callbacks.Callback):
    """Call `begin` and `end` of an observer; stop training if `end` returns true.

    `weights` returns the weights of the network, and is called if the observer needs
    them.
    """

    def __init__(self, observer, weights):
        super().__init__()
        self._observer = observer
        self._weights = weights

    def on_epoch_begin(self, epoch, logs=None):
        self._observer.begin(epoch)

    def on_epoch_end(self, epoch, logs=None):
        if self._observer.end(self._weights):
            self.model.stop_training = True


def copy_callback(callback):
    """Return a copy, so that training does not change the user's callback."""
    try:
        return copy.deepcopy(callback)
    except TypeError:  # for example the open file of a progress bar
        return copy.copy(callback)


def release_network(callback, network):
    """Remove the references of a callback to the network, and return it."""
    for name, value in list(vars(callback).items()):
        if value is network:
            setattr(callback, name, None)
    return callback
