"""Quantile levels of the predictions that a display shows."""

import numpy as np

from sklstm._utils.numeric import as_table
from sklstm._utils.quantile_levels import check_levels, quantile_levels


def levels_of(estimator, quantiles, owner):
    """Return the given levels, or those of a fitted estimator if None.

    Parameters
    ----------
    estimator : object
        A fitted estimator.
    quantiles : array-like of float or None
        Levels given by the user.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    sequence of float
    """
    if quantiles is not None:
        return quantiles
    levels = quantile_levels(estimator)
    if not levels:
        raise ValueError(
            f"{owner}.from_estimator: the quantile levels of "
            f"{type(estimator).__name__} cannot be read from its parameters. Give "
            "them, one for each column that it predicts: quantiles=[0.1, 0.5, 0.9]."
        )
    return levels


def sorted_by_level(y_pred, quantiles, owner):
    """Return predictions with columns in increasing order of their levels, and these.

    Parameters
    ----------
    y_pred : array-like of shape (n_samples, n_quantiles)
        Predicted quantiles; 1-D for a single one.
    quantiles : array-like of float
        Levels of the columns.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    y_pred : ndarray of shape (n_samples, n_quantiles)
    levels : tuple of float
    """
    levels = check_levels(quantiles, owner)
    y_pred = as_table(y_pred, "y_pred", owner)
    if y_pred.shape[1] != len(levels):
        n_targets, remainder = divmod(y_pred.shape[1], len(levels))
        hint = ""
        if n_targets > 1 and not remainder:
            hint = (
                f" If these are quantiles of {n_targets} targets, draw them one at a "
                f"time: y_pred[:, :{len(levels)}] are those of the first."
            )
        raise ValueError(
            f"{owner}: `quantiles` must have one level for each column of `y_pred`; "
            f"got {len(levels)} levels for {y_pred.shape[1]} columns.{hint}"
        )
    order = np.argsort(levels, kind="stable")
    return y_pred[:, order], tuple(levels[i] for i in order)
