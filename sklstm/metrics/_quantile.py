"""Losses and scores of quantiles, and the coverage and width of intervals."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sklearn.metrics
from numpy.typing import ArrayLike
from sklearn.metrics import make_scorer

from sklstm._utils.numeric import as_column, as_numbers, as_table
from sklstm._utils.quantile_levels import check_levels
from sklstm._utils.validation import (
    as_weights,
    check_choice,
    check_lengths,
    check_sample_weight,
    errors_of,
)


def mean_pinball_loss(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantiles: Sequence[float],
    sample_weight: ArrayLike | None = None,
    multioutput: str = "uniform_average",
) -> Any:
    """Pinball loss of several quantiles.

    The loss of each level is :func:`sklearn.metrics.mean_pinball_loss`. The best value
    is 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        Target values.
    y_pred : array-like of shape (n_samples, n_quantiles), (n_samples, n_targets * \
n_quantiles) or (n_samples, n_targets, n_quantiles)
        Predicted quantiles, one column for each level; with several targets, the
        levels of the first target come first.
    quantiles : array-like of shape (n_quantiles,)
        Levels of the columns, between 0 and 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        Whether to return the mean over the levels, and over the targets, or one value
        for each.

    Returns
    -------
    loss : float or ndarray of shape (n_quantiles,) or (n_targets, n_quantiles)
        The loss, in the unit of the target.

    Raises
    ------
    ValueError
        If levels are not between 0 and 1, or do not fit the columns, if values are
        missing, infinite, or so large that the loss overflows, if lengths differ, or
        if `multioutput` is unknown.

    Examples
    --------
    >>> from sklstm.metrics import mean_pinball_loss
    >>> y_pred = [[0, 1, 2], [1, 2, 4]]
    >>> loss = mean_pinball_loss([1, 3], y_pred, quantiles=[0.1, 0.5, 0.9])
    >>> print(f"{loss:.3f}")
    0.167

    With several targets, the levels of the first target come first:

    >>> y_true, y_pred = [[1, 10], [3, 30]], [[0, 2, 9, 12], [1, 4, 29, 32]]
    >>> mean_pinball_loss(
    ...     y_true, y_pred, quantiles=[0.1, 0.9], multioutput="raw_values"
    ... )
    array([[0.15, 0.1 ],
           [0.1 , 0.2 ]])
    """
    metric = sklearn.metrics.mean_pinball_loss
    return _score_levels(metric, y_true, y_pred, quantiles, sample_weight, multioutput)


def d2_pinball_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    quantiles: Sequence[float],
    sample_weight: ArrayLike | None = None,
    multioutput: str = "uniform_average",
) -> Any:
    """D2 of several quantiles: the fraction of pinball loss explained.

    The score of each level is :func:`sklearn.metrics.d2_pinball_score`. The best value
    is 1; always predicting the empirical quantile of `y_true` scores 0.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        Target values.
    y_pred : array-like of shape (n_samples, n_quantiles), (n_samples, n_targets * \
n_quantiles) or (n_samples, n_targets, n_quantiles)
        Predicted quantiles, one column for each level; with several targets, the
        levels of the first target come first.
    quantiles : array-like of shape (n_quantiles,)
        Levels of the columns, between 0 and 1.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.
    multioutput : {"uniform_average", "raw_values"}, default="uniform_average"
        Whether to return the mean over the levels, and over the targets, or one value
        for each.

    Returns
    -------
    score : float or ndarray of shape (n_quantiles,) or (n_targets, n_quantiles)
        The score, which has no unit.

    Raises
    ------
    ValueError
        If levels are not between 0 and 1, or do not fit the columns, if values are
        missing, infinite, or so large that the loss overflows, if lengths differ, or
        if `multioutput` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.metrics import d2_pinball_score
    >>> y_true = np.arange(11)
    >>> y_pred = y_true[:, np.newaxis] + [-1, 0, 1]
    >>> score = d2_pinball_score(y_true, y_pred, quantiles=[0.1, 0.5, 0.9])
    >>> print(f"{score:.2f}")
    0.86
    """
    metric = sklearn.metrics.d2_pinball_score
    return _score_levels(metric, y_true, y_pred, quantiles, sample_weight, multioutput)


def make_quantile_scorer(
    quantiles: Sequence[float], *, metric: str = "pinball_loss"
) -> Callable[..., float]:
    """Make a scorer of predicted quantiles, for searches and cross-validation.

    Parameters
    ----------
    quantiles : array-like of shape (n_quantiles,)
        Levels that the regressor predicts, one column for each; of several targets,
        those of the first target come first.
    metric : {"pinball_loss", "d2"}, default="pinball_loss"
        "pinball_loss" is the negative :func:`mean_pinball_loss`, "d2" is
        :func:`d2_pinball_score`.

    Returns
    -------
    scorer : callable
        A callable ``scorer(estimator, X, y)``. Greater values are better.

    Raises
    ------
    ValueError
        If a level is not between 0 and 1, or `metric` is unknown. The scorer raises
        what the metric raises.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklstm.metrics import make_quantile_scorer
    >>> scorer = make_quantile_scorer([0.5])
    >>> median = DummyRegressor(strategy="median").fit([[0], [1], [2]], [1, 2, 9])
    >>> print(f"{scorer(median, [[0], [1], [2]], [1, 2, 9]):.2f}")
    -1.33
    """
    owner = "make_quantile_scorer"
    check_choice(metric, "metric", ("pinball_loss", "d2"), owner)
    is_score = metric == "d2"
    return make_scorer(
        d2_pinball_score if is_score else mean_pinball_loss,
        greater_is_better=is_score,
        quantiles=check_levels(quantiles, owner),
    )


def interval_coverage(
    y_true: ArrayLike,
    y_lower: ArrayLike,
    y_upper: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Fraction of the target values that lie in their interval, ends included.

    Intervals between the quantiles 0.1 and 0.9 should cover 0.8 of the target values.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Target values.
    y_lower, y_upper : array-like of shape (n_samples,)
        Ends of the intervals. They may be infinite.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    coverage : float
        The coverage, between 0 and 1.

    Raises
    ------
    ValueError
        If values are missing, lengths differ, or weights are negative or all 0.

    Examples
    --------
    >>> from sklstm.metrics import interval_coverage
    >>> interval_coverage([1, 2, 3, 4], [0, 2, 4, 3], [2, 3, 5, 9])
    0.75
    """
    y_true, y_lower, y_upper = _check_columns(
        "interval_coverage", y_true=y_true, y_lower=y_lower, y_upper=y_upper
    )
    is_covered = (y_lower <= y_true) & (y_true <= y_upper)
    return _average(is_covered, sample_weight, "interval_coverage")


