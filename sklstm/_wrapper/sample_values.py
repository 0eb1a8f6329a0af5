"""Labels of the samples, out of what X is: for an order down the samples."""

from sklstm._utils.frames import take_column
from sklstm._utils.labels import rank_keys, rank_labels
from sklstm._utils.sklearn_private import _num_samples


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
            labels[name] = _read_labels(X, column, name=name, owner=owner)
    return {
        "sample_order": sample_order,
        "groups": labels["group_by"],
        "order_by": labels["order_by"],
    }


def _read_labels(X, columns, *, name, owner):
    """Return the rank of the label of each sample of `X`.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame
        The samples, as the user gave them.
    columns : str, int, list of them, or callable
        The name or index of a column, or of several, or a function of `X`.
    name : str
        The parameter that holds `columns`, for messages.
    owner : str
        The caller's name, for messages.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if callable(columns):
        return rank_labels(columns(X), _num_samples(X), name, owner)
    keys = columns if isinstance(columns, list) else [columns]
    labels = [take_column(X, key, name, owner) for key in keys]
    return rank_keys(labels, _num_samples(X), name, owner)
