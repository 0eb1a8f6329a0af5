"""Copies, clones and pickles of an estimator that holds objects of Keras."""

import copy
import warnings
from pickle import PicklingError
from typing import Any

from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.sklearn_private import _clone_parametrized


class CopyingMixin(VersionedStateMixin):
    """Keep Keras objects by reference, and leave out of a file what it cannot hold."""

    callbacks: Any
    optimizer: Any
    warm_start: bool

    def __sklearn_clone__(self):
        # Keras' objects go by reference, as callbacks of scikit-learn do: `fit` copies
        # them. An open progress bar could not be cloned, and an optimizer not wholly.
        objects = {"callbacks": self.callbacks, "optimizer": self.optimizer}
        bare = object.__new__(type(self))
        bare.__dict__ = {**vars(self), **dict.fromkeys(objects)}
        clone = _clone_parametrized(bare)
        clone.__dict__.update(objects)
        return clone

    def __getstate__(self):
        state = super().__getstate__()
        if not (self.warm_start or hasattr(self, "_fitted_in_parts")):
            state.pop("_optimizer_state", None)
        if hasattr(self, "weights_") and not _can_be_pickled(self.callbacks):
            state["callbacks"] = None
            warnings.warn(
                f"{type(self).__name__}: `callbacks` cannot be pickled, and are left "
                "out of the saved estimator; they act in training only.",
                stacklevel=2,
            )
        return state

    def __copy__(self):
        copied = object.__new__(type(self))
        copied.__dict__.update(vars(self))
        return copied

    def __deepcopy__(self, memo):
        # The callbacks by reference, as `clone` does.
        memo[id(self.callbacks)] = self.callbacks
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__.update(copy.deepcopy(vars(self), memo))
        return copied


def _can_be_pickled(callbacks):
    """Tell if the callbacks can be pickled by any means; open files cannot."""
    try:
        from cloudpickle import dumps  # it takes what is defined in a script, too
    except ImportError:
        from pickle import dumps
    try:
        dumps(callbacks)
    except (AttributeError, TypeError, PicklingError):
        return False
    return True
