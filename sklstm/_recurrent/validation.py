"""Validation of the data and parameters of LSTMRegressor."""

import functools
import inspect
import warnings
from numbers import Integral

import numpy as np

from sklstm._utils.numeric import as_declared
from sklstm._utils.text import percent, shortened
from sklstm._utils.validation import prepare_X, refuse_ragged, validate_X
from sklstm.exceptions import ConstraintWarning


def check_sequences(
    estimator,
    X,
    y="no_validation",
    *,
    fitted_shape,
    min_samples=1,
    ensure_all_finite=True,
    absent_steps=False,
):
    """Validate X, and optionally y, including the shape of a 3-D X.

    scikit-learn's own validation takes the second axis of a 3-D X for its features and
    does not compare the last axis with that seen during `fit`.

    Parameters
    ----------
    estimator : estimator
        Its `n_features_in_` and `feature_names_in_` are set; errors name it.
    X : array-like of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        Sequences.
    y : array-like, default="no_validation"
        Targets.
    fitted_shape : tuple of int or None
        Shape of one row seen during `fit`. None during `fit`.
    min_samples : int, default=1
        Minimum number of rows.
    ensure_all_finite : bool or "allow-nan", default=True
        See :func:`~sklearn.utils.check_array`.
    absent_steps : bool, default=False
        Whether steps may be NaN in all channels. In a 2-D X without `n_timesteps`, NaN
        may as well be a missing feature, and is not allowed.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        float64 or float32.
    y : ndarray
        Only if `y` was given.
    """
    if isinstance(y, str) and _is_valid(X, estimator, fitted_shape):
        return X
    owner = type(estimator).__name__
    shape = _shape_of(X, owner)
    if absent_steps and (len(shape) == 3 or estimator.n_timesteps is not None):
        ensure_all_finite = "allow-nan"
    X = prepare_X(X, owner, missing=ensure_all_finite is not True)
    if len(shape) > 3 or (len(shape) == 3 and 0 in shape[1:]):
        raise ValueError(
            f"{owner}: X must be 2-D, (n_samples, n_features), or 3-D, (n_samples, "
            f"n_timesteps, n_channels), with no empty axis; got the shape {shape}."
        )
    # scikit-learn's own messages name the features of tables.
    if fitted_shape is not None and (len(shape), len(fitted_shape)) != (2, 1):
        check_same_shape(owner, shape[1:], fitted_shape)
    return validate_X(
        estimator,
        X,
        y,
        reset=fitted_shape is None,
        dtype=[np.float64, np.float32],
        allow_nd=True,
        ensure_min_samples=min_samples,
        ensure_all_finite=ensure_all_finite,
        **({} if isinstance(y, str) else {"multi_output": True, "y_numeric": True}),
    )


def _shape_of(X, owner):
    if hasattr(X, "shape"):
        return X.shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of masked values, which count later
            return np.asarray(X).shape
    except ValueError:
        refuse_ragged(X, owner)
        raise


def _is_valid(X, estimator, fitted_shape):
    """Tell if validation would return X as it is, in a small part of its time.

    Validation of a single row would take about half as long as its prediction.
    """
    if (
        type(X) is not np.ndarray
        or X.dtype not in (np.float64, np.float32)
        or X.shape[1:] != fitted_shape
        or len(X) == 0
        or hasattr(estimator, "feature_names_in_")
    ):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))


def check_same_shape(owner, row_shape, fitted_shape):
    """Raise if the shape of a row differs from that seen during `fit`."""
    # () is the row of a 1-D X, which scikit-learn refuses.
    if row_shape in ((), fitted_shape):
        return
    if len(row_shape) != len(fitted_shape):
        raise ValueError(
            f"{owner}: X is {len(row_shape) + 1}-D, with rows of shape {row_shape}, "
            f"but it was fitted on {len(fitted_shape) + 1}-D X, with rows of shape "
            f"{fitted_shape}."
        )
    raise ValueError(
        f"{owner}: X has sequences of shape {row_shape}, but it was fitted on "
        f"{fitted_shape}."
    )


