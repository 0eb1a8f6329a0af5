"""What is read from X, one value for each sample: group labels and sort keys."""

from dataclasses import dataclass
from typing import Any

from sklstm._constraints.samples import SampleOrder
from sklstm._utils.frames import take_column
from sklstm._utils.labels import rank_keys, rank_labels
from sklstm._utils.sklearn_private import _num_samples


@dataclass(frozen=True, eq=False)
class SampleColumns:
    """Where the order down the samples is read from, as declared at `fit`.

    Attributes
    ----------
    sample_order, group_by, order_by : object
        Parameters of PositiveOrderedRegressor.
    owner : str
        Name of the estimator, for error messages.
    """

    sample_order: str | None
    group_by: Any
    order_by: Any
    owner: str

    def read_order(self, X, n_targets=None):
        """Return the order down the samples of `X`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            The samples, as the user gave them.
        n_targets : int, default=None
            The number of targets that belong to `X`, if there are any.

        Returns
        -------
        SampleOrder or None
        """
        columns = {"group_by": self.group_by, "order_by": self.order_by}
        if self.sample_order is None:
            for name, column in columns.items():
                if column is not None:
                    raise ValueError(
                        f"{self.owner}: `{name}`={column!r} has no effect without an "
                        "order down the samples. Set `sample_order`, or leave "
                        f"`{name}` out."
                    )
            return None
        n_samples = _num_samples(X)
        if n_targets not in (None, n_samples):
            raise ValueError(
                f"{self.owner}: X and y must have the same number of rows; got "
                f"{n_samples} and {n_targets}."
            )
        ranks = {}
        for name, column in columns.items():
            if column is not None:
                ranks[name] = _rank(X, column, name=name, owner=self.owner)
        return SampleOrder.of_ranks(
            n_samples, self.sample_order, ranks.get("group_by"), ranks.get("order_by")
        )


def _rank(X, columns, *, name, owner):
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
        Name of the estimator, for error messages.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    if callable(columns):
        return rank_labels(columns(X), _num_samples(X), name, owner)
    keys = columns if isinstance(columns, list) else [columns]
    labels = [take_column(X, key, name, owner) for key in keys]
    return rank_keys(labels, _num_samples(X), name, owner)
