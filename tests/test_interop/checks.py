"""What predictions must meet by default."""

import numpy as np


def obeys(predictions):
    """Tell whether predictions meet the default constraints."""
    outputs = predictions.reshape(len(predictions), -1)
    return bool((outputs >= 0).all() and (np.diff(outputs) >= 0).all())
