"""Validation of X, of weights and of choices, beyond that of scikit-learn."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import validate_data

from sklstm._utils.frames import columns_of, library_of
from sklstm._utils.numeric import as_numbers, is_masked, unmasked
from sklstm._utils.sklearn_private import _check_sample_weight
from sklstm._utils.text import shortened


def check_sample_weight(
    sample_weight: Any, X: Any, owner: str, **kwargs: Any
) -> NDArray[Any]:
    """Convert weights to numbers, and validate them as scikit-learn does."""
    weights = as_weights(sample_weight, owner)
    with errors_of(owner):
        checked: NDArray[Any] = _check_sample_weight(weights, X, **kwargs)
    if checked.size and not checked.any():  # as scikit-learn says from 1.8
        raise ValueError(
            f"{owner}: Sample weights must contain at least one non-zero number."
        )
    return checked


@contextmanager
def errors_of(owner: str) -> Iterator[None]:
    """Begin the messages of errors with the name of the caller.

    This is for checks of scikit-learn, which do not all name the estimator.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        message = str(error)
        if owner not in message:
            error.args = (f"{owner}: {message}", *error.args[1:])
        raise


def check_lengths(owner: str, *arrays: Any) -> None:
    """Raise if the arrays differ in their numbers of rows."""
    with errors_of(owner):
        check_consistent_length(*arrays)


def check_choice(
    value: Any, parameter: str, choices: tuple[str | None, ...], owner: str
) -> None:
    """Raise unless a parameter is one of several strings, or None if that is listed."""
    if not (isinstance(value, str | None) and value in choices):
        *others, last = map(repr, choices)
        raise ValueError(
            f"{owner}: `{parameter}` must be {', '.join(others)} or {last}; got "
            f"{shortened(value)}."
        )


def as_weights(sample_weight: Any, owner: str) -> Any:
    """Convert weights to numbers; None and a single number are not changed."""
    if sample_weight is None or isinstance(sample_weight, Real):
        return sample_weight
    return as_numbers(sample_weight, "sample_weight", owner)


def validate_X(estimator: Any, X: Any, y: Any = "no_validation", **kwargs: Any) -> Any:
    """Validate X, and optionally y, with scikit-learn's `validate_data`.

    In contrast to scikit-learn, masks are not ignored, times are not converted to
    numbers, and error messages name the columns that are not numeric. Numeric text in X
    is converted, as in scikit-learn.

    Parameters
    ----------
    estimator : estimator
        The estimator, which gets `n_features_in_` and `feature_names_in_`.
    X : array-like
        Samples.
    y : array-like, default="no_validation"
        Target values; see `as_numbers`.
    **kwargs : dict
        Further parameters of `validate_data`.

    Returns
    -------
    X, or X and y, as arrays.
    """
    owner = type(estimator).__name__
    X = prepare_X(X, owner, missing=kwargs.get("ensure_all_finite", True) is not True)
    if y is not None and not isinstance(y, str):
        y = as_numbers(y, "y", owner)
    try:
        # The sum of values near the largest float is not finite.
        with errors_of(owner), np.errstate(invalid="ignore", over="ignore"):
            return validate_data(estimator, X, y, **kwargs)
    except (TypeError, ValueError) as error:
        _explain(X, owner, error)
        raise


def refuse_masks(params: dict[str, Any], owner: str) -> None:
    """Raise if a parameter for an inner estimator, such as weights, has masked values.

    Most libraries ignore masks.
    """
    for name, values in params.items():
        if unmasked(values) is not values:
            as_numbers(values, name, owner)


def prepare_X(X: Any, owner: str, *, missing: bool) -> Any:
    """Prepare X for scikit-learn's validation, which ignores masks and converts times.

    Masked values become NaN if missing values are allowed, and raise an error
    otherwise. Times and time spans raise an error.
    """
    if is_masked(X):
        return as_numbers(X, "X", owner, missing=missing, infinite=True)
    if _has_times(X):
        as_numbers(X, "X", owner, missing=True, infinite=True)  # names the columns
    return X


def refuse_ragged(X: Any, owner: str) -> None:
    """Raise if X is a list, array or Series of arrays, which may differ in shape."""
    is_array = isinstance(X, np.ndarray) and X.dtype.kind == "O" and X.ndim > 0
    is_series = library_of(X) is not None and len(X.shape) == 1
    if not (is_array or is_series or isinstance(X, list | tuple)):
        return
    shapes = [_shape_of(row, i, owner) for i, row in enumerate(X)]
    if not any(shapes):
        return
    other = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
    if other is not None:
        raise ValueError(
            f"{owner}: X must hold rows or sequences of one shape; X[0] has shape "
            f"{shapes[0]}, but X[{other}] has {shapes[other]}. Pad sequences with "
            "sklstm.preprocessing.pad_sequences, or cut them to one length."
        )
    if is_series or (is_array and X.ndim == 1):
        what = "a Series" if is_series else "an array"
        raise ValueError(
            f"{owner}: X is {what} of {len(X)} arrays of shape {shapes[0]}. Stack "
            "them to one array: np.stack(X)."
        )


def _shape_of(values: Any, i: int, owner: str) -> tuple[int, ...]:
    """Return the shape of row i of X, or () if it is not an array."""
    try:
        return () if isinstance(values, str) else np.shape(values)
    except ValueError as error:
        raise ValueError(
            f"{owner}: X[{i}] must hold steps of one length, with a value for each "
            f"channel; got {shortened(values)}."
        ) from error


def _explain(X: Any, owner: str, error: TypeError | ValueError) -> None:
    """Raise an error with the cause of a failed validation, if it can be found."""
    refuse_ragged(X, owner)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of complex numbers
            np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        kind = TypeError if isinstance(error, TypeError) else ValueError
        try:
            as_numbers(X, "X", owner, missing=True, infinite=True)
        except (TypeError, ValueError) as found:
            raise kind(f"{found} ({error})") from error


def _has_times(X: Any) -> bool:
    """Return whether a column of X has a dtype of times or time spans."""
    columns = columns_of(X)
    for column in [X] if columns is None else columns:
        dtype: Any = getattr(column, "dtype", None)
        if getattr(dtype, "kind", "") in ("M", "m"):
            return True
        if hasattr(dtype, "is_temporal") and dtype.is_temporal():  # Polars
            return True
    return False
