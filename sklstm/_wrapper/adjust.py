"""`adjust_predictions`: constraints for predictions that already exist."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.bounds import array_of
from sklstm._constraints.resolve import resolve_constraints
from sklstm._constraints.samples import resolve_sample_order
from sklstm._utils.annotations import Bound, Keys, Order
from sklstm._utils.frames import collected, column_names, in_the_kind_of, row_labels
from sklstm._utils.numeric import as_declared, as_numbers


def adjust_predictions(
    predictions: ArrayLike,
    *,
    lower: Bound = 0.0,
    upper: Bound = None,
    order: Order = "increasing",
    rules: Sequence[str] | None = None,
    method: str = "auto",
    output_weight: ArrayLike | Mapping[Any, float] | None = None,
    sample_order: str | None = None,
    groups: Keys = None,
    order_by: Keys = None,
) -> Any:
    """Adjust predictions so that they obey bounds and orders exactly.

    Parameters
    ----------
    predictions : array-like of shape (n_samples,), (n_samples, n_outputs) or \
(n_samples, n_targets, n_quantiles)
        Finite numbers, in the unit of the target: an array, a list, or a DataFrame or
        Series of pandas or Polars. They are not changed. In a 3-D array, each target
        is adjusted by itself, and its quantiles are the outputs that `order`, `rules`
        and `output_weight` refer to.
    lower, upper : float, array-like or dict, default=0.0 and None
        Bounds: a bound for all outputs, an array of shape (n_outputs,) with one bound
        for each output, or one for each row, of shape (n_samples, n_outputs),
        (n_samples, 1), or (n_samples,) for 1-D predictions. A dict maps names or
        indices of outputs to a bound or to an array of shape (n_samples,). For 3-D
        predictions, an array of shape (n_quantiles,), or a 3-D array that broadcasts
        to theirs: shape (1, n_targets, 1) has one bound for each target. None means no
        bound.
    order : {"increasing", "decreasing"}, list of chains or None, default="increasing"
        Order of the outputs within a row. A chain is a string such as ``"low <= open <=
        high"``, or a sequence of names or indices of outputs, from the smallest to the
        largest. Chains may share outputs, and then form a partial order. Strings may
        contain constants (``"0 <= DHI <= GHI"``), gaps (``"low + 0.5 <= high"``, as
        NumPy evaluates it), ``y[0]`` for the output with index 0, and names in
        backquotes; names that are not identifiers need backquotes unless the chain
        consists only of names. The order has no effect on a single output.
    rules : list of str or None, default=None
        Linear statements about the outputs: ``"casual + registered == count"``,
        ``"DHI <= 0.95 * GHI"``, ``"a + b + c <= 100"``. A single name on one side of
        ``==`` is the derived output: it is computed from the other side, so that the
        equality holds exactly as NumPy evaluates it. Rules need the projection, and
        cannot be combined with `sample_order`.
    method : {"auto", "sort", "projection", "cummax"}, default="auto"
        How to restore an order. "sort" sorts along each chain; the chains must not
        share outputs. "projection" is the Euclidean projection onto the bounds and
        orders. "cummax" is the running maximum (the running minimum if the order is
        "decreasing") from the first output or sample on. "auto" sorts if sorting can
        restore the order, and projects otherwise or if there are weights.
    output_weight : array-like of shape (n_outputs,), Series, dict or None, \
