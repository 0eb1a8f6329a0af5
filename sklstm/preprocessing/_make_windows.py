"""make_windows: windows and targets from long series."""

from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import check_scalar

from sklstm._utils.frames import (
    all_column_names,
    as_dataframe,
    collected,
    columns_of,
    find_column,
    in_the_kind_of,
    library_of,
)
from sklstm._utils.labels import check_in_time_order, label_at, rank_labels
from sklstm._utils.numeric import as_table
from sklstm._utils.text import shortened


def make_windows(
    data,
    *,
    lookback,
    horizon=1,
    target=None,
    groups=None,
    pad=False,
    return_rows=False,
):
    """Cut long series into windows, with the rows that follow each as the target.

    Parameters
    ----------
    data : array-like or DataFrame of shape (n_rows, n_channels) or (n_rows,)
        Numbers in evenly spaced rows, in order of time: an array or a pandas or Polars
        object. Missing values are kept. If a pandas index holds times, they must not
        decrease.
    lookback : int
        Number of rows in a window.
    horizon : int, default=1
        Number of rows to forecast after each window.
    target : int, str, list of them, or None, default=None
        Channels to forecast, by position or, for a DataFrame, by name. None takes all.
        A tuple is a name if the columns have tuples for names, and otherwise a list.
    groups : array-like of shape (n_rows,) or (n_rows, n_keys), default=None
        Label of the series that each row belongs to; a DataFrame, a list of tuples or a
        2-D array if labels have several keys. The rows of a series need not be
        adjacent, but must be in order of time. No window spans two series. The windows
        are returned series by series, in the order of the labels, which for categories
        is the order of the categories.
    pad : bool, default=False
        Whether to also return the windows that begin before the first row of a series,
        with NaN for the steps before it, which :class:`~sklstm.LSTMRegressor` skips.
        There is then a window for each row that has `horizon` rows after it, also in
        series shorter than `lookback`.
    return_rows : bool, default=False
        Whether to also return the position, in the data, of the first row that each
        window forecasts. ``times[rows]`` and ``groups[rows]`` then give its time and
        series.

    Returns
    -------
    X : ndarray of shape (n_windows, lookback, n_channels)
        The windows, in the unit and dtype of the data; with `pad`, integers become
        float64. For a single series they are a read-only view of the data, or of one
        padded copy of it, for several series a copy.
    y : ndarray, Series or DataFrame of shape (n_windows, horizon * n_targets)
        The rows that follow each window, step by step: all targets one step ahead, then
        all targets two steps ahead, and so on. A single target one step ahead is 1-D.
        For a DataFrame, y is a DataFrame, too, with columns ``GHI`` (if `horizon` is 1)
        or ``GHI+1``, ``GHI+2`` and so on; in pandas its index is that of the first row
        forecast.
    rows : ndarray of shape (n_windows,)
        Position of the first row that each window forecasts. Returned only if
        `return_rows` is True.

    Raises
    ------
    ValueError
        If a series has fewer than ``lookback + horizon`` rows (``1 + horizon`` with
        `pad`) or is not in order of time, if a target is unknown, or if the data are
        not numeric.

    See Also
    --------
    SlidingWindow : Windows inside a Pipeline, one for each row.
    pad_sequences : Stack sequences of different length.

    Notes
    -----
    With ``horizon > 1``, neighbouring rows of `y` share values. Do not shuffle them,
    and leave out ``horizon - 1`` rows between training and test sets
    (``TimeSeriesSplit(gap=horizon - 1)``); otherwise training targets contain values of
    the test set.

    The windows of several series are not in order of time, so neither
    ``TimeSeriesSplit`` nor ``LSTMRegressor(early_stopping=True)``, which holds out the
    last rows, separates past from future. Use `return_rows` to split by time or by
    series: ``GroupKFold().split(X, y, groups[rows])``.

    To forecast the rows after the end of a series, predict from its last rows:
    ``model.predict(values[np.newaxis, -lookback:])``.

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
    >>> X, y = make_windows(np.arange(4.0), lookback=3, pad=True)
    >>> X[:, :, 0]
    array([[nan, nan,  0.],
           [nan,  0.,  1.],
           [ 0.,  1.,  2.]])

    >>> from sklstm.datasets import load_solar
    >>> solar = load_solar(as_frame=True).frame
    >>> X, y = make_windows(solar, lookback=24, horizon=2, target=["GHI", "DHI"])
    >>> X.shape, list(y.columns)
    ((8735, 24, 7), ['GHI+1', 'DHI+1', 'GHI+2', 'DHI+2'])
    """
    check_scalar(lookback, "make_windows: `lookback`", Integral, min_val=1)
    check_scalar(horizon, "make_windows: `horizon`", Integral, min_val=1)
    data = as_dataframe(collected(data))
    names = list(all_column_names(data))
    values = as_table(
        data, "data", "make_windows", missing=True, infinite=True, keep_integers=not pad
    )
    targets = _find_targets(target, data, names, values.shape[1])

    parts = []
    first = 1 if pad else lookback  # number of rows in the history of the first window
    for rows in _split_series(groups, len(values), first, horizon):
        check_in_time_order(data, "make_windows", rows)
        past = values[rows][:-horizon]
        if pad:
            past = np.pad(past, ((lookback - 1, 0), (0, 0)), constant_values=np.nan)
        ahead = values[rows][first:, targets]
        windows = sliding_window_view(past, lookback, axis=0).swapaxes(1, 2)
        ahead = sliding_window_view(ahead, horizon, axis=0).swapaxes(1, 2)
        first_ahead = np.arange(len(values))[rows][first:][: len(ahead)]
        parts.append((windows, np.array(ahead).reshape(len(ahead), -1), first_ahead))
    # Concatenating a single part would copy its view of the data.
    X, y, first_ahead = (
        pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        for pieces in zip(*parts, strict=True)
    )

    y = _as_targets(data, y, names, targets, horizon, first_ahead)
    return (X, y, first_ahead) if return_rows else (X, y)


