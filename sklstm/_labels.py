"""Labels of rows, such as groups: checked, and told apart."""

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
    labels = np.asarray(labels)
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
