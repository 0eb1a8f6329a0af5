"""Callbacks: copied, observed, and asked whether they act on each minibatch."""

import copy
import functools

from sklstm._recurrent._keras.compat import keras
from sklstm._recurrent._keras.layers import get_values

# Callbacks of Keras whose hooks at a minibatch do nothing if they act by epoch: which
# attribute tells. (A loss of NaN ends the training here by itself.)
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
    """Return whether a callback has anything to do at each minibatch."""
    for kind, when in _OFTEN_BY_EPOCH.items():
        if type(callback) is kind and getattr(callback, when, "epoch") == "epoch":
            return False
    return any(
        getattr(getattr(callback, f"on_{hook}"), "__func__", None)
        is not getattr(keras.callbacks.Callback, f"on_{hook}")
        for hook in _BATCH_HOOKS
    )


class EpochObserver(keras.callbacks.Callback):
    """Call `begin(epoch)` and `end(weights)`; where `end` is true, stop training."""

    def __init__(self, observer):
        super().__init__()
        self.observer = observer

    def on_epoch_begin(self, epoch, logs=None):
        self.observer.begin(epoch)

    def on_epoch_end(self, epoch, logs=None):
        variables = self.model.trainable_variables
        if self.observer.end(functools.partial(get_values, variables)):
            self.model.stop_training = True


def copy_callback(callback):
    """Return a copy, so that the user's own callback stays as it is."""
    try:
        return copy.deepcopy(callback)
    except TypeError:  # it holds an open file, as the progress bars of tqdm do
        return copy.copy(callback)


def release_network(callback, network):
    """Return a callback after its training, without the network that it was given."""
    for name, value in list(vars(callback).items()):
        if value is network:
            setattr(callback, name, None)
    return callback
