"""Forked processes: TensorFlow cannot be used in them once it has started.

The threads that it started do not exist in the child, which waits for them for ever.
"""

import os
import sys

_inherited_tensorflow = False


def _note_fork():
    global _inherited_tensorflow
    # Private to TensorFlow, which has no public way to ask without starting it.
    module = sys.modules.get("tensorflow.python.eager.context")
    context = getattr(module, "_context", None)
    _inherited_tensorflow |= bool(getattr(context, "_initialized", False))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)


def check_not_forked(owner):
    """Raise if TensorFlow would hang in this process."""
    if _inherited_tensorflow:
        raise RuntimeError(
            f"{owner}: TensorFlow had started before this process was forked, and "
            "cannot be used in it. Start processes by 'spawn' instead of 'fork' "
            "(multiprocessing.set_start_method('spawn')), or use joblib's default, "
            "'loky'. Predicting works in a forked process, too."
        )
