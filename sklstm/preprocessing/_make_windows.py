"""make_windows: training tables from long series."""

from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import check_scalar

from sklstm._utils.frames import (
    all_column_names,
    columns_of,
    find_column,
    in_the_kind_of,
)
from sklstm._utils.labels import check_in_time_order, label_at, rank_labels
from sklstm._utils.numeric import as_table


def make_windows(
    data, *, lookback, horizon=1, target=None, groups=None, return_rows=False
):
    """Cut long series into windows and the rows that follow each.

    Parameters
    ----------
    data : array-like or DataFrame of shape (n_rows, n_channels) or (n_rows,)
        Numbers, in rows in order of time, evenly spaced: NumPy, pandas or Polars.
        Missing values are passed on. Where pandas has an index of times, they must not
        fall.
    lookback : int
        Rows in a window.
    horizon : int, default=1
        Rows to forecast after each window.
    target : int, str, list of them, or None, default=None
        Channels to forecast, by position or (of a DataFrame) by name; None takes all.
        A tuple is a name where the columns have tuples for names, else a list.
    groups : array-like of shape (n_rows,) or (n_rows, n_keys), default=None
        Which series each row belongs to. The rows of a series need not lie together,
        but must be in order of time. No window spans two series; the windows come
        series by series, in the order of the labels (of categories, theirs). Several
        keys are a DataFrame, a list of tuples, or a 2-D array.
    return_rows : bool, default=False
        Whether to return too which row of the data is the first that each window
        forecasts, so that ``times[rows]`` and ``groups[rows]`` tell when and of which
        series.

    Returns
    -------
    X : ndarray of shape (n_windows, lookback, n_channels)
        The windows, in the unit and dtype of the data. For one series it is a read-only
        view of the data, whatever `lookback`; for several it is a copy.
    y : ndarray, Series or DataFrame of shape (n_windows, horizon * n_targets)
        The rows that follow each window, step by step: all targets one step ahead, then
        all two steps ahead, and so on. One target one step ahead is 1-D. From a
        DataFrame y is one too: its columns are named ``GHI`` (`horizon` 1) or
        ``GHI+1``, ``GHI+2``; with pandas its index is that of the first row forecast.
    rows : ndarray of shape (n_windows,)
        The first row of the data that each window forecasts. Only if `return_rows` is
        True.

    Raises
    ------
    ValueError
        If a series has fewer than ``lookback + horizon`` rows or is not in order of
        time, a target is unknown, or the data hold anything but numbers.

    See Also
    --------
    SlidingWindow : Windows inside a Pipeline, one for each row.

    Notes
    -----
    With ``horizon > 1`` neighbouring rows of `y` share values. Leave
    ``TimeSeriesSplit(gap=horizon - 1)`` rows between training and test, and never
    shuffle, or the training targets hold part of the test's.

    The windows of several series are not in order of time, so that neither
    ``TimeSeriesSplit`` nor ``LSTMRegressor(early_stopping=True)``, which holds out the
    last rows, tells past from future there. Split by time or by series with
    `return_rows`: ``GroupKFold().split(X, y, groups[rows])``.

    Rows beyond the end of a series are forecast from its last ones, in the units of the
    table: ``model.predict(values[np.newaxis, -lookback:])``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.preprocessing import make_windows
    >>> X, y = make_windows(np.arange(6.0), lookback=3, horizon=2)
    >>> X[:, :, 0]
    array([[0., 1., 2.],
           [1., 2., 3.]])
    >>> y
    array([[3., 4.],
           [4., 5.]])

    >>> from sklstm.datasets import load_solar
    >>> solar = load_solar(as_frame=True).frame
    >>> X, y = make_windows(solar, lookback=24, horizon=2, target=["GHI", "DHI"])
    >>> X.shape, list(y.columns)
    ((8735, 24, 7), ['GHI+1', 'DHI+1', 'GHI+2', 'DHI+2'])
    """
    check_scalar(lookback, "make_windows: `lookback`", Integral, min_val=1)
    check_scalar(horizon, "make_windows: `horizon`", Integral, min_val=1)
    if hasattr(data, "to_frame"):  # a Series of pandas or Polars
        data = data.to_frame()
    names = list(all_column_names(data))
    values = as_table(
        data, "data", "make_windows", missing=True, infinite=True, keep_integers=True
    )
    targets = _find_targets(target, data, names, values.shape[1])

    parts = []
    for rows in _split_series(groups, len(values), needed=lookback + horizon):
        check_in_time_order(data, "make_windows", rows)
        past = values[rows][:-horizon]
        ahead = values[rows][lookback:, targets]
        windows = sliding_window_view(past, lookback, axis=0).swapaxes(1, 2)
        ahead = sliding_window_view(ahead, horizon, axis=0).swapaxes(1, 2)
        first_ahead = np.arange(len(values))[rows][lookback:][: len(ahead)]
        parts.append((windows, np.array(ahead).reshape(len(ahead), -1), first_ahead))
    # A single part is passed on as it is: concatenation would copy the views.
    X, y, first_ahead = (
        pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        for pieces in zip(*parts, strict=True)
    )

    y = _as_targets(data, y, names, targets, horizon, first_ahead)
    return (X, y, first_ahead) if return_rows else (X, y)


def _as_targets(data, y, names, targets, horizon, rows):
    """Return the targets as the kind of table that the data are, if they are one."""
    is_single = y.shape[1] == 1
    if not names:
        return y.ravel() if is_single else y
    columns = [names[i] for i in targets]
    if horizon > 1:
        columns = [f"{name}+{h + 1}" for h in range(horizon) for name in columns]
    sources = targets * horizon
    y = in_the_kind_of(data, y, names=columns, sources=sources, rows=rows)
    return next(iter(columns_of(y) or [y])) if is_single else y


def _find_targets(target, data, names, n_channels):
    """Positions of the channels to forecast."""
    if target is None:
        return list(range(n_channels))
    is_one = isinstance(target, str | Integral) or (
        isinstance(target, tuple) and target in names
    )
    try:
        chosen = [target] if is_one else list(target)
    except TypeError as error:
        raise TypeError(
            "make_windows: `target` must be the position or name of a channel, or a "
            f"list of them; got {target!r}."
        ) from error
    if not chosen:
        raise ValueError("make_windows: `target` is empty; None takes every channel.")
    found = [
        find_column(data, n_channels, one, "target", "make_windows", called="data")
        for one in chosen
    ]
    if len(set(found)) < len(found):
        raise ValueError(f"make_windows: `target` names a channel twice: {target!r}.")
    return found


def _split_series(groups, n_rows, *, needed):
    """Rows of each series: one slice without groups, else index arrays."""
    if groups is None:
        _check_length(n_rows, needed, "the series")
        return [slice(n_rows)]
    codes = rank_labels(groups, n_rows, "groups", "make_windows")
    lengths = np.bincount(codes)
    series = np.split(np.argsort(codes, kind="stable"), np.cumsum(lengths)[:-1])
    for rows in series:
        if len(rows) < needed:
            label = label_at(groups, int(rows[0]), "groups", "make_windows")
            _check_length(len(rows), needed, f"series {label!r}")
    return series


def _check_length(length, needed, name):
    if length < needed:
        raise ValueError(
            f"make_windows: `lookback` and `horizon` together take {needed} rows, but "
            f"{name} has {length}. Shorten them, or leave that series out."
        )
