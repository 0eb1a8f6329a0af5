"""What a regressor of any library predicted, as an array of numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._utils.numeric import as_numbers


def as_predictions(
    raw: Any, source: str, owner: str, **rule: bool
) -> NDArray[np.floating[Any]]:
    """Convert the result of a `predict` to an array of real numbers.

    Parameters
    ----------
    raw : object
        The result of ``predict``. DataFrames and Series become arrays, integers become
        float64, and float dtypes are kept.
    source, owner : str
        Name of the regressor and of the estimator that holds it, for error messages.
    **rule : bool
        Whether values may be `missing` or `infinite`; see `as_numbers`.

    Returns
    -------
    ndarray
        In the shape of `raw`.

    Raises
    ------
    TypeError, ValueError
        If the prediction is not an array of numbers.
    """
    if isinstance(raw, tuple):
        raise ValueError(
            f"{owner}: {source} predicted a tuple of {len(raw)} values. Leave out "
            "parameters such as return_std or return_cov."
        )
    return as_numbers(raw, f"the prediction of {source}", owner, **rule)


def predictions_by_row(
    raw: Any, n_samples: int, source: str, owner: str
) -> NDArray[np.floating[Any]]:
    """Convert the result of a `predict` to finite numbers with a row for each sample.

    For the parameters, see `as_predictions`.

    Returns
    -------
    ndarray of shape (n_samples, n_columns)

    Raises
    ------
    TypeError, ValueError
        If the prediction is not an array of finite numbers, or has other rows.
    """
    values = as_predictions(raw, source, owner)
    if n_samples == 1 and values.ndim < 2:  # scikeras squeezes a single sample
        values = values.reshape(1, -1)
    if values.ndim not in (1, 2) or len(values) != n_samples:
        raise wrong_rows(values, n_samples, source, owner)
    return values[:, np.newaxis] if values.ndim == 1 else values


def wrong_rows(
    values: NDArray[Any], n_samples: int, source: str, owner: str
) -> ValueError:
    """Return the error of predictions that have other rows than the samples."""
    return ValueError(
        f"{owner}: {source} must predict one row for each of the {n_samples} samples; "
        f"it predicted an array of shape {values.shape}."
    )
