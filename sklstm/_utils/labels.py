"""Labels of rows: groups, and keys by which rows are ordered.

Labels of any type and library have their natural order: categories are ordered as
declared, times by time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._utils.frames import as_eager, columns_of, library_of

Ranks = NDArray[np.intp]

# Types of labels that are equal only if their hashes are.
_PLAIN = {bool, int, float, str, bytes}


def rank_labels(labels: Any, n_samples: int, parameter: str, owner: str) -> Ranks:
    """Return the rank of each row's label among the different labels.

    Parameters
    ----------
    labels : array-like of shape (n_samples,) or (n_samples, n_keys)
        Labels of one type, without missing values. Labels with several keys are a
        DataFrame, a list of tuples, a 2-D or structured array, or a MultiIndex.
        Categories are sorted in the order of the categories, even if they are not
        declared as ordered, as in pandas.
    n_samples : int
        Number of labels.
    parameter, owner : str
        Name of the parameter with the labels and of the caller, for error messages.

    Returns
    -------
    ndarray of shape (n_samples,)
        0 for the smallest label. Equal labels have equal ranks. If there are several
        keys, rows are ranked by the first, then by the second, and so on.
    """
    return rank_keys(_split(labels, parameter, owner), n_samples, parameter, owner)


def rank_keys(keys: list[Any], n_samples: int, parameter: str, owner: str) -> Ranks:
    """Return the rank of each row by several keys, each of shape (n_samples,)."""
    ranks: Ranks | None = None
    for labels in keys:
        key = _as_key(labels)
        if key.shape != (n_samples,):
            raise ValueError(
                f"{owner}: `{parameter}` must hold one label for each of the "
                f"{n_samples} rows; got an array of shape {key.shape}."
            )
        finer = _rank_key(key, parameter, owner)
        if ranks is None:
            ranks = finer
        else:
            both = ranks * (finer.max(initial=0) + 1) + finer  # below n_samples squared
            ranks = np.unique(both, return_inverse=True)[1]
    if ranks is None:
        raise ValueError(f"{owner}: `{parameter}` must hold one key or more; got none.")
    return ranks


def label_at(labels: Any, row: int, parameter: str, owner: str) -> Any:
    """Return the label of a row for messages; a tuple if it has several keys."""
    found = [_as_key(key)[row] for key in _split(labels, parameter, owner)]
    values = tuple(
        one.item()
        if isinstance(one, np.generic) and one.dtype.kind not in "mM"
        else one
        for one in found
    )
    return values[0] if len(values) == 1 else values


def _split(labels: Any, parameter: str, owner: str) -> list[Any]:
    """Return the keys of labels, each of shape (n_samples,)."""
    labels = as_eager(labels)
    if hasattr(labels, "levels"):  # a MultiIndex
        labels = labels.to_frame()
    is_polars = library_of(labels) == "polars"
    if is_polars and hasattr(getattr(labels, "dtype", None), "fields"):  # a Struct
        labels = labels.struct.unnest()
    columns = columns_of(labels)
    if columns is not None:
        return columns
    key = _as_key(labels)
    if not isinstance(key, np.ndarray):
        return [key]
    if key.dtype.names:
        return [key[name] for name in key.dtype.names]
    if key.ndim == 2:
        return [key[:, i] for i in range(key.shape[1])]
    if key.ndim == 1 and key.dtype == object and any(map(_is_row, key)):
        lengths = {len(row) if _is_row(row) else 0 for row in key}
        if len(lengths) > 1 or 0 in lengths:
            raise ValueError(
                f"{owner}: `{parameter}` must hold one label in each row, or the same "
                "number of keys."
            )
        return [[row[i] for row in key] for i in range(*lengths)]
    return [key]


def _is_row(label: Any) -> bool:
    """Return whether a label consists of several keys."""
    is_array = isinstance(label, np.ndarray) and label.ndim == 1
    return is_array or isinstance(label, tuple | list)


def _as_key(labels: Any) -> Any:
    """Return labels as an array of NumPy or pandas, or a Polars Series."""
    if isinstance(labels, list | tuple):
        # As objects, since NumPy would convert a list such as ["north", nan] to text.
        return np.fromiter(labels, dtype=object, count=len(labels))
    labels = as_eager(labels)
    if library_of(labels) == "polars":
        return labels.to_numpy() if str(labels.dtype) == "Object" else labels
    array = getattr(labels, "array", labels)
    is_numpy = type(array).__name__ == "NumpyExtensionArray"
    return array if _is_extension(array) and not is_numpy else np.asanyarray(labels)


def _is_extension(key: Any) -> bool:
    """Return whether labels are a pandas array with a dtype that NumPy lacks."""
    return hasattr(key, "factorize") and not isinstance(key.dtype, np.dtype)


def _rank_key(key: Any, parameter: str, owner: str) -> Ranks:
    try:
        n_missing = np.count_nonzero(_is_missing(key))
        if n_missing == 0:
            return _rank_complete(key)
    except (TypeError, NotImplementedError) as error:
        # Text cannot be compared with numbers, and dicts cannot be compared at all.
        raise TypeError(
            f"{owner}: `{parameter}` must hold labels of one kind, which can be sorted "
            f"({error})."
        ) from error
    raise ValueError(
        f"{owner}: `{parameter}` is missing in {n_missing} of {len(key)} rows."
    )


def _is_missing(key: Any) -> NDArray[np.bool_]:
    if library_of(key) == "polars":
        missing = key.is_null()
        return np.asarray(missing | key.is_nan() if key.dtype.is_float() else missing)
    if _is_extension(key):
        return np.asarray(key.isna())
    labels = np.ma.getdata(key)
    if labels.dtype.kind in "OT":
        objects = labels.astype(object)
        missing = np.fromiter(map(_is_missing_object, objects), bool, len(objects))
    elif labels.dtype.kind in "mM":
        missing = np.isnat(labels)
    else:
        missing = labels != labels
    return np.asarray(missing | np.ma.getmaskarray(key))


def _is_missing_object(label: Any) -> bool:
    # pandas.NA cannot be compared; NaN and NaT are not equal to themselves.
    is_singleton = label is None or label is np.ma.masked
    return is_singleton or type(label).__name__ == "NAType" or bool(label != label)


def _rank_complete(key: Any) -> Ranks:
    """Return the rank of each label of a key without missing labels."""
    if library_of(key) == "polars":
        return np.asarray(key.rank("dense")).astype(np.intp) - 1
    if hasattr(key, "categories") and hasattr(key, "codes"):
        return _rank_complete(np.asarray(key.codes))
    if not _is_extension(key):
        if key.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        labels = np.ma.getdata(key)
        if labels.dtype == object and set(map(type, labels)) <= _PLAIN:
            # Sorting only those that differ is faster.
            ranks_of = {label: i for i, label in enumerate(sorted(set(labels)))}
            return np.fromiter(map(ranks_of.__getitem__, labels), np.intp, len(labels))
        return np.unique(labels, return_inverse=True)[1]
    codes, different = key.factorize()
    ranks = np.empty(len(different), dtype=np.intp)
    ranks[np.asarray(different.argsort())] = np.arange(len(different))
    found: Ranks = ranks[codes]
    return found


def check_in_time_order(table: Any, owner: str, rows: Any = slice(None)) -> None:
    """Raise if a table is indexed by times that decrease from row to row.

    Equal times are accepted: when clocks are set back, an hour occurs twice.

    Parameters
    ----------
    table : object
        Only the index of a pandas object is checked, if it holds times or periods.
    owner : str
        The caller's name, for the message.
    rows : slice or ndarray, default=slice(None)
        The rows of one series.
    """
    index: Any = getattr(table, "index", None)
    if not hasattr(index, "to_period") and not hasattr(index, "to_timestamp"):
        return
    index = index[rows]
    falls = np.flatnonzero(np.asarray(index[1:] < index[:-1]))
    if falls.size:
        row = int(falls[0])
        raise ValueError(
            f"{owner}: rows must be in order of time, but {index[row]} is followed by "
            f"{index[row + 1]}. Sort the rows by their index. If they belong to "
            "several series, use make_windows with `groups`."
        )
