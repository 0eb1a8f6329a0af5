"""Values of each sample: its bounds, its group label and its sort key."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklstm._constraints.grammar import parse_expression
from sklstm._constraints.samples import SampleOrder
from sklstm._utils.frames import all_column_names, take_column
from sklstm._utils.labels import rank_keys, rank_labels
from sklstm._utils.numeric import as_numbers, refuse_booleans
from sklstm._utils.sklearn_private import _num_samples
from sklstm._utils.text import shortened

# Parameters of a call, and the corresponding parameters of the estimator.
_KEYS = {"groups": "group_by", "order_by": "order_by"}


@dataclass(frozen=True, eq=False)
class SampleValues:
    """The sources of the values of samples, as declared in `fit`.

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

    def read(self, X, constraints, given=None, n_targets=None):
        """Return the constraints of the samples of `X`, and the order of its rows.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            The samples, as passed by the user.
        constraints : Constraints
            Constraints resolved in `fit`.
        given : dict, default=None
            Values passed with the call: `lower`, `upper`, `groups` and `order_by`, each
            of which may be None.
        n_targets : int, default=None
            Number of targets that belong to `X`, if there are any.

        Returns
        -------
        constraints : Constraints
        samples : SampleOrder or None
        """
        given = given or dict.fromkeys(("lower", "upper", *_KEYS))
        bounds = [
            (bound, self._read_bound(X, bound)) for bound in constraints.row_bounds
        ]
        by_call = {name: given[name] for name in ("lower", "upper")}
        is_by_row = bounds or any(value is not None for value in by_call.values())
        if not (is_by_row or self.sample_order or self._keys(given)):
            return constraints, None
        n_samples = _num_samples(X)
        if n_targets not in (None, n_samples):
            raise ValueError(
                f"{self.owner}: X and y must have the same number of rows; got "
                f"{n_samples} and {n_targets}."
            )
        constraints = constraints.for_rows(n_samples, bounds, **by_call)
        return constraints, self._read_order(X, n_samples, given)

    def _keys(self, given):
        """Return the names of the given keys for groups and order."""
        return [
            name
            for name, parameter in _KEYS.items()
            if given[name] is not None or getattr(self, parameter) is not None
        ]

    def _read_order(self, X, n_samples, given):
        """Return the order of the samples, or None."""
        ranks = {}
        for name in self._keys(given):
            parameter = _KEYS[name]
            column, labels = getattr(self, parameter), given[name]
            if self.sample_order is None:
                source = (
                    f"`{name}`"
                    if column is None
                    else f"`{parameter}`={shortened(column)}"
                )
                raise ValueError(
                    f"{self.owner}: {source} has no effect without an order down the "
                    "samples. Set `sample_order`, or do not pass it."
                )
            if labels is None:
                ranks[name] = _rank(X, column, name=parameter, owner=self.owner)
            elif column is None:
                ranks[name] = rank_labels(labels, n_samples, name, self.owner)
            else:
                raise ValueError(
                    f"{self.owner}: `{name}` is given with the call, but "
                    f"`{parameter}`={shortened(column)} reads it from X. Use only one "
                    "of them."
                )
        if self.sample_order is None:
            return None
        return SampleOrder.of_ranks(n_samples, self.sample_order, **ranks)

    def _read_bound(self, X, bound):
        """Return the values of a bound that depends on X."""
        if callable(bound.source):
            return bound.source(X)
        parameter, text = bound.parameter, bound.source
        names = all_column_names(X)
        if text in names:
            return self._column(X, text, parameter, booleans=False)
        expression = parse_expression(text, parameter, self.owner)
        if expression.terms and not names:
            raise ValueError(
                f"{self.owner}: `{parameter}`={shortened(text)} refers to columns of "
                f"X, but X, a {type(X).__name__}, has no column names. Pass the values "
                f"with the call, as in predict(X, {parameter}=...), or use a callable."
            )
        total = np.zeros(_num_samples(X))
        for name, coefficient in expression.terms.items():
            total += coefficient * self._column(X, name, parameter)
        return total + expression.constant

    def _column(self, X, name, parameter, *, booleans=True):
        """Return a column of X as float64; booleans are 0 and 1, or are refused."""
        names = all_column_names(X)
        if name not in names:
            raise ValueError(
                f"{self.owner}: `{parameter}` refers to {shortened(name)}, which is "
                f"not the name of a column of X; they are {shortened(list(names))}."
            )
        column = take_column(X, name, parameter, self.owner)
        subject = f"`{parameter}`, read from column {shortened(name)} of X,"
        try:
            numbers = as_numbers(
                column, subject, self.owner, missing=True, infinite=True
            )
        except ValueError as error:
            raise TypeError(str(error)) from error
        if not booleans:
            refuse_booleans(column, subject, self.owner)
        return numbers.astype(np.float64)


def _rank(X, columns, *, name, owner):
    """Return the rank of the label of each sample of `X`.

    Parameters
    ----------
    X : array-like, sparse matrix or DataFrame
        The samples, as passed by the user.
    columns : str, int, list of them, or callable
        Name or index of one or several columns, or a function of `X`.
    name : str
        Name of the parameter, for error messages.
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
