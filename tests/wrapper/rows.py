"""Rows, and a regressor that predicts them."""

import numpy as np
from regressors import Echo

from sklstm import PositiveOrderedRegressor

# Three rows that break nothing, the lower bound, and the order.
RAW = np.array([[1.0, 2.0, 3.0], [-1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
OBEDIENT = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 3.0], [0.0, 0.0, 5.0]])


def echo(X=RAW, y=OBEDIENT, answer=np.asarray, quantiles=None, **params):
    """Fit a PositiveOrderedRegressor whose raw predictions are X."""
    model = PositiveOrderedRegressor(Echo(answer, quantiles), **params)
    return model.fit(X, y)
