"""Sequences for a network: their shape, their scale, and rows held out at the end."""

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import validate_data

# A network works in float32: beyond this, sums over its inputs would overflow.
_LARGEST_INPUT = 1e30


def check_sequences(
    estimator,
    X,
    y="no_validation",
    *,
    fitted_shape,
    min_samples=1,
    ensure_all_finite=True,
):
    """Validate X, and y with it, as scikit-learn does, and the shape of 3-D X besides.

    scikit-learn takes the second axis of a 3-D X for its features and lets the last
    one change between `fit` and `predict`; that is seen to here.

    Parameters
    ----------
    estimator : estimator
        Gets `n_features_in_` and `feature_names_in_`; is named in errors.
    X : array-like of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        Sequences.
    y : array-like, default="no_validation"
        Targets.
    fitted_shape : tuple of int or None
        The shape that each row must have; None where X decides it.
    min_samples : int, default=1
        How many rows there must be.
    ensure_all_finite : bool or "allow-nan", default=True
        What X may hold.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        float64 or float32.
    y : ndarray
        Only where `y` was given.
    """
    shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
    name = type(estimator).__name__
    if len(shape) > 3 or (len(shape) == 3 and 0 in shape[1:]):
        raise ValueError(
            f"{name}: X must be 2-D, (n_samples, n_features), or 3-D, (n_samples, "
            f"n_timesteps, n_channels), with no empty axis; got the shape {shape}."
        )
    # scikit-learn's own checks of tables speak of features, by name.
    if fitted_shape is not None and (len(shape), len(fitted_shape)) != (2, 1):
        check_same_shape(name, shape[1:], fitted_shape)
    return validate_data(
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


def check_same_shape(name, row_shape, fitted_shape):
    """Raise if rows are of another shape than in `fit`; a 1-D X has no rows yet."""
    if row_shape in ((), fitted_shape):
        return
    if len(row_shape) != len(fitted_shape):
        raise ValueError(
            f"{name}: X is {len(row_shape) + 1}-D, with rows of shape {row_shape}, but "
            f"it was fitted on {len(fitted_shape) + 1}-D X, with rows of shape "
            f"{fitted_shape}."
        )
    raise ValueError(
        f"{name}: X has sequences of shape {row_shape}, but it was fitted on "
        f"{fitted_shape}."
    )


def as_sequences(X, n_timesteps, name):
    """Return X as an array of shape (n_samples, n_timesteps, n_channels).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features) or \
            (n_samples, n_timesteps, n_channels)
        Not changed, and not copied where NumPy need not.
    n_timesteps : int or None
        How many steps the rows of a 2-D X have; None for one a column.
    name : str
        Whom an error is about.
    """
    n_columns = X.shape[1]
    if X.ndim == 3:
        if n_timesteps not in (None, n_columns):
            raise ValueError(
                f"{name}: `n_timesteps`={n_timesteps} is for 2-D X, but X is 3-D and "
                f"has {n_columns} steps of its own. Leave `n_timesteps` at None."
            )
        return X
    if n_timesteps is None:
        return X[:, :, np.newaxis]
    if n_columns % n_timesteps:
        raise ValueError(
            f"{name}: `n_timesteps` must divide the number of columns of X; got "
            f"n_timesteps={n_timesteps} and {n_columns} columns."
        )
    return X.reshape(len(X), n_timesteps, -1)


def sequence_scale(sequences, sample_weight=None, *, per_timestep):
    """Return what brings sequences to mean 0 and variance 1.

    Parameters
    ----------
    sequences : ndarray of shape (n_samples, n_timesteps, n_channels)
        Training rows.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights of the rows.
    per_timestep : bool
        Whether each step has a scale of its own, or all steps of a channel share one.

    Returns
    -------
    offset, scale : ndarray of shape (1 or n_timesteps, n_channels)
        float64.
    """
    n_samples, n_timesteps, n_channels = sequences.shape
    if per_timestep:
        rows = sequences.reshape(n_samples, -1)
    else:
        rows = sequences.reshape(-1, n_channels)
        if sample_weight is not None:
            sample_weight = np.repeat(sample_weight, n_timesteps)
    scaler = StandardScaler().fit(rows, sample_weight=sample_weight)
    return (
        scaler.mean_.reshape(-1, n_channels),
        scaler.scale_.reshape(-1, n_channels),
    )


def scale_sequences(sequences, offset, scale):
    """Return scaled sequences as a network takes them: float32, and finite."""
    scaled = (sequences - offset) / scale
    return np.clip(scaled, -_LARGEST_INPUT, _LARGEST_INPUT).astype(np.float32)


def split_last(arrays, fraction, name):
    """Split off the last rows: the newest, where rows are in the order of time.

    Parameters
    ----------
    arrays : sequence of ndarray
        All of one length.
    fraction : float
        Share of the rows that the second part gets, at least one row.
    name : str
        Whom an error is about.

    Returns
    -------
    first, last : tuple of ndarray
    """
    n_rows = len(arrays[0])
    n_last = int(np.ceil(fraction * n_rows))
    if n_last >= n_rows:
        raise ValueError(
            f"{name}: `validation_fraction`={fraction} of {n_rows} rows leaves none to "
            "train on. Lower it, or use `early_stopping=False`."
        )
    return (
        tuple(array[:-n_last] for array in arrays),
        tuple(array[-n_last:] for array in arrays),
    )
