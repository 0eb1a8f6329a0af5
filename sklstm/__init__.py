"""Regressors whose predictions obey declared bounds and orders exactly.

This module contains the main names, and the modules :mod:`sklstm.preprocessing`,
:mod:`sklstm.metrics`, :mod:`sklstm.inspection`, :mod:`sklstm.datasets`,
:mod:`sklstm.onnx` and :mod:`sklstm.exceptions`. All are imported on first access, so
that a process that loads one estimator does not import the others.
"""

import importlib
from typing import TYPE_CHECKING

from sklstm._version import __version__

if TYPE_CHECKING:
    from sklstm._quantiles.calibrated import CalibratedQuantileRegressor
    from sklstm._quantiles.multi import MultiQuantileRegressor
    from sklstm._recurrent.lstm import LSTMRegressor
    from sklstm._wrapper.adjust import adjust_predictions
    from sklstm._wrapper.regressor import PositiveOrderedRegressor

_MODULES = {
    "PositiveOrderedRegressor": "_wrapper.regressor",
    "LSTMRegressor": "_recurrent.lstm",
    "adjust_predictions": "_wrapper.adjust",
    "MultiQuantileRegressor": "_quantiles.multi",
    "CalibratedQuantileRegressor": "_quantiles.calibrated",
}
_SUBMODULES = (
    "datasets",
    "exceptions",
    "inspection",
    "metrics",
    "onnx",
    "preprocessing",
)

__all__ = [
    "PositiveOrderedRegressor",
    "LSTMRegressor",
    "adjust_predictions",
    "MultiQuantileRegressor",
    "CalibratedQuantileRegressor",
    *_SUBMODULES,
    "__version__",
]


def __getattr__(name):
    if name in _SUBMODULES:
        return importlib.import_module(f"sklstm.{name}")
    if name in _MODULES:
        module = importlib.import_module(f"sklstm.{_MODULES[name]}")
        value = globals()[name] = getattr(module, name)
        return value
    raise AttributeError(f"module 'sklstm' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_MODULES, *_SUBMODULES})