default=None
        Positive weights of the outputs in the distance of the projection. Not allowed
        with "sort" and "cummax".
    sample_order : {"increasing", "decreasing"} or None, default=None
        Order of the rows, for each output and within each group. The rows keep their
        positions.
    groups : array-like of shape (n_samples,) or (n_samples, n_keys), default=None
        Labels of the groups; a DataFrame, a list of tuples or a 2-D array if labels
        have several keys. With None, all rows form one group. Requires `sample_order`.
    order_by : array-like of shape (n_samples,) or (n_samples, n_keys), default=None
        Keys along which the rows are ordered. Ordered categories have the order of
        their categories. If there are several keys, rows are ordered by the first key,
        then by the second, and so on. Ties, and all rows with None, are in the given
        order. Requires `sample_order`.

    Returns
    -------
    adjusted : same type, shape and float dtype as `predictions`
        The adjusted predictions. Integers and lists become float64. Rows that already
        obey the constraints are not changed, bit for bit.

    Raises
    ------
    TypeError, ValueError
        If the constraints contradict each other or do not fit the predictions, or if
        predictions are not finite.

    See Also
    --------
    PositiveOrderedRegressor : The same constraints for all predictions of an estimator.

    Notes
    -----
    "sort" sorts the values, then clips them. If the target obeys the constraints,
    neither step increases the squared error: sorting is the monotone rearrangement
    [1]_, and clipping moves each output towards an interval that contains its target.
    "projection" does not increase the (weighted) squared error, either, since it
    projects onto a convex set that contains the target. "cummax" can increase it: it
    changes 5, 0, 0 to 5, 5, 5, which is further from a target 0, 0, 0.

    The constraints hold with zero tolerance in the returned dtype: a float32 result is
    never below a bound of 0.1, although 0.1 is not a float32 number.

    References
    ----------
    .. [1] Chernozhukov, V., Fernández-Val, I. and Galichon, A. (2010). "Quantile and
       probability curves without crossing". Econometrica 78(3).
       :doi:`10.3982/ECTA7880`

    Examples
    --------
    >>> from sklstm import adjust_predictions
    >>> adjust_predictions([[3.0, 1.0, 2.0], [-1.0, 0.0, 4.0]])
    array([[1., 2., 3.],
           [0., 0., 4.]])
    >>> adjust_predictions([[5.0, 1.0, 4.0]], order=[[0, 1], [0, 2]])
    array([[3., 3., 4.]])
    >>> adjust_predictions([2.0, 1.0, 5.0, 3.0], sample_order="increasing",
    ...                    groups=["a", "a", "b", "b"])
    array([1., 2., 3., 5.])

    Three quantiles of two targets, of which only the first cannot be negative:

    >>> quantiles = [[[-1.0, 3.0, 2.0], [-5.0, -4.0, -6.0]]]
    >>> adjust_predictions(quantiles, lower=[[[0], [-np.inf]]])
    array([[[ 0.,  2.,  3.],
            [-6., -5., -4.]]])
    """
    owner = "adjust_predictions"
    predictions = collected(predictions)
    values = as_numbers(predictions, "predictions", owner)
    if values.ndim not in (1, 2, 3) or 0 in values.shape[1:]:
        raise ValueError(
            f"{owner}: `predictions` must have shape (n_samples,), (n_samples, "
            "n_outputs) or (n_samples, n_targets, n_quantiles), with no empty axis but "
            f"the first; got {values.shape}."
        )
    declared = {
        "order": order,
        "rules": rules,
        "method": method,
        "output_weight": output_weight,
        "output_names": column_names(predictions),
        "n_outputs": 1 if values.ndim == 1 else values.shape[-1],
        "n_samples": len(values),
    }
    if values.ndim == 3:
        constraints = _constraints_by_target(
            values.shape, lower, upper, declared, owner
        )
    else:
        constraints = [_resolve(lower, upper, declared, owner)]
    samples = resolve_sample_order(len(values), sample_order, groups, order_by, owner)
    if values.ndim < 3:
        adjusted = apply_constraints(values, constraints[0], samples)
    else:
        adjusted = np.stack(
            [
                apply_constraints(values[:, target], of_target, samples)
                for target, of_target in enumerate(constraints)
            ],
            axis=1,
        )
    return in_the_kind_of(predictions, adjusted)


def _resolve(lower, upper, declared, owner):
    """Return the constraints of rows whose bounds are numbers and arrays."""
    constraints = resolve_constraints(lower=lower, upper=upper, **declared, owner=owner)
    bounds = [
        (bound, array_of(bound, constraints.outputs))
        for bound in constraints.row_bounds
    ]
    return constraints.for_rows(declared["n_samples"], bounds)


def _constraints_by_target(shape, lower, upper, declared, owner):
    """Return the constraints of each target of 3-D predictions of this shape."""
    _, n_targets, n_quantiles = shape
    labels = tuple(f"quantile {level}" for level in range(n_quantiles))
    declared = {**declared, "output_labels": labels}
    lowers = _split_bound(lower, "lower", shape, owner)
    uppers = _split_bound(upper, "upper", shape, owner)
    # What is wrong for all targets is an error that names none of them.
    shared = _resolve(
        lower if lowers is None else None,
        upper if uppers is None else None,
        declared,
        owner,
    )
    if lowers is uppers is None:
        return [shared] * n_targets
    return [
        _resolve(
            lower if lowers is None else lowers[target],
            upper if uppers is None else uppers[target],
            declared,
            f"{owner}: target {target}",
        )
        for target in range(n_targets)
    ]


def _split_bound(bound, parameter, shape, owner):
    """Return the bounds of each target, or None if they are the same for all.

    Parameters
    ----------
    bound : object
        As the user gave it.
    parameter : {"lower", "upper"}
        The parameter that holds it.
    shape : tuple of int
        Shape of the predictions.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    list of ndarray of shape (n_quantiles,) or (n_samples, n_quantiles), or None
    """
    is_named = isinstance(bound, Mapping | str) or row_labels(bound) is not None
    if bound is None or is_named or callable(bound):
        return None
    numbers = as_declared(bound, parameter, owner)
    if numbers.shape in ((), shape[2:]):
        return None
    fits = numbers.ndim == 3 and all(
        have in (1, wanted) for have, wanted in zip(numbers.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f"{owner}: `{parameter}` must be one number, one for each of the "
            f"{shape[2]} quantiles, or a 3-D array that broadcasts to the shape of "
            f"`predictions`, {shape}; got shape {numbers.shape}. One for each target "
            f"has shape {(1, shape[1], 1)}."
        )
    if len(numbers) == 1:
        return list(np.broadcast_to(numbers[0], shape[1:]))
    return list(np.moveaxis(np.broadcast_to(numbers, shape), 1, 0))
