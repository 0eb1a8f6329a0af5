"""The wrapped regressor: what it may be, how many outputs it has, what it predicts.

Errors open with `owner`, the name of the estimator that wraps it.
"""

import inspect
from copy import deepcopy
from dataclasses import dataclass
from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklstm._utils.frames import take_rows
from sklstm._utils.frozen import with_frozen_objects
from sklstm._utils.numeric import as_numbers
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.sklearn_private import _num_samples, tags_of
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import name_of, parameters_of, walk_inwards, walk_parameters


def check_regressor(regressor, *, owner):
    """Raise unless `regressor` can be trained to predict numbers.

    Whether it says that it is a regressor is not asked: those of other libraries
    (scikeras) often do not, and work. Nor is `predict` before `fit`, which a
    StackingRegressor has only afterwards.

    Parameters
    ----------
    regressor : object
        As the user gave it.
    owner : str
        Name of the caller, for error messages.
    """
    name = type(regressor).__name__
    if isinstance(regressor, type):
        raise TypeError(
            f"{owner}: `regressor` must be an instance; got the class "
            f"{regressor.__name__}. Write {regressor.__name__}() instead."
        )
    if not hasattr(regressor, "fit") or not _may_predict(regressor):
        cure = ""
        if hasattr(regressor, "predict"):
            cure = f" If it is trained, use it as it is: FrozenEstimator({name})."
        raise ValueError(
            f"The 'regressor' parameter of {owner} must be None or an object with "
            f"`fit` and, once fitted, `predict`. Got {shortened(regressor)} instead."
            f"{cure}"
        )
    for part in walk_parameters(regressor, owner=owner):
        if _is_keras_model(part):
            raise TypeError(
                f"{owner}: `regressor` must not be a bare Keras model, since `fit` "
                f"would train a copy of it again; got {type(part).__name__}. Use "
                "sklearn.frozen.FrozenEstimator(model) to predict with it as it is, or "
                "scikeras.wrappers.KerasRegressor or LSTMRegressor to train."
            )
    estimator_type = tags_of(with_frozen_objects(regressor, owner=owner)).estimator_type
    if estimator_type not in (None, "regressor"):
        raise ValueError(
            f"{owner}: `regressor` must be a regressor; got a {estimator_type}, {name}."
        )


def _may_predict(regressor):
    """Return whether a regressor predicts, or may do so once it is fitted."""
    return (
        hasattr(regressor, "predict")
        or hasattr(type(regressor), "predict")
        or hasattr(type(regressor), "__getattr__")
    )


def _is_keras_model(candidate):
    """Tell a Keras model by the name of its class, without importing Keras."""
    return any(
        kind.__name__ == "Model"
        and kind.__module__.split(".")[0] in ("keras", "tf_keras", "tensorflow")
        for kind in type(candidate).__mro__
    )


def check_predicts(regressor, *, owner):
    """Raise unless a regressor predicts, now that it is fitted."""
    if not hasattr(regressor, "predict"):
        raise ValueError(
            f"{owner}: `regressor` must predict, but {name_of(regressor)} has no "
            "`predict` after its fit."
        )


def is_frozen(regressor):
    """Return whether a regressor is trained already, and stays as it is."""
    return isinstance(regressor, FrozenEstimator)


def check_parameter_names(params, own, *, regressor, owner):
    """Raise if a parameter that is set is one of the wrapped regressor.

    Parameters
    ----------
    params : dict
        Parameters to be set.
    own : dict
        Parameters of the estimator itself.
    regressor : object
        The wrapped regressor.
    owner : str
        Name of the caller, for error messages.
    """
    unknown = [name for name in params if name.split("__")[0] not in own]
    nested = parameters_of(regressor, deep=True) if unknown else {}
    for name in unknown:
        paths = [
            f"regressor__{path}"
            for path in nested
            if path == name or path.endswith(f"__{name}")
        ]
        if paths:
            raise ValueError(
                f"Invalid parameter {shortened(name)} for estimator {owner}: it is one "
                f"of its regressor, {name_of(regressor)}. Use {' or '.join(paths[:3])}."
            )


def copy_of(regressor):
    """Return an unfitted copy; objects without parameters are copied as they are."""
    get_params = getattr(regressor, "get_params", None)
    if get_params and not isinstance(get_params(deep=False), dict):  # a mock
        return deepcopy(regressor)
    return clone(regressor, safe=False)


@dataclass(frozen=True)
class OutputShape:
    """The form of what a fitted regressor predicts.

    Attributes
    ----------
    n_outputs : int
        How many outputs there are; 1 where they were not counted.
    is_flat : bool
        Whether the target is one-dimensional, so that a single output has no axis, and
        several are quantiles.
    is_counted : bool
        Whether `n_outputs` is known.
    """

    n_outputs: int
    is_flat: bool
    is_counted: bool = True


