"""Copies, clones and pickles of an estimator that holds Keras objects."""

import copy
import io
import pickle
import sys
import warnings
from types import FrameType
from typing import Any

from sklstm._utils.keras_objects import is_keras
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.sklearn_private import _clone_parametrized

_ONLY_FOR_TRAINING = ("callbacks", "callbacks_", "loss", "optimizer")


class CopyingMixin(VersionedStateMixin):
    """Copy Keras objects by reference, and do not pickle what cannot be pickled."""

    callbacks: Any
    loss: Any
    optimizer: Any
    warm_start: bool

    def __sklearn_clone__(self):
        # Keep Keras objects by reference: progress bars cannot be cloned, and clones of
        # an optimizer lose state, those of a loss parameters. `fit` changes none.
        objects = {"callbacks": self.callbacks, "optimizer": self.optimizer}
        if is_keras(self.loss, "Loss"):
            objects["loss"] = self.loss
        bare = object.__new__(type(self))
        bare.__dict__ = {**vars(self), **dict.fromkeys(objects)}
        clone = _clone_parametrized(bare)
        clone.__dict__.update(objects)
        if "_taken_over" in vars(self):  # `fit` refuses to train another network
            clone._taken_over = self._taken_over
        return clone

    def _what_is_saved(self, state):
        state = dict(state)
        if not (self.warm_start or hasattr(self, "_fitted_in_parts")):
            state.pop("_optimizer_state", None)
        if is_keras(self.loss, "Loss"):
            state["loss"] = _Whole(self.loss)
        self._leave_out_what_cannot_be_saved(state)
        return state

    def __setstate__(self, state):
        if isinstance(state.get("loss"), _Whole):  # skops unpickles nothing
            state = {**state, "loss": state["loss"].loss}
        super().__setstate__(state)

    def _leave_out_what_cannot_be_saved(self, state):
        pickler = _pickler_at_work()
        left_out = [
            name
            for name in _ONLY_FOR_TRAINING
            if not _can_be_saved(state.get(name), pickler)
        ]
        if not left_out:
            return
        for name in left_out:
            state[name] = None
        # Unfitted estimators are also inside fitted ones, such as a search.
        effect = (
            "This does not affect its predictions; set them again before further"
            if "weights_" in state
            else "Set them again before"
        )
        warnings.warn(
            f"{type(self).__name__}: {', '.join(f'`{name}`' for name in left_out)} "
            f"cannot be pickled and will be None in the saved estimator. {effect} "
            "training. cloudpickle, which joblib uses for its processes, keeps "
            "functions.",
            stacklevel=4,
        )

    def __copy__(self):
        copied = object.__new__(type(self))
        copied.__dict__.update(vars(self))
        return copied

    def __deepcopy__(self, memo):
        # By reference, as in `clone`.
        kept = [getattr(self, name, None) for name in ("callbacks", "callbacks_")]
        for value in [*kept, *[self.loss] * is_keras(self.loss, "Loss")]:
            memo[id(value)] = value
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__.update(copy.deepcopy(vars(self), memo))
        return copied


class _Whole:
    """Pickles a loss with all of its attributes, and is unpickled as the loss.

    Keras pickles configurations, and leaves parameters out of some of them.
    """

    def __init__(self, loss):
        self.loss = loss

    def __reduce__(self):
        return _with_attributes, (type(self.loss), vars(self.loss))


def _with_attributes(kind, attributes):
    made = object.__new__(kind)
    made.__dict__.update(attributes)
    return made


def _can_be_saved(value, pickler):
    """Return whether a value can be pickled and unpickled again.

    Keras pickles optimizers with a custom schedule, but cannot unpickle them.
    """
    if value is None or isinstance(value, str):
        return True
    file = io.BytesIO()
    try:
        pickler(file).dump(value)
        pickle.loads(file.getvalue())
    except Exception:  # the user's own objects may raise anything
        return False
    return True


def _pickler_at_work():
    """Return the class of the current pickler: cloudpickle's, or that of pickle.

    cloudpickle can save a lambda. Only the call stack tells which pickler is at work.
    """
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        pickler = frame.f_locals.get("self")
        if isinstance(pickler, pickle.Pickler) and hasattr(pickler, "reducer_override"):
            return type(pickler)
        frame = frame.f_back
    return pickle.Pickler
