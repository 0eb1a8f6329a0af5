"""Windows and scaling for sequences, and transforms of the target.

These transformers and functions turn a table in order of time into the 3-D sequences
that a recurrent network reads.
"""

from sklstm.preprocessing._make_windows import make_windows
from sklstm.preprocessing._pad_sequences import pad_sequences
from sklstm.preprocessing._sequence_scaler import SequenceScaler
from sklstm.preprocessing._sliding_window import SlidingWindow
from sklstm.preprocessing._smearing import SmearingTargetRegressor

__all__ = [
    "SequenceScaler",
    "SlidingWindow",
    "SmearingTargetRegressor",
    "make_windows",
    "pad_sequences",
]