def as_quantile_target(y, regressor):
    """Return y of one column as 1-D if the regressor predicts several quantiles of it.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        The target.
    regressor : object
        Its quantile levels are looked at.

    Returns
    -------
    ndarray or None
    """
    if y is None or y.shape[1:] != (1,):
        return y
    return y[:, 0] if len(quantile_levels(regressor) or ()) > 1 else y


def expected_outputs(regressor, y, *, declared):
    """Return how many outputs there will be, or None where only training can tell.

    Parameters
    ----------
    regressor : object
        Not fitted.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        The target.
    declared : iterable
        What the user declared about the outputs. If anything of it refers to single
        outputs, a 1-D y may be that of a quantile regressor that we do not know.
    """
    levels = quantile_levels(regressor)
    if y is None:
        return None
    if y.ndim == 2:
        return None if len(levels or ()) > 1 else y.shape[1]
    if levels is not None:
        return len(levels) or 1
    return 1 if all(map(_is_one_for_all, declared)) else None


def output_shape(regressor, X, y, *, declared, owner):
    """Return the form of the predictions, after training.

    The outputs are counted in a prediction of the first rows, made without any further
    parameters, where neither y nor quantile levels tell how many there are, and
    something that is declared depends on it.

    Parameters
    ----------
    regressor : object
        Fitted.
    X : array-like
        The samples of the training.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        The target, as by `as_quantile_target`.
    declared : iterable
        What the user declared about the outputs.
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
                f"{name_of(regressor)} needs more than X. Declare the same for "
                "all outputs, or give y one column for each."
            )
        return OutputShape(1, is_flat)
    first = _predict_first_rows(regressor, X, owner)
    if y is None:
        is_flat = first.ndim == 1 or bool(levels)
        return OutputShape(first.shape[1] if first.ndim == 2 else 1, is_flat)
    n_outputs = first.size // max(len(first), 1) or 1
    if first.ndim > 2 or (not is_flat and n_outputs != n_targets):
        raise ValueError(
            f"{owner}: {name_of(regressor)} predicts an array of shape "
            f"{first.shape} for {len(first)} samples, but y has shape {y.shape}. Give "
            "a regressor of several quantiles a 1-D y; for several targets, wrap one "
            "regressor for each."
        )
    return OutputShape(n_outputs, is_flat)


def _is_one_for_all(declared):
    if isinstance(declared, str):  # a direction, or an expression; a chain compares
        return not set(declared) & set("<>=")
    return declared is None or isinstance(declared, Real)


def _needs_more_than_X(regressor):
    """Return whether `predict` of a regressor has further required parameters."""
    for held in walk_inwards(regressor):
        try:
            parameters = inspect.signature(held.predict).parameters.values()
        except (AttributeError, TypeError, ValueError):  # as of compiled functions
            return False
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        single = [each for each in parameters if each.kind not in several]
        if any(each.default is each.empty for each in single[1:]):
            return True
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            return False  # passes nothing on
    return False


def _predict_first_rows(regressor, X, owner):
    """Return what is predicted for one row, or for two to see that it is one column."""
    n_rows = min(_num_samples(X), 2)
    rows = take_rows(X, list(range(n_rows)))
    try:
        predicted = regressor.predict(rows)
    except Exception as error:
        error.add_note(
            f"{owner} counts the outputs in a prediction of the first rows. With "
            "order=None, and bounds that are the same for all outputs, it need not."
        )
        raise
    values = np.asarray(predicted)
    if n_rows == 1 and values.ndim < 2 and values.size > 1:  # squeezed by scikeras
        return values.reshape(1, -1)
    return np.atleast_1d(values)


def check_predictions(raw, X, *, shape, source, owner):
    """Return what a regressor predicted for `X` as floats, one row for each sample.

    Parameters
    ----------
    raw : object
        What ``predict`` returned. A DataFrame or Series becomes an array, integers
        become float64, any other float dtype stays.
    X : object
        The samples, of any kind that has a length.
    shape : OutputShape
        The form expected.
    source : str
        Name of the regressor that predicted.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_outputs)
    """
    n_samples = _num_samples(X)
    if isinstance(raw, tuple):
        raise ValueError(
            f"{owner}: {source} predicted a tuple of {len(raw)} values. Ask it for the "
            "predictions alone (no return_std, return_cov or the like)."
        )
    # Missing and infinite values have a message of their own below.
    predicted = f"the prediction of {source}"
    values = as_numbers(raw, predicted, owner, missing=True, infinite=True)
    n_outputs = shape.n_outputs
    if not shape.is_counted:
        n_outputs = values.size // max(n_samples, 1) or 1
    if n_samples == 1 and values.ndim < 2 and values.size == n_outputs:
        # scikeras squeezes all that it can out of the prediction of one sample.
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
