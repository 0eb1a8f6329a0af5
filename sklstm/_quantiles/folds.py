"""Folds for cross-conformal calibration."""

import numpy as np

from sklstm._utils.text import shortened


def check_folds(splits, n_samples, owner):
    """Return folds as arrays of row numbers, or raise if they cannot calibrate.

    Parameters
    ----------
    splits : iterable of (train, test)
        Row numbers, or boolean masks of the rows.
    n_samples : int
        Number of rows.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    list of (ndarray of int, ndarray of int)

    Raises
    ------
    ValueError
        If there are no folds; if a fold is not a pair of row numbers, or names a row
        that does not exist; or if a row is tested twice, or by a fold that trains on
        it.
    """
    folds = []
    for i, fold in enumerate(splits):
        try:
            train, test = fold
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{owner}: `cv` must give a pair of rows to train on and rows to test "
                f"for each fold; fold {i} is {shortened(fold)}."
            ) from error
        train = _rows(train, n_samples, f"trains fold {i}", owner)
        test = _rows(test, n_samples, f"tests fold {i}", owner)
        shared = np.intersect1d(train, test)
        if shared.size:
            raise ValueError(
                f"{owner}: `cv` must not train a fold on rows that test it, but row "
                f"{shared[0]} is in both parts of fold {i}. The errors of rows that a "
                "regressor was trained on are too small to calibrate it."
            )
        folds.append((train, test))
    if not folds:
        raise ValueError(
            f"{owner}: `cv` has no folds. If it is an iterator, it may be used up: "
            "give a list of its splits, list(splits), or a splitter such as KFold."
        )
    n_tests = np.bincount(np.concatenate([test for _, test in folds]))
    if n_tests.max() > 1:
        raise ValueError(
            f"{owner}: `cv` must test each row at most once, but it tests row "
            f"{n_tests.argmax()} {n_tests.max()} times. Use a splitter such as KFold."
        )
    return folds


def _rows(indices, n_samples, action, owner):
    """Return the numbers of the rows in one part of a fold."""
    indices = np.asarray(indices)
    if indices.ndim != 1 or indices.dtype.kind not in "iub":
        raise ValueError(
            f"{owner}: `cv` must give a list of row numbers, or a boolean mask, for "
            f"each part of a fold; it {action} with {shortened(indices.tolist())}."
        )
    if indices.dtype.kind == "b":
        if len(indices) != n_samples:
            raise ValueError(
                f"{owner}: `cv` {action} with a mask of {len(indices)} rows, but there "
                f"are {n_samples}."
            )
        indices = np.flatnonzero(indices)
    if not indices.size:
        raise ValueError(f"{owner}: `cv` {action} with no rows.")
    outside = (indices < -n_samples) | (indices >= n_samples)
    if outside.any():
        raise ValueError(
            f"{owner}: `cv` {action} with row {indices[outside][0]}, but there are "
            f"only {n_samples} rows. Were its splits made for other data?"
        )
    return np.arange(n_samples)[indices]
