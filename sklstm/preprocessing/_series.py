"""The series of a long table: their columns and their rows."""

from numbers import Integral
from typing import Any

import numpy as np

from sklstm._utils.frames import all_column_names, as_eager, find_column, take_columns
from sklstm._utils.labels import label_at, rank_labels
from sklstm._utils.text import shortened


def split_columns(data, groups, owner):
    """Split a table into channels and the labels of its rows.

    Parameters
    ----------
    data : array-like or DataFrame
    groups : object
        Names of columns, or labels; see `make_windows`.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    channels : array-like or DataFrame
        The other columns; `data` if `groups` holds labels.
    labels : array-like or None
    positions : list of int
        Positions of the columns that are labels.
    """
    keys = _keys_of(groups, data, owner)
    if not keys:
        return data, groups, []
    if not hasattr(data, "shape"):
        data = np.array(data, dtype=object)
    n_columns = data.shape[1] if len(data.shape) > 1 else 1
    positions = _find_each(keys, "groups", data, n_columns, owner)
    kept = [i for i in range(n_columns) if i not in positions]
    if not kept:
        raise ValueError(
            f"{owner}: `groups`={shortened(groups)} leaves no column as a channel."
        )
    labels = as_eager(take_columns(data, positions))
    return take_columns(data, kept), labels, positions


def find_channels(chosen, parameter, data, n_columns, in_groups, owner):
    """Return the positions of columns among the channels.

    Parameters
    ----------
    chosen : int, str, tuple, list of them, or None
        Positions or names of columns of `data`. None gives an empty list.
    parameter : str
        Name of the parameter with `chosen`, for error messages.
    data : array-like or DataFrame
        The table with all of its columns.
    n_columns : int
        Number of its columns.
    in_groups : list of int
        Positions of the columns that are labels, not channels.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    list of int
    """
    if chosen is None:
        return []
    try:
        is_one = _is_one_column(chosen, all_column_names(data))
        keys = [chosen] if is_one else list(chosen)
    except TypeError as error:
        raise TypeError(
            f"{owner}: `{parameter}` must be the position or name of a channel, or a "
            f"list of them; got {shortened(chosen)}."
        ) from error
    if not keys:
        raise ValueError(f"{owner}: `{parameter}` is empty. None is its default.")
    found = _find_each(keys, parameter, data, n_columns, owner)
    for key, position in zip(keys, found, strict=True):
        if position in in_groups:
            raise ValueError(
                f"{owner}: `{parameter}`={shortened(key)} is a column of `groups`, "
                "which is not a channel."
            )
    return [i - sum(group < i for group in in_groups) for i in found]


def split_rows(labels, n_rows, shortest, n_after, owner):
    """Return the rows of each series: a slice without labels, else index arrays.

    Parameters
    ----------
    labels : array-like or None
        Labels of the rows; see `make_windows`.
    n_rows : int
    shortest : int
        Least number of rows in the history of a window.
    n_after : int
        Number of rows that a window needs after its last row.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    list of slice or ndarray
    """
    series: list[Any] = [slice(n_rows)]
    lengths = [n_rows]
    if labels is not None:
        codes = rank_labels(labels, n_rows, "groups", owner)
        lengths = list(np.bincount(codes))
        series = np.split(np.argsort(codes, kind="stable"), np.cumsum(lengths)[:-1])
    for rows, length in zip(series, lengths, strict=True):
        if length < shortest + n_after:
            name = series_name(labels, rows, owner)
            raise ValueError(_too_short(length, shortest, n_after, name, owner))
    return series


def series_name(labels, rows, owner):
    """Return the name of a series for messages."""
    if labels is None:
        return "the series"
    return f"series {shortened(label_at(labels, int(rows[0]), 'groups', owner))}"


def _keys_of(groups, data, owner):
    """Return the keys of the columns that `groups` names; [] if it holds labels."""
    names = all_column_names(data)
    if _is_one_column(groups, names):
        return [groups]
    if not isinstance(groups, list | tuple):
        return []
    are_names = [isinstance(one, str | tuple) and one in names for one in groups]
    is_one_per_row = len(groups) == len(data)
    if all(are_names) and is_one_per_row:
        raise ValueError(
            f"{owner}: `groups`={shortened(groups)} may be names of columns or labels "
            f"of the {len(data)} rows. Pass the columns themselves, or the labels as "
            "an array."
        )
    # Labels of the rows may have the name of a column; a wrong name gives an error.
    return list(groups) if any(are_names) and not is_one_per_row else []


def _is_one_column(key, names):
    """Return whether a key is the position or name of one column, not a list."""
    is_name = isinstance(key, tuple) and key in names
    return isinstance(key, str | Integral) or is_name


def _find_each(keys, parameter, data, n_columns, owner):
    found = [
        find_column(data, n_columns, key, parameter, owner, called="data")
        for key in keys
    ]
    if len(set(found)) < len(found):
        raise ValueError(
            f"{owner}: `{parameter}` names a column twice; got {shortened(keys)}."
        )
    return found


def _too_short(length, shortest, n_after, name, owner):
    """Return the message about a series without a single window."""
    if shortest == 1:
        return (
            f"{owner}: horizon={n_after} needs {1 + n_after} rows, but {name} has "
            f"only {length}. Reduce it, or leave out short series."
        )
    if n_after == 0:
        return (
            f"{owner}: lookback={shortest} needs as many rows, but {name} has only "
            f"{length}. Reduce it, use pad=True, or leave out short series."
        )
    return (
        f"{owner}: `lookback` and `horizon` need {shortest + n_after} rows together, "
        f"but {name} has only {length}. Reduce them, use pad=True, or leave out short "
        "series."
    )
