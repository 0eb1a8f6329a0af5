"""No step before the network lets a row know of a later one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sklstm.preprocessing import SequenceScaler, SlidingWindow, make_windows


class DigestRegressor(RegressorMixin, BaseEstimator):
    """Predict a number that any change of any value it was given would change."""

    def fit(self, X, y):
        self.digest_ = np.abs(X).sum() + np.abs(y).sum()
        return self

    def predict(self, X):
        weights = np.arange(1, X[0].size + 1).reshape(X.shape[1:])
        return self.digest_ + (X * weights).sum(axis=(1, 2))


def walk_forward(model, X, y, n_splits=4):
    """Predictions of each test row by the model fitted on the rows before its fold."""
    predictions = np.full(len(X), np.nan)
    for train, test in TimeSeriesSplit(n_splits).split(X):
        predictions[test] = model.fit(X[train], y[train]).predict(X[test])
    return predictions


PIPELINES = {
    "scale, window": make_pipeline(
        StandardScaler(), SlidingWindow(5), DigestRegressor()
    ),
    "window, scale": make_pipeline(
        SlidingWindow(5), SequenceScaler(MinMaxScaler()), DigestRegressor()
    ),
    "spaced, padded": make_pipeline(
        SlidingWindow(3, step=4, pad=0.0), SequenceScaler(), DigestRegressor()
    ),
}


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 2)), rng.normal(size=60)


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("changed_from", [13, 30, 59])
def test_changing_later_rows_changes_no_earlier_prediction(name, changed_from, series):
    X, y = series
    X_changed, y_changed = X.copy(), y.copy()
    X_changed[changed_from:] += 7
    y_changed[changed_from:] += 7

    before = walk_forward(PIPELINES[name], X, y)
    after = walk_forward(PIPELINES[name], X_changed, y_changed)
    assert_array_equal(after[:changed_from], before[:changed_from])
    assert (after[changed_from:] != before[changed_from:]).all()


def test_the_check_above_sees_a_scaler_fitted_before_the_split(series):
    X, y = series
    X_changed = X.copy()
    X_changed[30:] += 7
    before = walk_forward(
        PIPELINES["scale, window"][1:], StandardScaler().fit_transform(X), y
    )
    after = walk_forward(
        PIPELINES["scale, window"][1:], StandardScaler().fit_transform(X_changed), y
    )
    assert (after[12:30] != before[12:30]).any()


@given(
    length=st.integers(1, 9),
    step=st.integers(1, 4),
    n_rows=st.integers(2, 30),
    data=st.data(),
)
def test_a_window_holds_no_row_after_its_own(length, step, n_rows, data):
    changed_from = data.draw(st.integers(1, n_rows - 1))
    window = SlidingWindow(length, step=step)
    X = np.arange(n_rows, dtype=float)[:, np.newaxis]
    X_changed = X.copy()
    X_changed[changed_from:] = -1
    before, after = window.fit_transform(X), window.fit_transform(X_changed)
    assert_array_equal(after[:changed_from], before[:changed_from])
    assert before[:, -1, 0].tolist() == list(range(n_rows))


@given(
    lookback=st.integers(1, 6), horizon=st.integers(1, 6), n_extra=st.integers(8, 20)
)
def test_targets_of_make_windows_come_after_the_window_and_the_training_rows(
    lookback, horizon, n_extra
):
    rows = np.arange(lookback + horizon + n_extra)
    X, y = make_windows(rows, lookback=lookback, horizon=horizon)
    y = y.reshape(len(X), -1)
    assert (X.max(axis=(1, 2)) < y.min(axis=1)).all()

    splitter = TimeSeriesSplit(n_splits=2, gap=horizon - 1, test_size=1)
    for train, test in splitter.split(X):
        assert y[train].max() < y[test].min()


def panel_folds(first, last, n_splits):
    """Folds in time of windows that predict the times from `first` to `last`.

    This is the recipe of the user guide.
    """
    times = np.unique(first)
    for _, test in TimeSeriesSplit(n_splits).split(times):
        is_train, is_test = last < times[test[0]], np.isin(first, times[test])
        yield np.flatnonzero(is_train), np.flatnonzero(is_test)


@given(
    starts=st.lists(st.integers(0, 9), min_size=2, max_size=4),
    spacing=st.integers(1, 3),
    lookback=st.integers(1, 4),
    horizon=st.integers(1, 4),
)
def test_folds_of_a_panel_train_on_no_time_of_their_test(
    starts, spacing, lookback, horizon
):
    # Series that start at different times, and may have no time in common.
    times = np.concatenate([start + spacing * np.arange(25) for start in starts])
    X, y, rows = make_windows(
        times,
        lookback=lookback,
        horizon=horizon,
        groups=np.repeat(np.arange(len(starts)), 25),
        return_rows=True,
    )
    y = y.reshape(len(X), -1)
    first = times[rows]
    assert_array_equal(y[:, 0], first)

    folds = list(panel_folds(first, first + (horizon - 1) * spacing, n_splits=3))

    assert len(folds) == 3
    for train, test in folds:
        assert y[train].max() < y[test].min()
        # Nothing that may be used is left out.
        left = np.setdiff1d(np.flatnonzero(first < first[test].min()), train)
        assert (y[left].max(axis=1) >= y[test].min()).all()
    tested = np.concatenate([test for _, test in folds])
    assert len(np.unique(tested)) == len(tested)
    assert first[tested].max() == first.max()


def test_the_check_above_sees_a_split_by_position():
    times = np.tile(np.arange(25), 2)
    _, y = make_windows(times, lookback=3, groups=np.repeat([0, 1], 25))
    train, test = list(TimeSeriesSplit(3).split(y))[-1]
    assert y[train].max() > y[test].min()