def mean_interval_width(
    y_lower: ArrayLike, y_upper: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Mean width of intervals.

    Of two sets of intervals with the same coverage, the narrower is more informative.

    Parameters
    ----------
    y_lower, y_upper : array-like of shape (n_samples,)
        Ends of the intervals. If they cross, the width counts as negative. They may be
        infinite.
    sample_weight : array-like of shape (n_samples,), default=None
        Sample weights.

    Returns
    -------
    width : float
        The mean width, in the unit of the target.

    Raises
    ------
    ValueError
        If both ends of an interval are the same infinity, or some widths are infinite
        and others negative infinite.

    Examples
    --------
    >>> from sklstm.metrics import mean_interval_width
    >>> mean_interval_width([0, 2], [1, 5])
    2.0
    """
    owner = "mean_interval_width"
    y_lower, y_upper = _check_columns(owner, y_lower=y_lower, y_upper=y_upper)
    with np.errstate(over="ignore", invalid="ignore"):
        width = y_upper - y_lower
    is_undefined = np.isnan(width)
    if is_undefined.any():
        raise ValueError(
            f"{owner}: `y_lower` and `y_upper` must not be the same infinity; they are "
            f"in {is_undefined.sum()} of {len(width)} rows, the first of them row "
            f"{is_undefined.argmax()}."
        )
    mean = _average(width, sample_weight, owner)
    if np.isnan(mean):
        raise ValueError(f"{owner}: widths that are inf and -inf have no mean.")
    return mean


def _check_columns(owner, **columns):
    """Return the columns as float64 arrays, which may be infinite but not NaN."""
    check_lengths(owner, *columns.values())
    return [
        as_column(column, name, owner, infinite=True).astype(np.float64)
        for name, column in columns.items()
    ]


def _average(values, sample_weight, owner):
    weight = check_sample_weight(sample_weight, values, owner, ensure_non_negative=True)
    has_weight = weight > 0  # infinity times 0 is NaN
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.average(values[has_weight], weights=weight[has_weight]))


def _score_levels(metric, y_true, y_pred, quantiles, sample_weight, multioutput):
    """Apply a scikit-learn metric to each level and its column."""
    owner = metric.__name__
    averages = ("uniform_average", "raw_values")
    check_choice(multioutput, "multioutput", averages, owner)
    y_true = as_table(y_true, "y_true", owner)
    levels = check_levels(quantiles, owner)
    y_pred, by_target = _as_quantiles(y_pred, y_true.shape[1], len(levels), owner)
    sample_weight = as_weights(sample_weight, owner)
    n_targets = y_true.shape[1]
    values = np.empty((n_targets, len(levels)))
    for k, level in enumerate(levels):
        with errors_of(owner), np.errstate(over="ignore", invalid="ignore"):
            values[:, k] = metric(
                y_true,
                y_pred[:, :, k],
                sample_weight=sample_weight,
                alpha=level,
                multioutput="raw_values",
            )
    # D2 of a single row is NaN, of which scikit-learn warns.
    is_defined = len(y_true) > 1 or metric is sklearn.metrics.mean_pinball_loss
    if is_defined and not np.isfinite(values).all():
        raise ValueError(
            f"{owner}: the loss overflows, since values reach "
            f"{max(np.abs(y_true).max(), np.abs(y_pred).max()):.1e}. Use a larger unit."
        )
    if multioutput == "raw_values":
        return values if by_target else values[0]
    return float(values.mean())


def _as_quantiles(y_pred, n_targets, n_levels, owner):
    """Return predictions as a 3-D array, and whether there may be several targets.

    Parameters
    ----------
    y_pred : array-like of shape (n_samples, n_targets * n_levels) or (n_samples, \
n_targets, n_levels)
        Predicted quantiles.
    n_targets, n_levels : int
        Number of targets, and of levels of each.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    y_pred : ndarray of shape (n_samples, n_targets, n_levels)
    by_target : bool
    """
    numbers = as_numbers(y_pred, "y_pred", owner)
    if numbers.ndim == 3:
        if numbers.shape[1:] != (n_targets, n_levels) or not len(numbers):
            raise ValueError(
                f"{owner}: a 3-D `y_pred` must have shape (n_samples, n_targets, "
                f"n_quantiles), here (n_samples, {n_targets}, {n_levels}); got "
                f"{numbers.shape}."
            )
        return numbers, True
    numbers = as_table(numbers, "y_pred", owner)
    if numbers.shape[1] != n_targets * n_levels:
        each, targets = "", ""
        if n_targets > 1:
            each, targets = " and each target of `y_true`", f" of {n_targets} targets"
        raise ValueError(
            f"{owner}: `quantiles` must have one level for each column of `y_pred`"
            f"{each}; got {n_levels} levels{targets} for {numbers.shape[1]} columns."
        )
    return numbers.reshape(len(numbers), n_targets, n_levels), n_targets > 1
