"""Orders down the samples, group by group."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import isotonic_regression

from sklstm import adjust_predictions


def test_long_and_short_groups_of_samples_agree_with_each_alone():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat([0, 1, 2, 3], [5, 700, 40, 300]))
    values = rng.normal(size=groups.size)

    adjusted = adjust_predictions(
        values,
        lower=None,
        method="projection",
        sample_order="increasing",
        groups=groups,
    )

    for group in range(4):
        expected = isotonic_regression(values[groups == group]).x
        assert_allclose(adjusted[groups == group], expected, atol=1e-13)


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
def test_many_groups_of_samples_agree_with_each_alone(method):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 300, size=2000)
    keys = rng.integers(0, 5, size=2000)  # with ties
    values = rng.normal(size=(2000, 2))

    adjusted = adjust_predictions(
        values,
        lower=None,
        order=None,
        method=method,
        sample_order="increasing",
        groups=groups,
        order_by=keys,
    )

    for group in range(0, 300, 7):
        rows = np.flatnonzero(groups == group)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        for column in range(2):
            given = values[rows, column]
            expected = {
                "sort": np.sort(given),
                "cummax": np.maximum.accumulate(given),
                "projection": isotonic_regression(given).x,
            }[method]
            assert_allclose(adjusted[rows, column], expected, atol=1e-13)
