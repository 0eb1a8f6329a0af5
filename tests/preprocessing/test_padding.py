"""Sequences of different length in pad_sequences, make_windows and SequenceScaler."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.preprocessing import MinMaxScaler, Normalizer, QuantileTransformer

from sklstm.preprocessing import SequenceScaler, make_windows, pad_sequences

LONG, SHORT = np.arange(6.0).reshape(3, 2), np.array([[9.0, 8.0]])


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, pl.DataFrame, list])
@pytest.mark.parametrize("padding", ["pre", "post"])
def test_sequences_are_stacked_with_nan(kind, padding):
    X = pad_sequences([kind(LONG), kind(SHORT)], padding=padding)

    assert X.dtype == np.float64
    assert np.array_equal(X[0], LONG)
    kept, absent = (2, [0, 1]) if padding == "pre" else (0, [1, 2])
    assert np.array_equal(X[1, kept], SHORT[0])
    assert np.isnan(X[1, absent]).all()


def test_padded_sequences_are_not_changed_by_padding_again():
    X = pad_sequences([LONG, SHORT])

    assert np.array_equal(pad_sequences(X), X, equal_nan=True)
    assert pad_sequences(iter([LONG, SHORT])).shape == X.shape


def test_floats_keep_their_precision_and_integers_become_floats():
    assert pad_sequences([np.float32([1]), np.float32([1, 2])]).dtype == np.float32
    assert pad_sequences([np.float32([1]), [1, 2]]).dtype == np.float64
    assert pad_sequences([[1], [1, 2]]).dtype == np.float64
    assert pad_sequences([np.float16([1]), np.float16([1, 2])]).dtype == np.float64
    assert pad_sequences([np.longdouble([1])]).dtype == np.float64


def test_new_sequences_are_padded_to_the_steps_of_the_training():
    assert pad_sequences([SHORT], n_timesteps=5).shape == (1, 5, 2)
    with pytest.raises(ValueError, match=r"sequence 1 has 3 steps.*sequence\[-2:\]"):
        pad_sequences([SHORT, LONG], n_timesteps=2)
    with pytest.raises(TypeError, match="`n_timesteps` must be an int; got True"):
        pad_sequences([SHORT], n_timesteps=True)


@pytest.mark.parametrize("sequences", [None, 3.0, "abc", {"a": LONG}])
def test_what_is_not_a_list_of_sequences_is_refused(sequences):
    with pytest.raises(TypeError, match="pad_sequences: `sequences` must be a list of"):
        pad_sequences(sequences)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ([], "`sequences` is empty"),
        ([LONG, []], "sequence 1 has no steps"),
        ([LONG, pl.DataFrame({"a": []})], "sequence 1 has no steps"),
        ([LONG, [[1.0]]], "sequence 1 has 1 channels, but sequence 0 has 2"),
        ([LONG, [["a", "b"]]], "sequence 1 must .*text such as 'a'"),
        ([LONG[np.newaxis]], "sequence 0` must have shape"),
        (
            [pd.DataFrame(LONG, columns=["a", "b"])] * 2
            + [pd.DataFrame(LONG, columns=["b", "a"])],
            r"sequence 2 has the columns \['b', 'a'\]",
        ),
    ],
)
def test_sequences_that_do_not_fit_together_are_refused(sequences, message):
    with pytest.raises(ValueError, match=rf"^pad_sequences: .*{message}"):
        pad_sequences(sequences)


@pytest.mark.parametrize("name", ["both", None, 0])
def test_an_unknown_padding_is_refused(name):
    with pytest.raises(ValueError, match="`padding` must be 'pre' or 'post'; got"):
        pad_sequences([LONG], padding=name)


def test_padded_windows_are_the_windows_with_short_histories():
    series = np.arange(16.0).reshape(8, 2)
    X, y = make_windows(series, lookback=3, horizon=2)

    padded, targets, rows = make_windows(
        series, lookback=3, horizon=2, pad=True, return_rows=True
    )

    assert np.array_equal(padded[2:], X)
    assert np.array_equal(targets[2:], y)
    assert np.array_equal(rows, np.arange(1, 7))
    for i in range(2):
        assert np.isnan(padded[i, : 2 - i]).all()
        assert np.array_equal(padded[i, 2 - i :], series[: i + 1])
        assert np.array_equal(targets[i], series[i + 1 : i + 3].ravel())


def test_series_shorter_than_the_window_are_kept_with_pad():
    series = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [5, 4, 3, 2, 1]})
    groups = ["long", "long", "long", "short", "short"]

    X, y = make_windows(series, lookback=2, groups=groups, pad=True)

    assert np.array_equal(
        X[:, :, 0], [[np.nan, 1], [1, 2], [np.nan, 4]], equal_nan=True
    )
    assert y["a"].tolist() == [2, 3, 5]
    with pytest.raises(ValueError, match=r"need 3 rows .*'short' .* 2.*pad=True"):
        make_windows(series, lookback=2, groups=groups)
    with pytest.raises(ValueError, match=r"horizon=2 needs 3 .*'short' .* 2"):
        make_windows(series, lookback=2, groups=groups, horizon=2, pad=True)


@pytest.mark.parametrize(
    "scaler", [None, MinMaxScaler(), QuantileTransformer(n_quantiles=5), Normalizer()]
)
def test_absent_steps_stay_absent_and_do_not_count(scaler, rng):
    steps = [rng.normal(size=(n, 2)) for n in (4, 2, 3)]
    X = pad_sequences(steps)

    scaled = SequenceScaler(scaler).fit(X).transform(X)

    expected = SequenceScaler(scaler).fit(np.concatenate(steps)[:, np.newaxis])
    for row, sequence in zip(scaled, steps, strict=True):
        n_absent = 4 - len(sequence)
        assert np.isnan(row[:n_absent]).all()
        alone = expected.transform(sequence[:, np.newaxis])[:, 0]
        assert np.array_equal(row[n_absent:], alone)


def test_weights_of_absent_steps_do_not_count(rng):
    steps = [rng.normal(size=(n, 2)) for n in (4, 2, 3)]
    scaler = SequenceScaler().fit(pad_sequences(steps), sample_weight=[1, 5, 2])

    weights = np.repeat([1, 5, 2], [4, 2, 3])
    mean = np.average(np.concatenate(steps), axis=0, weights=weights)
    np.testing.assert_allclose(scaler.scaler_.mean_, mean)


def test_a_missing_feature_is_not_taken_for_an_absent_step():
    X = np.array([[1.0, np.nan], [2.0, 3.0]])

    with pytest.raises(ValueError, match=r"^Input X contains NaN\.\n"):
        SequenceScaler(Normalizer()).fit(X)
    steps = SequenceScaler(Normalizer(), n_timesteps=2).fit_transform(X)
    assert np.array_equal(steps, [[1, np.nan], [1, 1]], equal_nan=True)
