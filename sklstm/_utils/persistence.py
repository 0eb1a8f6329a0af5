"""Saved estimators: the version and format of a file, and what it must hold."""

import re
import warnings
import zlib

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from sklstm._version import __version__

# The number of the format of saved estimators. A later format must read earlier ones.
FORMAT = 1

# The kinds of arrays that are their bytes: numbers, times and texts of fixed length.
_KINDS_OF_BYTES = "biufcmMSU"

_KEYS = ("_sklstm_version", "_sklstm_format", "_sklstm_checksum")


class VersionedStateMixin(BaseEstimator):
    """Refuse to load what a later format holds, or what is damaged.

    scikit-learn warns of another version of its own estimators only. Here, a file of an
    earlier version is read without a warning, since its format is known.
    """

    # Parameters that were added since the first release, with the values that do what
    # was done before.
    _later_parameters: dict = {}

    def __getstate__(self):
        state = self._what_is_saved(super().__getstate__())
        header = zip(_KEYS, (__version__, FORMAT, checksum_of(state)), strict=True)
        return {**state, **dict(header)}

    def _what_is_saved(self, state):
        """Return the part of a state that a file gets."""
        return state

    def __setstate__(self, state):
        owner = type(self).__name__
        missing = [key for key in _KEYS if key not in state]
        if missing:
            raise ValueError(
                f"{owner}: the file does not say in which format it is "
                f"({', '.join(missing)} missing). It is damaged, or was written before "
                "sklstm 0.1.0; fit and save the estimator again."
            )
        state = dict(state)
        written_by, number, checksum = (state.pop(key) for key in _KEYS)
        damaged = ValueError(
            f"{owner}: the file is damaged: it does not hold what sklstm {written_by} "
            "saved. Copy the file again, or save the estimator again."
        )
        if not isinstance(number, int):
            raise damaged
        if number > FORMAT:
            raise ValueError(
                f"{owner}: the file has format {number}, of sklstm {written_by}, but "
                f"sklstm {__version__} reads formats up to {FORMAT}. Install sklstm "
                f">= {written_by}."
            )
        if checksum != checksum_of(state):
            raise damaged
        if _numbers(written_by) > _numbers(__version__):
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=owner,
                    current_sklearn_version=f"{__version__} of sklstm",
                    original_sklearn_version=f"{written_by} of sklstm",
                ),
                stacklevel=2,
            )
        super().__setstate__({**self._later_parameters, **state})


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def checksum_of(value, checksum=0):
    """Return a checksum of plain values, arrays and objects of sklstm.

    What is of another library has no part in it, since that library may change its own
    objects where it loads them; nor have estimators, which have checksums of their own.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in _KINDS_OF_BYTES:
        dtype = value.dtype.newbyteorder("<")  # loading may change it
        head = f"{dtype.str}{value.shape}".encode()
        content = np.ascontiguousarray(value, dtype=dtype).tobytes()
        return zlib.crc32(content, zlib.crc32(head, checksum))
    if isinstance(value, np.ndarray | np.generic):
        if isinstance(value.tolist(), np.generic):  # a longdouble
            return zlib.crc32(str(value).encode(), checksum)
        return checksum_of(value.tolist(), checksum)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return zlib.crc32(repr(value).encode(), checksum)
    if isinstance(value, list | tuple):
        parts = value
    elif isinstance(value, dict):
        parts = sorted(value.items(), key=lambda item: str(item[0]))
    elif isinstance(value, slice):
        parts = value.start, value.stop, value.step
    elif _is_own_object(value):
        return checksum_of(vars(value), checksum)
    else:
        return checksum
    checksum = zlib.crc32(str(len(parts)).encode(), checksum)
    for part in parts:
        checksum = checksum_of(part, checksum)
    return checksum


def _is_own_object(value):
    """Return whether an object of sklstm is saved with its attributes, unchecked."""
    kind = type(value)
    return (
        kind.__module__.split(".")[0] == "sklstm"
        and hasattr(value, "__dict__")
        and kind.__reduce__ is object.__reduce__  # else saved as something else
        and not isinstance(value, BaseEstimator | type)
    )