def as_sequences(X, n_timesteps, owner):
    """Return X as an array of shape (n_samples, n_timesteps, n_channels).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        Not changed. The result may share its memory.
    n_timesteps : int or None
        Number of steps of a 2-D X. None takes each column as one step.
    owner : str
        Name of the caller, for error messages.
    """
    n_columns = X.shape[1]
    if X.ndim == 3:
        if n_timesteps not in (None, n_columns):
            raise ValueError(
                f"{owner}: `n_timesteps` is for 2-D X; got n_timesteps={n_timesteps} "
                f"and a 3-D X with {n_columns} steps. Use n_timesteps=None."
            )
        return X
    if n_timesteps is None:
        return X[:, :, np.newaxis]
    n_timesteps = int(n_timesteps)  # small integers would overflow
    if n_columns % n_timesteps:
        raise ValueError(
            f"{owner}: `n_timesteps` must divide the number of columns of X; got "
            f"n_timesteps={n_timesteps} and {n_columns} columns."
        )
    return X.reshape(len(X), n_timesteps, -1)


def split_last(arrays, fraction, owner):
    """Split off the last rows, which are the latest if rows are ordered by time.

    Parameters
    ----------
    arrays : sequence of ndarray
        Arrays of one length.
    fraction : float
        Fraction of the rows in the second part, which has at least one row.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    first, last : tuple of ndarray
    """
    n_rows = len(arrays[0])
    n_last = int(np.ceil(fraction * n_rows))
    if n_last >= n_rows:
        raise ValueError(
            f"{owner}: `validation_fraction`={fraction} leaves none of the {n_rows} "
            "rows for training. Lower it, or use early_stopping=False."
        )
    return (
        tuple(array[:-n_last] for array in arrays),
        tuple(array[-n_last:] for array in arrays),
    )


def check_quantiles(quantiles, owner):
    """Return the levels as a tuple of floats, or None."""
    if quantiles is None:
        return None
    try:
        levels = as_declared(quantiles, "quantiles", owner)
    except TypeError:
        levels = np.empty(0)
    if levels.ndim != 1 or levels.size == 0:
        raise ValueError(
            f"{owner}: `quantiles` must be a sequence of numbers; got "
            f"{shortened(quantiles)}."
        )
    if not (levels[0] > 0 and levels[-1] < 1 and np.all(np.diff(levels) > 0)):
        raise ValueError(
            f"{owner}: `quantiles` must be in (0, 1) and increasing; got "
            f"{shortened(quantiles)}."
        )
    return tuple(levels.tolist())


def check_units(units, owner):
    """Return the sizes of the layers as a tuple."""
    layers = units if isinstance(units, tuple | list) else (units,)
    if not layers or not all(
        isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0
        for n in layers
    ):
        raise ValueError(
            f"{owner}: `units` must be a positive int, or a tuple with one for each "
            f"layer; got {shortened(units)}."
        )
    return tuple(int(n) for n in layers)


# Alternatives to keywords of Keras' `fit` that are not parameters of LSTMRegressor.
_INSTEAD_OF = {
    "validation_data": "Use fit(X, y, X_val=..., y_val=...)",
    "validation_split": "Use {owner}(early_stopping=True, validation_fraction=...)",
    "initial_epoch": "Use {owner}(warm_start=True) to continue the last fit",
}


def explain_keywords(method):
    """Decorate a method: errors about Keras' keywords refer to the parameters."""
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def explained(estimator, *args, **kwargs):
        owner = type(estimator).__name__
        for name in kwargs.keys() - known.keys():
            hint = ""
            if name in _INSTEAD_OF:
                hint = f" {_INSTEAD_OF[name].format(owner=owner)}."
            elif name in estimator.get_params(deep=False):
                hint = f" It is a parameter of the estimator: {owner}({name}=...)."
            raise TypeError(
                f"{owner}.{method.__name__}() got an unexpected keyword argument "
                f"{shortened(name)}.{hint}"
            )
        return method(estimator, *args, **kwargs)

    return explained


