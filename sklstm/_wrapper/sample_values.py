"""Labels of the samples, out of what X is: for an order down the samples."""

import numpy as np

from sklstm._utils.labels import rank_labels
from sklstm._utils.sklearn_private import _num_samples, _safe_indexing


def read_sample_order(X, *, sample_order, group_by, order_by, owner, n_samples=None):
    """Return the order down the samples of `X`, as the engine takes it.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame
        The samples, as the user gave them.
    sample_order, group_by, order_by : object
        Parameters of PositiveOrderedRegressor.
    owner : str
        The name of the estimator, for messages.

    n_samples : int, default=None
        How many targets there are, where they go with `X`.

    Returns
    -------
    dict
        Of `sample_order`, `groups` and `order_by`; the last two are the ranks of the
        labels, or None.
    """
    if sample_order is not None and n_samples not in (None, _num_samples(X)):
        raise ValueError(
            f"{owner}: X and y must have the same number of rows; got "
            f"{_num_samples(X)} and {n_samples}."
        )
    labels: dict = {}
    for name, column in (("group_by", group_by), ("order_by", order_by)):
        if column is None:
            labels[name] = None
        elif sample_order is None:
            raise ValueError(
                f"{owner}: `{name}`={column!r} has no effect without an order down the "
                f"samples. Set `sample_order`, or leave `{name}` out."
            )
        else:
            labels[name] = _read_column(X, column, name=name, owner=owner)
    return {
        "sample_order": sample_order,
        "groups": labels["group_by"],
        "order_by": labels["order_by"],
    }


def _read_column(X, column, *, name, owner):
    """Return the rank of the label of each sample of `X`.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame
        The samples, as the user gave them.
    column : str, int or callable
        The name or index of a column, or a function of `X`.
    name : str
        The parameter that holds `column`, for messages.
    owner : str
        The name of the estimator, for messages.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if callable(column):
        labels = column(X)
    else:
        names = tuple(getattr(X, "columns", ()))
        if isinstance(column, str) and column not in names:
            raise ValueError(
                f"{owner}: `{name}`={column!r} names no column of X, a "
                f"{type(X).__name__} with the columns {names}. Give the name of one, "
                "an index, or a callable that maps X to one label for each row."
            )
        try:
            if names:
                labels = X[column if isinstance(column, str) else names[column]]
            else:
                # Some sparse forms have no columns.
                table = X.tocsr() if hasattr(X, "tocsr") else X
                labels = _safe_indexing(table, [column], axis=1)
        except (AttributeError, IndexError, ValueError) as error:
            raise ValueError(
                f"{owner}: `{name}`={column!r} is no column of X, a "
                f"{type(X).__name__} ({error}). A callable that maps X to one label "
                "for each row works with any X."
            ) from error
        labels = labels.toarray() if hasattr(labels, "toarray") else labels
        labels = np.asarray(labels).reshape(-1)
    return rank_labels(labels, _num_samples(X), name, owner)[1]
