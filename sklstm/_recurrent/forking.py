"""Forked processes, in which TensorFlow hangs if it had started before the fork.

Its threads do not exist in the child, which waits for them forever.
"""

import os
import sys

_inherited_tensorflow = False


def _note_fork():  # pragma: no cover: runs in forked processes
    global _inherited_tensorflow
    # Private: TensorFlow has no public way to ask that does not start it.
    module = sys.modules.get("tensorflow.python.eager.context")
    context = getattr(module, "_context", None)
    _inherited_tensorflow |= bool(getattr(context, "_initialized", False))


if hasattr(os, "register_at_fork"):  # pragma: no branch: not on Windows
    os.register_at_fork(after_in_child=_note_fork)


def check_not_forked(owner):
    """Raise if TensorFlow would hang in this process."""
    if _inherited_tensorflow:  # pragma: no cover: true in forked processes
        raise RuntimeError(
            f"{owner}: TensorFlow was started before this process was forked, so "
            "training would hang. Start processes with 'spawn' instead of 'fork' "
            "(multiprocessing.set_start_method('spawn')), or use joblib's default "
            "backend, 'loky'. Forked processes can predict, but not train."
        )
