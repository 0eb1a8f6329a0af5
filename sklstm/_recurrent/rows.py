"""The rows of a fit: for training, and for validation."""

from dataclasses import dataclass

import numpy as np

from sklstm._recurrent.steps import check_steps
from sklstm._recurrent.validation import (
    as_sequences,
    as_targets,
    check_sequences,
    drop_weightless,
)
from sklstm._utils.validation import check_sample_weight

# Fewer rows are all needed for training. See docs/performance for the measurement.
_STOP_EARLY_FROM = 100


@dataclass(frozen=True)
class Rows:
    """Validated rows.

    Attributes
    ----------
    data : tuple of ndarray
        Sequences of shape (n_samples, n_timesteps, n_channels), targets of shape
        (n_samples, n_targets), and weights of mean 1.
    shape : tuple of int
        Shape of a row of X.
    flat : bool
        Whether there is one output, from a 1-D y.
    per_timestep : bool
        Whether each column of X is a step, which may have its own unit.
    """

    data: tuple[np.ndarray, np.ndarray, np.ndarray]
    shape: tuple[int, ...]
    flat: bool
    per_timestep: bool


def read_rows(
    estimator, X, y, sample_weight, quantiles, *, fitted_shape, min_samples=1
):
    """Validate X, y and weights.

    Parameters
    ----------
    estimator : LSTMRegressor
        Errors name it.
    X, y, sample_weight : array-like
        As passed to `fit`.
    quantiles : tuple of float or None
        Levels to predict.
    fitted_shape : tuple of int or None
        Shape that a row must have. None sets the names and number of features.
    min_samples : int, default=1
        Minimum number of rows.

    Returns
    -------
    Rows
    """
    owner = type(estimator).__name__
    X, y = check_sequences(
        estimator,
        X,
        y,
        fitted_shape=fitted_shape,
        min_samples=min_samples,
        absent_steps=True,
    )
    flat = y.ndim == 1 and quantiles is None
    weight = check_sample_weight(sample_weight, X, owner, ensure_non_negative=True)
    X, y, weight = drop_weightless(X, as_targets(y), weight, owner)
    sequences = as_sequences(X, estimator.n_timesteps, owner)
    check_steps(sequences, owner)
    return Rows(
        data=(sequences, y, weight),
        shape=X.shape[1:],
        flat=flat,
        per_timestep=X.ndim == 2 and estimator.n_timesteps is None,
    )


def read_validation_rows(
    estimator, rows, quantiles, *, X_val, y_val, sample_weight_val
):
    """Validate the validation rows, which must have the shapes of the training rows.

    Returns
    -------
    tuple of ndarray or None
        Sequences, targets and weights, as in `Rows`. None if there are none.
    """
    owner = type(estimator).__name__
    given = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
    if X_val is None or y_val is None:
        for name, value in given.items():
            if value is not None:
                missing = "X_val" if X_val is None else "y_val"
                raise ValueError(
                    f"{owner}: `{name}` was given without `{missing}`. Pass both "
                    "`X_val` and `y_val`, or none of them."
                )
        return None
    if estimator.early_stopping is False:
        raise ValueError(
            f"{owner}: `X_val` and `y_val` are for early stopping, but "
            "early_stopping=False. Use early_stopping='auto' or True."
        )
    try:
        found = read_rows(
            estimator,
            X_val,
            y_val,
            sample_weight_val,
            quantiles,
            fitted_shape=rows.shape,
        )
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{owner}: the validation rows (`X_val`, `y_val`, `sample_weight_val`) "
            f"cannot be used: {error}"
        ) from error
    n_targets, n_found = rows.data[1].shape[1], found.data[1].shape[1]
    if n_targets != n_found:
        raise ValueError(
            f"{owner}: y has {n_targets} targets, but `y_val` has {n_found}."
        )
    return found.data


def stops_early(early_stopping, n_rows, held_out):
    """Return whether a fit stops early.

    Parameters
    ----------
    early_stopping : bool or "auto"
        "auto" does if validation rows are given, or if there are rows enough to hold
        some out.
    n_rows : int
        Number of training rows.
    held_out : tuple or None
        Validation rows that were given.
    """
    if early_stopping == "auto":
        return held_out is not None or n_rows >= _STOP_EARLY_FROM
    return early_stopping
