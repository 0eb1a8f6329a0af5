"""Checks of the wrapped regressor, its number of outputs, and its predictions.

Error messages start with `owner`, the name of the estimator that wraps it.
"""

import inspect
from copy import deepcopy
from dataclasses import dataclass
from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklstm._utils.changes import changed_names
from sklstm._utils.frames import take_rows
from sklstm._utils.frozen import with_frozen_objects
from sklstm._utils.keras_objects import is_keras
from sklstm._utils.predictions import as_predictions, wrong_rows
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.sklearn_private import _num_samples, tags_of
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import (
    name_of,
    parameters_of,
    refuse_class,
    walk_inwards,
    walk_parameters,
)
from sklstm._wrapper.quantiles import name_targets


def check_regressor(regressor, *, owner):
    """Raise unless `regressor` can be trained to predict numbers.

    It need not be a regressor by its tags, since some regressors of other libraries
    (scikeras) are not. Nor does it need `predict` before `fit`, since a
    StackingRegressor only has it afterwards.

    Parameters
    ----------
    regressor : object
        The regressor passed by the user.
    owner : str
        Name of the caller, for error messages.
    """
    name = type(regressor).__name__
    refuse_class(regressor, owner=owner)
    if not hasattr(regressor, "fit") or not _may_predict(regressor):
        cure = ""
        if hasattr(regressor, "predict"):
            cure = f" If it is already trained, use FrozenEstimator({name})."
        raise ValueError(
            f"The 'regressor' parameter of {owner} must be None or an object with "
            f"`fit` and, once fitted, `predict`. Got {shortened(regressor)} instead."
            f"{cure}"
        )
    for part in walk_parameters(regressor, owner=owner):
        if is_keras(part, "Model"):
            raise TypeError(
                f"{owner}: `regressor` must not be a bare Keras model, since `fit` "
                f"would train a copy of it again; got {type(part).__name__}. Use "
                "sklearn.frozen.FrozenEstimator(model) to predict with it as it is, or "
                "scikeras.wrappers.KerasRegressor or LSTMRegressor to train one."
            )
    estimator_type = tags_of(with_frozen_objects(regressor, owner=owner)).estimator_type
    if estimator_type not in (None, "regressor"):
        raise ValueError(
            f"{owner}: `regressor` must be a regressor; got a {estimator_type}, {name}."
        )


def _may_predict(regressor):
    """Return whether a regressor has `predict`, or may have it once fitted."""
    return (
        hasattr(regressor, "predict")
        or hasattr(type(regressor), "predict")
        or hasattr(type(regressor), "__getattr__")
    )


def check_predicts(regressor, *, owner):
    """Raise unless a fitted regressor has `predict`."""
    if not hasattr(regressor, "predict"):
        raise ValueError(
            f"{owner}: `regressor` must have `predict` once fitted, but "
            f"{name_of(regressor)} has none."
        )


def is_frozen(regressor):
    """Return whether a regressor is marked as already trained."""
    return isinstance(regressor, FrozenEstimator)


def check_same_regressor(regressor, fitted, given, *, owner):
    """Raise if a parameter has changed since a clone of the regressor was fitted.

    Parameters
    ----------
    regressor : object
        The regressor now.
    fitted : object
        The fitted clone, which would be trained further.
    given : dict or None
        Parameters of the regressor when the clone was fitted, with those of the
        estimators inside it. None in an estimator that was loaded from a file.
    owner : str
        Name of the caller, for error messages.
    """
    if type(regressor) is not type(fitted):
        raise ValueError(
            f"{owner}: training continues with {name_of(fitted)}; it cannot become "
            f"{name_of(regressor)}. Call `fit` to start again."
        )
    now = parameters_of(regressor, deep=True)
    trained = parameters_of(fitted, deep=True)
    if given is None:
        changed = changed_names(now, trained, are_copies=True)
    else:
        changed = changed_names(now, given)
        # What was also set in the fitted clone is in effect.
        changed = [n for n in changed if changed_names({n: now[n]}, trained)]
    if changed:
        name = min(changed, key=lambda n: _closeness(n, now[n], trained.get(n)))
        before = trained[name] if given is None else given[name]
        raise ValueError(
            f"{owner}: training continues with regressor__{name}={shortened(before)}; "
            f"it cannot become {shortened(now[name])}. Call `fit` to start again, or "
            "set it in `regressor_` as well."
        )


