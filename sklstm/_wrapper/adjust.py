"""`adjust_predictions`: constraints for predictions that already exist."""

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.bounds import array_of
from sklstm._constraints.resolve import resolve_constraints
from sklstm._constraints.samples import resolve_sample_order
from sklstm._utils.frames import collected, column_names, in_the_kind_of
from sklstm._utils.numeric import as_numbers


def adjust_predictions(
    predictions,
    *,
    lower=0.0,
    upper=None,
    order="increasing",
    rules=None,
    method="auto",
    output_weight=None,
    sample_order=None,
    groups=None,
    order_by=None,
):
    """Adjust predictions so that they obey bounds and orders exactly.

    Parameters
    ----------
    predictions : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Finite numbers, in the unit of the target: an array, a list, or a DataFrame or
        Series of pandas or Polars. They are not changed.
    lower, upper : float, array-like or dict, default=0.0 and None
        Bounds: a bound for all outputs, an array of shape (n_outputs,) with one bound
        for each output, or one for each row, of shape (n_samples, n_outputs),
        (n_samples, 1), or (n_samples,) for 1-D predictions. A dict maps names or
        indices of outputs to a bound or to an array of shape (n_samples,). None means
        no bound.
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
    .. [1] Chernozhukov, V., Fernández-Val, I. and Galichon, A. (2010). Quantile and
       probability curves without crossing. Econometrica, 78(3), 1093-1125.
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
    """
    owner = "adjust_predictions"
    predictions = collected(predictions)
    values = as_numbers(predictions, "predictions", owner)
    if values.ndim not in (1, 2) or values.shape[1:] == (0,):
        raise ValueError(
            f"{owner}: `predictions` must have shape (n_samples,) or (n_samples, "
            f"n_outputs); got {values.shape}."
        )
    constraints = resolve_constraints(
        lower=lower,
        upper=upper,
        order=order,
        rules=rules,
        method=method,
        output_weight=output_weight,
        n_outputs=1 if values.ndim == 1 else values.shape[1],
        output_names=column_names(predictions),
        n_samples=len(values),
        owner=owner,
    )
    bounds = [
        (bound, array_of(bound, constraints.outputs))
        for bound in constraints.row_bounds
    ]
    constraints = constraints.for_rows(len(values), bounds)
    samples = resolve_sample_order(len(values), sample_order, groups, order_by, owner)
    adjusted = apply_constraints(values, constraints, samples)
    return in_the_kind_of(predictions, adjusted)
