"""Imports of Keras, TensorFlow and scikeras, and all uses of their private names.

Adapt this module to new releases of theirs.
"""

import os

# Hides TensorFlow's notes on CPU features. It must be set before the import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import keras
    import tensorflow as tf
    from scikeras.wrappers import KerasRegressor
except ImportError as error:  # pragma: no cover: tested in other processes
    package = (error.name or "").partition(".")[0]
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend != "tensorflow":
        why = f"KERAS_BACKEND={backend!r}: set KERAS_BACKEND=tensorflow"
    elif package in ("keras", "tensorflow", "scikeras"):
        why = f"{package} is not installed: `pip install {package}`"
    else:
        why = f"importing them failed: {error}"
    raise ImportError(
        f"LSTMRegressor trains with Keras on TensorFlow, but {why}."
    ) from error
if keras.backend.backend() != "tensorflow":  # pragma: no cover: as above
    raise ImportError(
        "LSTMRegressor trains with Keras on TensorFlow, but Keras runs on "
        f"{keras.backend.backend()!r}: set KERAS_BACKEND=tensorflow before Keras is "
        "imported."
    )

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
    """scikeras' wrapper, for continuous targets.

    scikeras would otherwise infer the type of the target, and warn if many values are
    integers.
    """

    def _type_of_target(self, y):
        return "continuous" if y.shape[1] == 1 else "continuous-multioutput"


def is_from_keras(thing):
    """Return whether a loss, optimizer or schedule is one of Keras' own."""
    if isinstance(thing, str):
        return True
    # Some callables have no module.
    return (getattr(thing, "__module__", None) or "").split(".")[0] == "keras"


def learning_rate_of(optimizer):
    """Return the stored learning rate: a variable, schedule, function or None."""
    return vars(optimizer).get("_learning_rate")


def is_variable(rate):
    """Return whether a learning rate is a variable, not a schedule or function."""
    return hasattr(rate, "assign")


def with_learning_rate(optimizer, rate):
    """Return a shallow copy of an optimizer with another learning rate."""
    changed = object.__new__(type(optimizer))
    changed.__dict__.update(vars(optimizer), _learning_rate=rate)
    return changed


def weight_decay_exclusions(optimizer):
    """Return what `exclude_from_weight_decay` set; it is not in the configuration."""
    return {
        name: vars(optimizer)[name] for name in _EXCLUSIONS if name in vars(optimizer)
    }


def resume_epoch(model):
    """Return the epoch that BackupAndRestore set to resume at, or None."""
    return getattr(model, "_initial_epoch", None)


def set_resume_epoch(model, epoch):
    """Set the epoch at which training resumes."""
    model._initial_epoch = epoch