def _closeness(name, now, before):
    """Sort key of changed parameters: outer ones of another type, then inner ones."""
    depth = name.count("__")
    return (0, depth) if type(now) is not type(before) else (1, -depth)


def copy_of(regressor):
    """Return an unfitted clone, or a copy of an object without parameters."""
    get_params = getattr(regressor, "get_params", None)
    if get_params and not isinstance(get_params(deep=False), dict):  # a mock
        return deepcopy(regressor)
    return clone(regressor, safe=False)


@dataclass(frozen=True)
class OutputShape:
    """The shape of the predictions of a fitted regressor.

    Attributes
    ----------
    n_outputs : int
        Number of outputs; 1 if they were not counted.
    is_flat : bool
        Whether the target is 1-D. Predictions of a single output are then 1-D as well,
        and several outputs are quantiles.
    is_counted : bool
        Whether `n_outputs` is known.
    """

    n_outputs: int
    is_flat: bool
    is_counted: bool = True


def as_quantile_target(y, regressor):
    """Return y as 1-D if it has one column, of which several quantiles are predicted.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        Target values.
    regressor : object
        The regressor, from which quantile levels are read.

    Returns
    -------
    ndarray or None
    """
    if y is None or y.shape[1:] != (1,):
        return y
    return y[:, 0] if len(quantile_levels(regressor) or ()) > 1 else y


def expected_outputs(regressor, y, *, declared):
    """Return the number of outputs, or None if it is unknown before training.

    Parameters
    ----------
    regressor : object
        An unfitted regressor.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        Target values.
    declared : iterable
        The declarations about the outputs. If any of them refers to single outputs, a
        1-D y may be the target of an unknown quantile regressor.
    """
    levels = quantile_levels(regressor)
    if y is None:
        return None
    if y.ndim == 2:
        return y.shape[1] * max(len(levels or ()), 1)
    if levels is not None:
        return len(levels) or 1
    return 1 if all(map(_is_one_for_all, declared)) else None


def output_shape(regressor, X, y, *, declared, owner):
    """Return the shape of the predictions of a fitted regressor.

    If the number of outputs follows neither from y nor from quantile levels, and a
    declaration depends on it, the outputs are counted in a prediction of the first rows
    without further parameters.

    Parameters
    ----------
    regressor : object
        A fitted regressor.
    X : array-like
        Training samples.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        Target values from `as_quantile_target`.
    declared : iterable
        The declarations about the outputs.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    OutputShape
    """
    levels = quantile_levels(regressor) or ()
    is_flat = y is not None and y.ndim == 1
    n_targets = 1 if y is None or is_flat else y.shape[1]
    if is_flat and levels:
        return OutputShape(len(levels), is_flat)
    if n_targets > 1 and len(levels) < 2:
        return OutputShape(n_targets, is_flat)
    matters = not all(each is None or isinstance(each, Real) for each in declared)
    if y is not None and n_targets == 1 and not matters:
        return OutputShape(1, is_flat, is_counted=not is_flat)
    if _needs_more_than_X(regressor):
        if y is None or not all(map(_is_one_for_all, declared)):
            raise ValueError(
                f"{owner}: the outputs cannot be counted, since `predict` of "
                f"{name_of(regressor)} needs more than X. Declare the same for all "
                "outputs, or pass y with one column for each output."
            )
        return OutputShape(1, is_flat)
    first = _predict_first_rows(regressor, X, owner)
    if y is None:
        n_outputs = first.shape[1] if first.ndim == 2 else 1
        several = name_targets(levels, None, None, n_outputs) is not None
        is_flat = first.ndim == 1 or (bool(levels) and not several)
        return OutputShape(n_outputs, is_flat)
    n_outputs = first.size // max(len(first), 1) or 1
    allowed = (n_targets, n_targets * max(len(levels), 1))
    if first.ndim > 2 or (not is_flat and n_outputs not in allowed):
        raise ValueError(
            f"{owner}: {name_of(regressor)} predicts an array of shape "
            f"{first.shape} for {len(first)} samples, but y has shape {y.shape}. For "
            "several quantiles, pass a 1-D y; for several targets, wrap one regressor "
            "for each target, or one that predicts the levels of each target, such as "
            "LSTMRegressor."
        )
    return OutputShape(n_outputs, is_flat)


