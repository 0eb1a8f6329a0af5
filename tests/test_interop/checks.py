"""What predictions must meet by default."""

import numpy as np

from sklstm.metrics import interval_coverage


def obeys(predictions):
    """Tell whether predictions meet the default constraints."""
    outputs = predictions.reshape(len(predictions), -1)
    return bool((outputs >= 0).all() and (np.diff(outputs) >= 0).all())


def assert_obeys_and_covers_no_less(y, before, after):
    """Assert that adjusted quantiles obey, and that their interval covers as much."""
    assert obeys(after)
    wanted = interval_coverage(y, before[:, 0], before[:, -1])
    assert interval_coverage(y, after[:, 0], after[:, -1]) >= wanted > 0.5
