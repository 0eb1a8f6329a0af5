"""`adjust_predictions`: constraints applied to predictions that exist already."""

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.resolve import resolve_constraints
from sklstm._constraints.samples import resolve_sample_order
from sklstm._utils.frames import column_names, in_the_kind_of
from sklstm._utils.numeric import as_numbers


def adjust_predictions(
    predictions,
    *,
    lower=0.0,
    upper=None,
    order="increasing",
    method="auto",
    output_weight=None,
    sample_order=None,
    groups=None,
    order_by=None,
):
    """Return predictions that obey bounds and orders exactly.

    Parameters
    ----------
    predictions : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Finite numbers, in the unit of the target: an array, a list, or a DataFrame or
        Series of pandas or Polars. Not changed.
    lower, upper : float, array-like of shape (n_outputs,), dict or None, default=0.0 \
and None
        Bounds of all outputs, of each, or of those that a dict names (or counts);
        None for no bound.
    order : {"increasing", "decreasing"}, list of chains or None, default="increasing"
        Order across the outputs of a row. A chain is a sequence of names or indices
        of outputs in ascending order, or a string such as ``"low <= open <= high"``,
        which may hold constants: ``"0 <= DHI <= GHI"``. Names that are not
        identifiers go in backquotes there, unless the chain is nothing but names;
        ``y[0]`` is the output at index 0. Chains may share outputs. One output has no
        order.
    method : {"auto", "sort", "projection", "cummax"}, default="auto"
        How a broken order is restored: by sorting along each chain ("sort", for
        chains that share no output), by the Euclidean projection onto bounds and
        orders together, or by a running maximum (a running minimum where the order is
        "decreasing") that starts at the first output or sample ("cummax"). "auto"
        sorts where that can be done, and projects otherwise or where there are
        weights.
    output_weight : array-like of shape (n_outputs,), Series, dict or None, \
default=None
        Positive weights of the outputs in the distance of the projection. "sort" and
        "cummax" refuse them.
    sample_order : {"increasing", "decreasing"} or None, default=None
        Order down the rows, for each output within each group. The rows come back
        where they were given.
    groups : array-like of shape (n_samples,) or (n_samples, n_keys), default=None
        Labels of the groups; None for one group. Several keys are a DataFrame, a list
        of tuples, or a 2-D array. Needs `sample_order`.
    order_by : array-like of shape (n_samples,) or (n_samples, n_keys), default=None
        Keys that tell which row comes after which; None, and ties, for the given order.
        Labels of every kind have their own order: categories that of the categories,
        times that of time. Of several keys the first decides, then the second. Needs
        `sample_order`.

    Returns
    -------
    same kind, shape and float dtype as `predictions`
        Integers and lists become float64. A row that already obeys is the same, bit for
        bit.

    Raises
    ------
    TypeError, ValueError
        If the constraints contradict themselves or do not fit the predictions, or if
        predictions are not finite.

    See Also
    --------
    PositiveOrderedRegressor : The same for all predictions of an estimator.

    Notes
    -----
    "sort" sorts, then clips. For a target that obeys, neither step raises the squared
    error: sorting is the monotone rearrangement [1]_, and clipping moves each output
    towards an interval that holds its target. "projection" is a projection onto a
    convex set that holds the target, so that it never raises the (weighted) squared
    error either. "cummax" can: it changes 5, 0, 0 to 5, 5, 5, which is further from a
    target 0, 0, 0.

    The constraints hold with zero tolerance in the returned dtype: a float32 is never
    below a bound of 0.1, which no float32 equals.

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
        method=method,
        output_weight=output_weight,
        n_outputs=1 if values.ndim == 1 else values.shape[1],
        output_names=column_names(predictions),
        owner=owner,
    )
    samples = resolve_sample_order(len(values), sample_order, groups, order_by, owner)
    adjusted = apply_constraints(values, constraints, samples)
    return in_the_kind_of(predictions, adjusted)
