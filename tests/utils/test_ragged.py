"""Sequences of different lengths are refused, and two of them are named."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklstm import LSTMRegressor
from sklstm.preprocessing import SequenceScaler, SlidingWindow


def as_objects(arrays):
    """Return a 1-D array of arrays, as tables keep sequences."""
    objects = np.empty(len(arrays), dtype=object)
    objects[:] = arrays
    return objects


TWO_STEPS, FIVE_STEPS = np.ones((2, 2)), np.ones((5, 2))
RAGGED = [
    (
        [FIVE_STEPS, FIVE_STEPS, TWO_STEPS],
        r"X\[0\] has shape \(5, 2\), but X\[2\] has \(2, 2",
    ),
    ([TWO_STEPS, np.ones((2, 3))], r"shape \(2, 2\), but X\[1\] has \(2, 3\)"),
    (as_objects([FIVE_STEPS, TWO_STEPS]), r"shape \(5, 2\), but X\[1\] has \(2, 2\)"),
    ([[1.0, 2.0], [3.0]], r"shape \(2,\), but X\[1\] has \(1,\)"),
    (([1.0, 2.0], [3.0]), r"shape \(2,\), but X\[1\] has \(1,\)"),
    ([1.0, [2.0]], r"shape \(\), but X\[1\] has \(1,\)"),
    ([[1.0], None], r"shape \(1,\), but X\[1\] has \(\)"),
    (
        pd.Series([FIVE_STEPS, TWO_STEPS], index=["a", "b"]),
        r"shape \(5, 2\), but X\[1\] has \(2, 2\)",
    ),
    (pl.Series([[1.0, 2.0], [3.0]]), r"shape \(2,\), but X\[1\] has \(1,\)"),
]


@pytest.mark.parametrize(
    "estimator", [LSTMRegressor(), SequenceScaler(), SlidingWindow(2)]
)
@pytest.mark.parametrize(("X", "message"), RAGGED)
def test_sequences_of_different_lengths_are_refused(estimator, X, message):
    owner = type(estimator).__name__
    with pytest.raises(
        ValueError, match=rf"{owner}: X must .*{message}.*Pad sequences"
    ):
        estimator.fit(X, np.ones(len(X)))


@pytest.mark.parametrize("estimator", [LSTMRegressor(), SequenceScaler()])
@pytest.mark.parametrize(
    ("container", "what"), [(as_objects, "an array"), (pd.Series, "a Series")]
)
def test_arrays_in_an_array_or_a_series_are_to_be_stacked(estimator, container, what):
    X = container([FIVE_STEPS] * 3)

    message = rf"X is {what} of 3 arrays of shape \(5, 2\).* np.stack\(X\)"
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, np.ones(3))


def test_ragged_sequences_are_refused_after_fit():
    scaler = SequenceScaler().fit(np.ones((3, 5, 2)))

    with pytest.raises(ValueError, match=r"X\[1\] has \(2, 2\)"):
        scaler.transform([FIVE_STEPS, TWO_STEPS])


@pytest.mark.parametrize(
    "estimator", [SequenceScaler(), SlidingWindow(length=2), LSTMRegressor(2, epochs=1)]
)
def test_rows_without_a_shape_are_refused_for_what_they_are(estimator):
    name = type(estimator).__name__
    with pytest.raises(ValueError, match=f"{name}: .*must hold real numbers; got text"):
        estimator.fit(["ab", "cd"], [1.0, 2.0])
    ragged = [[[1.0], [2.0]], [[1.0], [1.0, 2.0]]]
    with pytest.raises(ValueError, match=rf"{name}: X\[1\] must hold steps of one len"):
        estimator.fit(ragged, [1.0, 2.0])
