"""Labels of rows: groups, told apart, and times, which must not fall."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rank_labels(
    labels: Any, n_samples: int, name: str, owner: str
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the different labels, sorted, and the rank of each row's label.

    Parameters
    ----------
    labels : array-like of shape (n_samples,)
        Of one kind, none missing.
    n_samples : int
        How many there must be.
    name, owner : str
        The parameter that holds them, and whom an error is about.

    Returns
    -------
    different : ndarray of shape (n_different,)
    ranks : ndarray of shape (n_samples,)
    """
    # NumPy would make text of a list such as ["north", nan].
    kind = None if hasattr(labels, "dtype") else object
    labels = np.asarray(labels, dtype=kind)
    if labels.shape == (n_samples, 1):
        labels = labels[:, 0]
    if labels.shape != (n_samples,):
        raise ValueError(
            f"{owner}: `{name}` must hold one label for each of the {n_samples} rows; "
            f"got an array of shape {labels.shape}."
        )
    # NaN and NaT differ from themselves; text and numbers cannot be compared.
    try:
        missing = np.count_nonzero((labels != labels) | (labels == None))  # noqa: E711
        different, ranks = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise TypeError(
            f"{owner}: `{name}` must hold labels of one kind, none missing ({error})."
        ) from error
    if missing:
        raise ValueError(
            f"{owner}: `{name}` is missing in {missing} of {n_samples} rows."
        )
    return different, ranks


def check_in_time_order(table: Any, owner: str, rows: Any = slice(None)) -> None:
    """Raise if a table is indexed by times that fall from row to row.

    Equal times pass: clocks are set back in autumn.

    Parameters
    ----------
    table : object
        Only a pandas object with an index of times or periods is looked at.
    owner : str
        Whom the error is about.
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
            f"{index[row + 1]}. Sort them by their index; for rows of several series "
            "there is make_windows with `groups`."
        )
