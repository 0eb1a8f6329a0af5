"""Conformal calibration of quantiles: pure functions of arrays.

A level of 0.5 or above is calibrated from above, so that the target is at or below the
quantile in at least this share of cases. A level below 0.5 is calibrated from below, so
that the target is at or above it in at least 1 - level. Quantiles of both kinds bound
an interval that covers at least the difference of their levels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

# Relative to the sum of weights: (n + 1) * level is not exact in floating point.
_TOLERANCE = 1e-10

# Numbers that `cross_conformal` holds at the same time.
_CHUNK = 2**22


def is_upper(level: float) -> bool:
    """Return whether a level is calibrated from above."""
    return level >= 0.5


def least_weight(level: float) -> float:
    """Return the least number of rows, or sum of their weights, for a level.

    With fewer rows, the conformal quantile is infinite.
    """
    outer = max(level, 1 - level)
    return round(outer / (1 - outer), 9)


def residuals_of(y: Floats, predicted: Floats, levels: tuple[float, ...]) -> Floats:
    """Return what each prediction must be shifted by, at least, to reach its target.

    For a level from above this is the smallest number whose sum with the prediction is
    not below the target, for a level from below the largest whose sum is not above it,
    up to a few units in the last place. This is y - predicted, rounded away from the
    target: the plain difference may miss a target that many rows have, such as 0.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Targets, in float64.
    predicted : ndarray of shape (n_samples, n_quantiles)
        Predicted quantiles. The sums are those of their dtype.
    levels : tuple of float
        Levels of the columns.

    Returns
    -------
    ndarray of shape (n_samples, n_quantiles)
        In the dtype of `predicted`.
    """
    y = y[:, np.newaxis]
    away = np.array([1.0 if is_upper(level) else -1.0 for level in levels])
    residuals = (y - predicted).astype(predicted.dtype)
    unit = np.spacing(np.maximum(np.abs(y), np.abs(predicted)).astype(predicted.dtype))
    step = (2 * away * unit).astype(predicted.dtype)  # never lost in rounding
    while True:
        is_short = away * (predicted + residuals) < away * y
        if not is_short.any():
            return residuals
        residuals = np.where(is_short, residuals + step, residuals)


def conformal_offsets(
    residuals: Floats, levels: tuple[float, ...], weight: Floats | None = None
) -> Floats:
    r"""Return the conformal quantile of the residuals of each level.

    With n rows, this is the residual with rank :math:`\lceil (n + 1) q \rceil` for a
    level q from above, and :math:`\lfloor (n + 1) q \rfloor` for one from below [1]_.

    Parameters
    ----------
    residuals : ndarray of shape (n_samples, n_quantiles)
        Residuals of rows that were not used for training.
    levels : tuple of float
        Levels of the columns, for which there are enough rows (see `least_weight`).
    weight : ndarray of shape (n_samples,), default=None
        Weights of the rows; a weight of 2 counts as two rows. A new row has weight 1.

    Returns
    -------
    ndarray of shape (n_quantiles,)

    References
    ----------
    .. [1] Romano, Y., Patterson, E. and Candès, E. (2019). "Conformalized quantile
       regression". NeurIPS 32. :doi:`10.48550/arXiv.1905.03222`
    """
    columns = np.ascontiguousarray(residuals.T)
    found = [
        _conformal_quantile(column, level, weight)
        for column, level in zip(columns, levels, strict=True)
    ]
    return np.array(found, dtype=residuals.dtype)


def cross_conformal(
    predicted: Floats,
    residuals: Floats,
    folds: NDArray[np.intp],
    levels: tuple[float, ...],
    weight: Floats | None = None,
) -> Floats:
    """Return quantiles that are calibrated across folds, by CV+ [1]_.

    For each row, the residuals of a fold are added to the prediction of the regressor
    that was not trained on it; the quantile is the conformal quantile of all sums.

    Parameters
    ----------
    predicted : ndarray of shape (n_folds, n_rows, n_quantiles)
        Predictions of the regressor of each fold.
    residuals : ndarray of shape (n_samples, n_quantiles)
        Residuals of the rows that were tested, each by the regressor of its fold.
    folds : ndarray of shape (n_samples,)
        The fold in which each row was tested.
    levels : tuple of float
        Levels of the columns.
    weight : ndarray of shape (n_samples,), default=None
        Weights of the rows, as in `conformal_offsets`.

    Returns
    -------
    ndarray of shape (n_rows, n_quantiles)

    References
    ----------
    .. [1] Barber, R. F., Candès, E. J., Ramdas, A. and Tibshirani, R. J. (2021).
       "Predictive inference with the jackknife+". The Annals of Statistics 49(1).
       :doi:`10.1214/20-AOS1965`
    """
    result = np.empty(predicted.shape[1:], dtype=predicted.dtype)
    n_rows = max(1, _CHUNK // len(residuals))
    for start in range(0, len(result), n_rows):
        rows = slice(start, start + n_rows)
        for j, level in enumerate(levels):
            sums = predicted[folds, rows, j].T + residuals[:, j]
            result[rows, j] = _conformal_quantile(sums, level, weight)
    return result


def _conformal_quantile(
    values: Floats, level: float, weight: Floats | None
) -> NDArray[Any]:
    """Return the conformal quantile along the last axis."""
    if not is_upper(level):
        return -_upper_quantile(-values, 1 - level, weight)
    return _upper_quantile(values, level, weight)


def _upper_quantile(
    values: Floats, level: float, weight: Floats | None
) -> NDArray[Any]:
    total = values.shape[-1] if weight is None else weight.sum()
    wanted = level * (total + 1) - _TOLERANCE * (total + 1)
    if weight is None:
        place = int(np.ceil(wanted)) - 1
        return np.asarray(np.partition(values, place, axis=-1)[..., place])
    order = np.argsort(values, axis=-1, kind="stable")
    is_before = np.cumsum(weight[order], axis=-1) < wanted
    place = is_before.sum(axis=-1, keepdims=True)
    smallest = np.take_along_axis(order, place, axis=-1)
    return np.asarray(np.take_along_axis(values, smallest, axis=-1)[..., 0])


def rearranged(quantiles: Floats, levels: tuple[float, ...]) -> Floats:
    """Return the values of each row, sorted so that they rise with the levels."""
    by_level = np.argsort(levels, kind="stable")
    result = np.empty_like(quantiles)
    result[:, by_level] = np.sort(quantiles, axis=1)
    return result


def order_outwards(quantiles: Floats, levels: tuple[float, ...]) -> Floats:
    """Restore the order of calibrated quantiles, away from the centre only.

    Quantiles from above may only rise, and those from below only fall, so that neither
    loses coverage. Sorting has no such guarantee: it swaps the quantiles of two levels,
    and one of them then covers less.

    Parameters
    ----------
    quantiles : ndarray of shape (n_rows, n_quantiles)
        Not changed.
    levels : tuple of float
        Levels of the columns, in any order.

    Returns
    -------
    ndarray of shape (n_rows, n_quantiles)
        Rising with the levels in each row. A row that rises is not changed.
    """
    by_level = np.argsort(levels, kind="stable")
    rising = quantiles[:, by_level]
    n_lower = sum(not is_upper(level) for level in levels)
    if 0 < n_lower < len(levels):
        low, high = rising[:, n_lower - 1].copy(), rising[:, n_lower].copy()
        rising[:, n_lower - 1] = np.minimum(low, high)
        rising[:, n_lower] = np.maximum(low, high)
    upper, lower = rising[:, n_lower:], rising[:, :n_lower][:, ::-1]
    np.maximum.accumulate(upper, axis=1, out=upper)
    np.minimum.accumulate(lower, axis=1, out=lower)
    result = np.empty_like(quantiles)
    result[:, by_level] = rising
    return result
