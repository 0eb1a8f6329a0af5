"""Keras, TensorFlow and scikeras: imported here, with their private names.

A new release of one of them that breaks something is fixed in this file.
"""

import os

# Set before TensorFlow starts: its notes on CPU features are of no use to our users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import keras
except ImportError as error:
    raise ImportError(
        "LSTMRegressor needs Keras with its TensorFlow backend, but KERAS_BACKEND is "
        f"{os.environ.get('KERAS_BACKEND')!r}: unset it, or install what is missing "
        f"({error})."
    ) from error
if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "LSTMRegressor needs Keras with its TensorFlow backend, but it runs on "
        f"{keras.backend.backend()!r}: unset KERAS_BACKEND before Keras is imported."
    )
import tensorflow as tf
from scikeras.wrappers import KerasRegressor

__all__ = [
    "ScikerasRegressor",
    "is_from_keras",
    "is_variable",
    "keras",
    "learning_rate_of",
    "resume_epoch",
    "set_resume_epoch",
    "tf",
    "weight_decay_exclusions",
    "with_learning_rate",
]

_EXCLUSIONS = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")


class ScikerasRegressor(KerasRegressor):
    """scikeras' wrapper for targets that are always continuous.

    It would otherwise look for classes, and warn where a target has many whole numbers.
    """

    def _type_of_target(self, y):
        return "continuous" if y.shape[1] == 1 else "continuous-multioutput"


def is_from_keras(thing):
    """Tell if a loss, optimizer or schedule is Keras' own, or named."""
    return isinstance(thing, str) or thing.__module__.split(".")[0] == "keras"


def learning_rate_of(optimizer):
    """Return the learning rate as stored: a variable, a schedule or a function.

    None where an optimizer keeps it in another way.
    """
    return vars(optimizer).get("_learning_rate")


def is_variable(rate):
    """Tell a fixed learning rate from a schedule, in any release of Keras."""
    return hasattr(rate, "assign")


def with_learning_rate(optimizer, rate):
    """Return a shallow copy of an optimizer with another learning rate."""
    changed = object.__new__(type(optimizer))
    changed.__dict__.update(vars(optimizer), _learning_rate=rate)
    return changed


def weight_decay_exclusions(optimizer):
    """Return what `exclude_from_weight_decay` stored, which no configuration has."""
    return {
        name: vars(optimizer)[name] for name in _EXCLUSIONS if name in vars(optimizer)
    }


def resume_epoch(model):
    """Return the epoch at which BackupAndRestore resumes, or None."""
    return getattr(model, "_initial_epoch", None)


def set_resume_epoch(model, epoch):
    """Set the epoch at which training resumes."""
    model._initial_epoch = epoch
