"""make_windows: windows and targets from long series."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import check_scalar

from sklstm._utils.frames import (
    all_column_names,
    as_dataframe,
    collected,
    columns_of,
    in_the_kind_of,
    library_of,
)
from sklstm._utils.labels import check_in_time_order
from sklstm._utils.numeric import as_table
from sklstm._utils.text import shortened
from sklstm._utils.validation import check_choice
from sklstm.preprocessing._series import (
    find_channels,
    series_name,
    split_columns,
    split_rows,
)

_OWNER = "make_windows"


def make_windows(
    data: Any,
    *,
    lookback: int,
    horizon: int = 1,
    target: Any = None,
    label: str = "next",
    groups: Any = None,
    known: Any = None,
    pad: bool = False,
    future: bool = False,
    return_rows: bool = False,
) -> tuple[Any, ...]:
    """Cut long series into windows, each with its target.

    The target is in the rows that follow a window, or in its last row. With `future`,
    the windows to predict from are returned: the last of each series, whose target is
    not known yet.

    Parameters
    ----------
    data : array-like or DataFrame of shape (n_rows, n_columns) or (n_rows,)
        Numbers in evenly spaced rows, in order of time: an array or a pandas or Polars
        object. Missing values are kept. If a pandas index holds times, they must not
        decrease. Each column is a channel, except for those in `groups`.
    lookback : int
        Number of rows in a window.
    horizon : int, default=1
        Number of rows to forecast after each window. Must be 1 if `label` is "last".
    target : int, str, list of them, or None, default=None
        Columns to predict, by their position in `data` or, for a DataFrame, by name.
        None takes all channels that are not `known`. A tuple is a name if the columns
        have tuples for names, and otherwise a list.
    label : {"next", "last"}, default="next"
        Where the target of a window is:

        - "next": in the `horizon` rows after it. The target is also a channel, since
          its past is known.
        - "last": in its last row, for what is not measured in operation, such as
          remaining life. The target is then not a channel, and must be given.
    groups : str, int, list of str or array-like, default=None
        The series that each row belongs to: the name (or index) of a column of `data`,
        a list of names, or labels of shape (n_rows,) or (n_rows, n_keys); a DataFrame,
        a list of tuples or a 2-D array if labels have several keys. Columns given by
        name are not channels. The rows of a series need not be adjacent, but must be in
        order of time. No window spans two series. The windows are returned series by
        series, in the order of the labels, which for categories is the order of the
        categories.
    known : int, str, list of them, or None, default=None
        Columns whose future is known when a forecast is made, such as the calendar,
        prices or weather forecasts. For each there is a second channel, with its values
        `horizon` rows ahead. See Notes.
    pad : bool, default=False
        Whether to also return the windows that begin before the first row of a series,
        with NaN for the steps before it, which :class:`~sklstm.LSTMRegressor` skips.
        There is then a window for each row that has a target, also in series shorter
        than `lookback`.
    future : bool, default=False
        Whether to return instead, without targets, the last window of each series. With
        `known`, the last `horizon` rows of each series must be those to forecast, in
        which all other channels are missing.
    return_rows : bool, default=False
        Whether to also return the position, in the data, of the first row that each
        window predicts, or, with `future`, of the last row in each window.
        ``times[rows]`` and ``groups[rows]`` then give its time and series.

    Returns
    -------
    X : ndarray of shape (n_windows, lookback, n_channels)
        The windows, in the unit and dtype of the data; with `pad`, integers become
        float64. Channels are in the order of the columns, followed by those ahead in
        the order of `known`. For a single series the windows are a read-only view of
        the data, or of one copy of it, for several series a copy.
    y : ndarray, Series or DataFrame of shape (n_windows, horizon * n_targets)
        The targets, step by step: all targets one step ahead, then all targets two
        steps ahead, and so on. A single target one step ahead is 1-D. For a DataFrame,
        y is a DataFrame, too, with columns ``GHI`` (if `horizon` is 1) or ``GHI+1``,
        ``GHI+2`` and so on; in pandas its index is that of the first row predicted. Not
        returned if `future` is True.
    rows : ndarray of shape (n_windows,)
        Positions of rows; see `return_rows`. Returned only if `return_rows` is True.

    Raises
    ------
    ValueError
        If a series has too few rows for a single window, or is not in order of time, if
        a column is unknown or used for two purposes, if it is ambiguous whether
        `groups` holds names or labels, or if the data are not numeric.

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
    last rows, separates past from future. Use `return_rows` to split by series,
    ``GroupKFold().split(X, y, groups[rows])``, or by time, for which the
    :doc:`guide </guide/windows>` has a recipe.

    A window that ends at row ``t`` has, in the channel ahead of a column in `known`,
    the values of this column in the rows ``t - lookback + 1 + horizon, ..., t +
    horizon``, so that its last `horizon` steps are the values in the rows to forecast.
    `lookback` must therefore be at least `horizon`. Steps before the first row of a
    series are missing in every channel: a padded window with fewer than `horizon` rows
    of history has only the known values of the last rows that it forecasts.

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
    >>> make_windows(np.arange(6.0), lookback=3, horizon=2, future=True)[:, :, 0]
    array([[3., 4., 5.]])
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

    The remaining life of two engines, from their vibration:

    >>> import pandas as pd
    >>> engines = pd.DataFrame({
    ...     "engine": [1, 1, 1, 2, 2],
    ...     "vibration": [0.1, 0.2, 0.9, 0.3, 0.8],
    ...     "life": [2, 1, 0, 1, 0],
    ... })
    >>> X, y = make_windows(
    ...     engines, lookback=2, target="life", label="last", groups="engine"
    ... )
    >>> X[:, :, 0]
    array([[0.1, 0.2],
           [0.2, 0.9],
           [0.3, 0.8]])
    >>> y.to_list()
    [1.0, 0.0, 0.0]

    It is known whether a shop will be open. The last row is the day to forecast:

    >>> sales = pd.DataFrame({"sold": [8, 9, 0, 7, np.nan], "open": [1, 1, 0, 1, 0]})
    >>> X, y = make_windows(sales[:4], lookback=2, target="sold", known="open")
    >>> X[0]  # sold, open, and open on the next day
    array([[8., 1., 1.],
           [9., 1., 0.]])
    >>> make_windows(sales, lookback=2, target="sold", known="open", future=True)
    array([[[0., 0., 1.],
            [7., 1., 0.]]])
    """
    check_scalar(lookback, f"{_OWNER}: `lookback`", Integral, min_val=1)
    check_scalar(horizon, f"{_OWNER}: `horizon`", Integral, min_val=1)
    lookback, horizon = int(lookback), int(horizon)  # small integers would overflow
    for name, flag in {"pad": pad, "future": future}.items():
        check_scalar(flag, f"{_OWNER}: `{name}`", (bool, np.bool_))
    _check_label(label, lookback, horizon, known)

    data = as_dataframe(collected(data))
    table, groups, in_groups = split_columns(data, groups, _OWNER)
    values = as_table(
        table, "data", _OWNER, missing=True, infinite=True, keep_integers=not pad
    )
    n_columns = values.shape[1] + len(in_groups)
    where = {"data": data, "n_columns": n_columns, "in_groups": in_groups}
    ahead = find_channels(known, "known", **where, owner=_OWNER)
    targets = find_channels(target, "target", **where, owner=_OWNER)
    _refuse_known_targets(targets, ahead, list(all_column_names(table)))
    targets, channels = _split_channels(targets, ahead, values.shape[1], label, future)

    # Rows up to the end of the first window, and rows after the last one.
    first = 1 if pad else lookback
    n_after = horizon if label == "next" and (ahead or not future) else 0
    windows, outputs, positions = [], [], []
    for rows in split_rows(groups, len(values), first, n_after, _OWNER):
        check_in_time_order(table, _OWNER, rows)
        series = values[rows]
        if future and ahead:
            name = series_name(groups, rows, _OWNER)
            _check_rows_to_come(series, ahead, horizon, name)
        past = series[: len(series) - n_after]
        past = past if channels is None else past[:, channels]
        if ahead:
            past = np.column_stack([past, series[horizon:, ahead]])
        if pad:
            past = np.pad(past, ((lookback - 1, 0), (0, 0)), constant_values=np.nan)
        cut = sliding_window_view(past, lookback, axis=0).swapaxes(1, 2)
        if future:
            cut, start = cut[-1:], len(series) - n_after - 1
        else:
            start = first - (label == "last")  # the first row that a window predicts
            y = sliding_window_view(series[start:, targets], horizon, axis=0)
            outputs.append(np.array(y.swapaxes(1, 2)).reshape(len(y), -1))
        windows.append(cut)
        positions.append(np.arange(len(values))[rows][start : start + len(cut)])

    found = [_joined(windows)]
    rows = _joined(positions)
    if not future:
        y = _as_targets(table, _joined(outputs), targets, horizon, rows)
        found.append(y)
    if return_rows:
        found.append(rows)
    return tuple(found) if len(found) > 1 else found[0]


def _joined(parts):
    """Concatenate arrays, without a copy of a single one, which may be a view."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _check_label(label, lookback, horizon, known):
    """Check the parameters that depend on where the target is."""
    check_choice(label, "label", ("next", "last"), _OWNER)
    if label == "last" and horizon != 1:
        raise ValueError(
            f"{_OWNER}: `horizon` must be 1 if label='last', which takes the target in "
            f"the last row of a window; got {horizon}."
        )
    if known is None:
        return
    if label == "last":
        raise ValueError(
            f"{_OWNER}: `known` cannot be used with label='last': the window already "
            "contains the row of its target. Leave it out."
        )
    if lookback < horizon:
        raise ValueError(
            f"{_OWNER}: `lookback` must be at least `horizon` for `known`, so that a "
            "window has room for the known values of all rows to forecast; got "
            f"lookback={lookback} and horizon={horizon}."
        )


