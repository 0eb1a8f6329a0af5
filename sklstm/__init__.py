"""Regression whose predictions obey what you know: bounds and orders, exactly.

The main names are here; :mod:`sklstm.preprocessing`, :mod:`sklstm.metrics`,
:mod:`sklstm.inspection`, :mod:`sklstm.datasets` and :mod:`sklstm.exceptions` hold
the rest, imported when first used.
"""

import importlib

from sklstm._recurrent.lstm import LSTMRegressor
from sklstm._version import __version__
from sklstm._wrapper.adjust import adjust_predictions
from sklstm._wrapper.regressor import PositiveOrderedRegressor

_SUBMODULES = ("datasets", "exceptions", "inspection", "metrics", "preprocessing")

__all__ = [
    "PositiveOrderedRegressor",
    "LSTMRegressor",
    "adjust_predictions",
    *_SUBMODULES,
    "__version__",
]


def __getattr__(name):
    if name in _SUBMODULES:
        return importlib.import_module(f"sklstm.{name}")
    raise AttributeError(f"module 'sklstm' has no attribute {name!r}")


def __dir__():
    return [*globals(), *_SUBMODULES]
