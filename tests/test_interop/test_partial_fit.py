"""Training in parts."""

import numpy as np
from numpy.testing import assert_array_equal
from sklearn.linear_model import SGDRegressor

from sklstm import PositiveOrderedRegressor


def test_partial_fit_of_a_regressor_that_learns_in_parts(daily_range):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(SGDRegressor(random_state=0))
    expected = SGDRegressor(random_state=0)
    for part in np.array_split(np.arange(len(X)), 4):
        model.partial_fit(X[part], y[part])
        expected.partial_fit(X[part], y[part])
    assert_array_equal(model.predict(X), np.maximum(expected.predict(X), 0))
