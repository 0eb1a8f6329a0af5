"""Comparison of parameters with those of an earlier time."""

import functools
from types import FunctionType, MethodType

import numpy as np

from sklstm._utils.keras_objects import is_keras
from sklstm._utils.unwrap import parameters_of


def changed_names(now, before, *, are_copies=False):
    """Return the names of the parameters that have changed.

    Parameters
    ----------
    now, before : dict of str to object
        Parameters by their names. Those that only one of them has are not compared.
    are_copies : bool, default=False
        Whether `before` holds copies instead of the objects themselves. Copies of an
        object that cannot be compared, such as a random generator, count as equal.

    Returns
    -------
    list of str
    """
    return [
        name
        for name, value in now.items()
        if name in before and not _is_same(value, before[name], are_copies)
    ]


def _is_same(now, before, are_copies):
    if now is before or _is_equal(now, before):
        return True
    if type(now) is not type(before):
        return False
    if isinstance(now, list | tuple):
        pairs = zip(now, before, strict=False)
        return len(now) == len(before) and all(
            _is_same(*pair, are_copies) for pair in pairs
        )
    parts = _parts_of(now)
    if parts is None:
        # Functions are their own copies, and values that define equality are compared.
        has_identity = type(now).__eq__ is object.__eq__
        return are_copies and has_identity and not isinstance(now, FunctionType)
    parts_before = _parts_of(before)
    return parts.keys() == parts_before.keys() and not changed_names(
        parts, parts_before, are_copies=are_copies
    )


def _is_equal(now, before):
    """Return whether two values are equal, also arrays, tables and NaN."""
    try:
        is_equal = now == before
        if isinstance(is_equal, bool | np.bool_):
            return bool(is_equal) or (now != now and before != before)
        return np.shape(now) == np.shape(before) and bool(np.all(is_equal))
    except (TypeError, ValueError):  # not comparable
        return False


def _parts_of(value):
    """Return what determines a value, by name; None if that is unknown."""
    if isinstance(value, dict):
        return value
    if isinstance(value, functools.partial):
        return {"func": value.func, "args": value.args, **value.keywords}
    if isinstance(value, MethodType):
        return {"func": value.__func__, "self": value.__self__}
    if hasattr(value, "get_params"):
        return parameters_of(value)
    if is_keras(value, "Loss"):  # whose configuration lacks parameters
        return vars(value)
    if hasattr(value, "get_config") and not isinstance(value, type):  # of Keras
        config = value.get_config()
        return {k: v for k, v in config.items() if k != "name"}  # numbered by Keras
    return None