def resolve_batch_size(batch_size, n_rows):
    """Return the number of rows in a minibatch."""
    if batch_size == "auto":
        return next((size for size in (32, 16) if n_rows >= 20 * size), 8)
    # A minibatch is padded with rows of weight 0, so that one compiled program serves
    # any number of rows. Small ones are cheap; large ones have at most twice the rows.
    enough = max(1024, 2 ** int(n_rows - 1).bit_length())
    return min(int(batch_size), enough)


# Epochs of fewer minibatches need more patience: ten of them may lie on a plateau. See
# docs/performance for the measurement.
_PATIENT_STEPS = 700


def resolve_patience(patience, n_rows, batch_size):
    """Return the number of epochs to wait for a lower validation loss."""
    if patience != "auto":
        return int(patience)
    n_steps = -(-n_rows // batch_size)
    return max(10, -(-_PATIENT_STEPS // n_steps))


def check_instances(loss, optimizer, owner):
    """Raise if the loss or the optimizer is a class instead of an instance."""
    for parameter, value in (("loss", loss), ("optimizer", optimizer)):
        if isinstance(value, type):
            raise TypeError(
                f"{owner}: `{parameter}` must be a name or an instance; got the class "
                f"{value.__name__}. Use {value.__name__}()."
            )


def check_callbacks(callbacks, normalize, owner):
    """Return the callbacks as a tuple; warn about those that save the inner network."""
    if callbacks is None:
        return ()
    if not isinstance(callbacks, list | tuple):
        callbacks = (callbacks,)
    for callback in callbacks:
        if isinstance(callback, type) or not hasattr(callback, "set_model"):
            raise ValueError(
                f"{owner}: `callbacks` must be instances of keras.callbacks.Callback; "
                f"got {shortened(callback)}."
            )
        if normalize and not getattr(callback, "save_weights_only", True):
            warnings.warn(
                f"{owner}: {type(callback).__name__} saves the inner network, which "
                "works on normalised X and y. Save `model_` after the fit instead, or "
                "use normalize=False.",
                stacklevel=2,
            )
    return tuple(callbacks)


def as_targets(y):
    """Return y as a float64 array of shape (n_samples, n_targets)."""
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


def drop_weightless(X, y, sample_weight, owner):
    """Remove rows of weight 0, and scale the weights to a mean of 1."""
    kept = sample_weight > 0
    if not kept.any():
        raise ValueError(
            f"{owner}: `sample_weight` must not be 0 for all rows; got {len(X)} rows "
            "of weight 0."
        )
    if not kept.all():
        X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
    return X, y, sample_weight / sample_weight.mean()


def warn_of_unreachable(y, head, quantiles, owner):
    """Warn if the head cannot predict some of the targets.

    With quantiles, it orders these, and not the targets.
    """
    ordered = "ordered" in head and quantiles is None
    broken = np.zeros(len(y), dtype=bool)
    if "positive" in head:
        broken |= np.any(y < 0, axis=1)
    if ordered:
        broken |= np.any(np.diff(y, axis=1) < 0, axis=1)
    if broken.any():
        parts = ["negative"] * ("positive" in head) + ["out of order"] * ordered
        what = " or ".join(parts)
        warnings.warn(
            f"{owner}: {percent(broken.mean())} of the training targets are "
            f"{what}, so `head`={head!r} cannot predict them. If y was normalised, "
            "leave that to `normalize=True`, which scales y as the head allows.",
            ConstraintWarning,
            stacklevel=2,
        )


def check_converged(trained, losses, owner, learning_rate):
    """Raise if a loss is not finite in one of the epochs trained."""
    since = trained.first_epoch
    for loss in losses:
        values = trained.state.history.get(loss, [])[since:]
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise ValueError(
                f"{owner}: the training diverged; `{loss}` was {values[bad[0]]} in "
                f"epoch {since + bad[0] + 1}. Lower `learning_rate` (now "
                f"{learning_rate}), use normalize=True, or clip the gradients (an "
                "`optimizer` instance with `clipnorm`). A loss of positive values, "
                "such as 'poisson', needs head='positive'."
            )