def _as_targets(data, y, names, targets, horizon, rows):
    """Return the targets as a table of the same library as the data, if that is one."""
    is_single = y.shape[1] == 1
    if library_of(data) is None:
        return y.ravel() if is_single else y
    columns = [names[i] for i in targets]
    if horizon > 1:
        columns = [f"{name}+{h + 1}" for h in range(horizon) for name in columns]
    sources = targets * horizon
    y = in_the_kind_of(data, y, names=columns, sources=sources, rows=rows)
    return columns_of(y)[0] if is_single else y  # type: ignore[index]


def _find_targets(target, data, names, n_channels):
    """Return the positions of the channels to forecast."""
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
            f"list of them; got {shortened(target)}."
        ) from error
    if not chosen:
        raise ValueError("make_windows: `target` is empty. None takes all channels.")
    found = [
        find_column(data, n_channels, one, "target", "make_windows", called="data")
        for one in chosen
    ]
    if len(set(found)) < len(found):
        raise ValueError(
            f"make_windows: `target` names a channel twice; got {shortened(target)}."
        )
    return found


def _split_series(groups, n_rows, shortest, horizon):
    """Return the rows of each series: a slice without groups, else index arrays.

    `shortest` is the least number of rows in the history of a window.
    """
    if groups is None:
        _check_length(n_rows, shortest, horizon, "the series")
        return [slice(n_rows)]
    codes = rank_labels(groups, n_rows, "groups", "make_windows")
    lengths = np.bincount(codes)
    series = np.split(np.argsort(codes, kind="stable"), np.cumsum(lengths)[:-1])
    for rows in series:
        if len(rows) < shortest + horizon:
            label = label_at(groups, int(rows[0]), "groups", "make_windows")
            _check_length(len(rows), shortest, horizon, f"series {shortened(label)}")
    return series


def _check_length(length, shortest, horizon, name):
    if length >= shortest + horizon:
        return
    if shortest == 1:
        raise ValueError(
            f"make_windows: horizon={horizon} needs {1 + horizon} rows, but {name} has "
            f"only {length}. Reduce it, or leave out short series."
        )
    raise ValueError(
        f"make_windows: `lookback` and `horizon` need {shortest + horizon} rows "
        f"together, but {name} has only {length}. Reduce them, use pad=True, or leave "
        "out short series."
    )
