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

_KEYS = ("_sklstm_version", "_sklstm_format", "_sklstm_checksum")


class VersionedStateMixin(BaseEstimator):
    """Refuse to load what a later format holds, or what is damaged.

    scikit-learn warns of another version of its own estimators only. Here, a file of an
    earlier version is read without a warning, since its format is known.
    """

    def __getstate__(self):
        state = super().__getstate__()
        header = zip(_KEYS, (__version__, FORMAT, _checksum(state)), strict=True)
        return {**state, **dict(header)}

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
        if number > FORMAT:
            raise ValueError(
                f"{owner}: the file has format {number}, of sklstm {written_by}, but "
                f"sklstm {__version__} reads formats up to {FORMAT}. Install sklstm "
                f">= {written_by}."
            )
        if checksum != _checksum(state):
            raise ValueError(
                f"{owner}: the file is damaged: its arrays are not those that sklstm "
                f"{written_by} saved. Copy the file again, or save the estimator again."
            )
        if _numbers(written_by) > _numbers(__version__):
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=owner,
                    current_sklearn_version=f"{__version__} of sklstm",
                    original_sklearn_version=f"{written_by} of sklstm",
                ),
                stacklevel=2,
            )
        super().__setstate__(state)


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _checksum(state):
    """Return a checksum of the arrays of a state, alone or in lists."""
    checksum = 0
    for name in sorted(state):
        value = state[name]
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, np.ndarray) and not part.dtype.hasobject:
                checksum = zlib.crc32(np.ascontiguousarray(part).tobytes(), checksum)
    return checksum