def _refuse_known_targets(targets, ahead, names):
    """Raise if the future of a target is given as known."""
    both = [names[i] if names else i for i in targets if i in ahead]
    if both:
        raise ValueError(
            f"{_OWNER}: column {shortened(both[0])} is in `target` and in `known`, so "
            "each window would contain its target. Leave it out of one of them."
        )


def _split_channels(targets, ahead, n_channels, label, future):
    """Return the positions of the targets, and of the channels (None for all)."""
    if label == "next":
        left = [i for i in range(n_channels) if i not in ahead]
        if not (targets or left or future):
            raise ValueError(f"{_OWNER}: `known` leaves no column as a target.")
        return targets or left, None
    if not (targets or future):
        raise ValueError(
            f"{_OWNER}: `target` must be given if label='last', since the target is "
            "not a channel; got None."
        )
    channels = [i for i in range(n_channels) if i not in targets]
    if not channels:
        raise ValueError(
            f"{_OWNER}: `target` leaves no column as a channel, since with "
            "label='last' the target is not one."
        )
    return targets, channels if targets else None


def _check_rows_to_come(series, ahead, horizon, name):
    """Raise unless all other channels are missing in the last rows, and only there."""
    others = np.delete(series, ahead, axis=1)
    if not others.shape[1]:
        return
    is_missing = np.isnan(others).all(axis=1)
    if is_missing[-horizon:].all() and not is_missing[-horizon - 1]:
        return
    n_missing = len(is_missing) if is_missing.all() else is_missing[::-1].argmin()
    raise ValueError(
        f"{_OWNER}: with `future` and `known`, the last horizon={horizon} rows of each "
        "series must be those to forecast, in which all channels but the known ones "
        f"are missing; {name} ends with {n_missing} such rows. Append exactly "
        f"{horizon}."
    )


def _as_targets(data, y, targets, horizon, rows):
    """Return the targets as a table of the same library as the data, if that is one."""
    is_single = y.shape[1] == 1
    if library_of(data) is None:
        return y.ravel() if is_single else y
    names = all_column_names(data)
    columns = [names[i] for i in targets]
    if horizon > 1:
        columns = [f"{name}+{h + 1}" for h in range(horizon) for name in columns]
    sources = targets * horizon
    y = in_the_kind_of(data, y, names=columns, sources=sources, rows=rows)
    return columns_of(y)[0] if is_single else y  # type: ignore[index]