def _is_one_for_all(declared):
    if isinstance(declared, str):  # chains have comparisons; other strings do not
        return not set(declared) & set("<>=")
    return declared is None or isinstance(declared, Real)


def _needs_more_than_X(regressor):
    """Return whether `predict` of a regressor has further required parameters."""
    for held in walk_inwards(regressor):
        try:
            parameters = inspect.signature(held.predict).parameters.values()
        except (AttributeError, TypeError, ValueError):  # compiled functions
            return False
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        single = [each for each in parameters if each.kind not in several]
        if any(each.default is each.empty for each in single[1:]):
            return True
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            return False  # it passes no parameters to an inner regressor
    return False


def _predict_first_rows(regressor, X, owner):
    """Predict the first two rows; a single row could not tell columns from rows."""
    n_rows = min(_num_samples(X), 2)
    rows = take_rows(X, list(range(n_rows)))
    try:
        predicted = regressor.predict(rows)
    except Exception as error:
        error.add_note(
            f"{owner} counts the outputs in a prediction of the first rows. This is "
            "not needed with order=None and the same bounds for all outputs."
        )
        raise
    source = name_of(regressor)
    values = as_predictions(predicted, source, owner, missing=True, infinite=True)
    if n_rows == 1 and values.ndim < 2 and values.size > 1:  # squeezed by scikeras
        return values.reshape(1, -1)
    values = np.atleast_1d(values)
    if len(values) != n_rows:
        raise wrong_rows(values, n_rows, source, owner)
    return values


def check_predictions(raw, X, *, shape, source, owner):
    """Validate predictions for `X`, and return them as floats.

    Parameters
    ----------
    raw : object
        The result of ``predict``. DataFrames and Series become arrays, integers become
        float64, and float dtypes are kept.
    X : object
        The samples.
    shape : OutputShape
        The expected shape.
    source : str
        Name of the regressor.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_outputs)
    """
    n_samples = _num_samples(X)
    # Missing and infinite values have a message of their own below.
    values = as_predictions(raw, source, owner, missing=True, infinite=True)
    n_outputs = shape.n_outputs
    if not shape.is_counted:
        n_outputs = values.size // max(n_samples, 1) or 1
    if n_samples == 1 and values.ndim < 2 and values.size == n_outputs:
        # scikeras squeezes the prediction of a single sample.
        values = values.reshape((1, n_outputs) if n_outputs > 1 else 1)
    expected = (n_samples, n_outputs)
    if values.shape != expected and (n_outputs > 1 or values.shape != expected[:1]):
        raise ValueError(
            f"{owner}: {source} predicted an array of shape {values.shape} for "
            f"{n_samples} samples; expected {expected}, as in fit. Declare quantile "
            "levels before fit, as parameters of the regressor."
        )
    if shape.is_flat and n_outputs == 1:
        values = values.reshape(n_samples)
    is_bad = ~np.isfinite(values if values.ndim == 2 else values[:, None]).all(axis=1)
    if is_bad.any():
        raise ValueError(
            f"{owner}: {source} predicted NaN or infinity in {is_bad.sum()} of "
            f"{n_samples} rows, the first of them row {is_bad.argmax()}. No constraint "
            "can fix that; check its input and its training."
        )
    return values
