"""From a table in order of time to what a sequence network reads, and back."""

from sklstm._make_windows import make_windows
from sklstm._sequence_scaler import SequenceScaler
from sklstm._sliding_window import SlidingWindow
from sklstm._smearing import SmearingTargetRegressor

__all__ = [
    "SequenceScaler",
    "SlidingWindow",
    "SmearingTargetRegressor",
    "make_windows",
]
