"""Predictions, raw and adjusted."""

import numpy as np

RAW = np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0], [-1.0, 0.0, 4.0]])
ADJUSTED = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 4.0]])
