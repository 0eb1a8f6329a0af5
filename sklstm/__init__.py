"""Regressors whose predictions obey declared bounds and orders exactly.

This module contains the main names. :mod:`sklstm.preprocessing`, :mod:`sklstm.metrics`,
:mod:`sklstm.inspection`, :mod:`sklstm.datasets` and :mod:`sklstm.exceptions` are
imported on first access.
"""

import importlib

from sklstm._quantiles.multi import MultiQuantileRegressor
from sklstm._recurrent.lstm import LSTMRegressor
from sklstm._version import __version__
from sklstm._wrapper.adjust import adjust_predictions
from sklstm._wrapper.regressor import PositiveOrderedRegressor

_SUBMODULES = ("datasets", "exceptions", "inspection", "metrics", "preprocessing")

__all__ = [
    "PositiveOrderedRegressor",
    "LSTMRegressor",
    "adjust_predictions",
    "MultiQuantileRegressor",
    *_SUBMODULES,
    "__version__",
]


def __getattr__(name):
    if name in _SUBMODULES:
        return importlib.import_module(f"sklstm.{name}")
    raise AttributeError(f"module 'sklstm' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_SUBMODULES]
