"""From a table in order of time to what a sequence network reads, and back."""

from sklstm.preprocessing._make_windows import make_windows
from sklstm.preprocessing._sequence_scaler import SequenceScaler
from sklstm.preprocessing._sliding_window import SlidingWindow
from sklstm.preprocessing._smearing import SmearingTargetRegressor

__all__ = [
    "SequenceScaler",
    "SlidingWindow",
    "SmearingTargetRegressor",
    "make_windows",
]
