"""Scales of X and y: between the user's units and those that a network works in."""

import warnings

import numpy as np
from sklearn.preprocessing import StandardScaler

# Keras' losses that are no function of differences, by name without underscores: of
# positive values, whose zero must stay where it is, and of shares between 0 and 1.
_LOSSES_OF_POSITIVE = {
    "poisson",
    "mape",
    "meanabsolutepercentageerror",
    "msle",
    "meansquaredlogarithmicerror",
}
_LOSSES_OF_SHARES = {
    "bce",
    "binarycrossentropy",
    "binaryfocalcrossentropy",
    "categoricalcrossentropy",
    "categoricalfocalcrossentropy",
    "kld",
    "kldivergence",
    "kullbackleiblerdivergence",
}

# Beyond this a network's float32 has too few digits left for the differences of y.
_LARGEST_DISTANCE = 1e5

# A network works in float32: beyond this, sums over its inputs would overflow.
_LARGEST_INPUT = 1e30

# Beyond this, differences of two values may overflow float64; and beyond the power of
# two, in either direction, sums of their squares may.
_LARGEST_SCALED = 1e307
_LARGEST_EXPONENT = 400

_SCALES = ("_x_offset", "_x_scale", "_y_offset", "_y_scale")


def scaling_rule(normalize, loss, quantiles, *, per_timestep):
    """Return how X and y are to be scaled, in plain values.

    Parameters
    ----------
    normalize : bool
        Whether they are scaled at all.
    loss : str or callable
        The loss that sees the scaled y, unless there are `quantiles`.
    quantiles : tuple of float or None
        Levels to predict.
    per_timestep : bool
        See `sequence_scale`.

    Returns
    -------
    dict
        ``"normalize"``; ``"y"``, which is "shift", "scale" or None, see `scaling_of`;
        ``"per_timestep"``.
    """
    of_y = "shift" if quantiles is not None else scaling_of(loss)
    return {
        "normalize": bool(normalize),
        "y": of_y if normalize else None,
        "per_timestep": bool(normalize and per_timestep),
    }


def new_scales(data, rule, head, owner):
    """Return the scales that training rows call for, by the names of their attributes.

    Parameters
    ----------
    data : tuple of ndarray
        Sequences, targets of shape (n_samples, n_outputs) and weights of the rows.
    rule : dict
        See `scaling_rule`.
    head : str
        See `apply_head`.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        If values are too large to be scaled, or to be left unscaled.
    """
    sequences, y, sample_weight = data
    x_offset, x_scale = np.zeros((1, 1)), np.ones((1, 1))
    y_offset, y_scale = np.zeros(1), np.ones(1)
    if rule["normalize"]:
        _check_size(sequences, "X", owner)
        x_offset, x_scale = sequence_scale(
            sequences, sample_weight, per_timestep=rule["per_timestep"]
        )
    else:
        _check_unscaled(sequences, "X", owner, "Use `normalize=True`.")
    if rule["y"] is not None:
        _check_size(y, "y", owner)
        y_offset, y_scale = target_scale(y, head, sample_weight)
        if rule["y"] == "scale":
            y_offset = np.zeros_like(y_offset)
        if not y_offset.any():
            warn_of_distance(y, y_scale, owner)
    elif rule["normalize"]:
        _check_unscaled(y, "y", owner, "This `loss` takes y as it is: divide y.")
    else:
        _check_unscaled(y, "y", owner, "Use `normalize=True`.")
    return dict(zip(_SCALES, (x_offset, x_scale, y_offset, y_scale), strict=True))


def _check_size(values, what, owner):
    largest = float(np.abs(values).max())  # float32 would overflow below
    if largest > _LARGEST_SCALED:
        raise ValueError(
            f"{owner}: {what} holds values of up to {largest:.1e}, too close to the "
            f"largest float64, {np.finfo(np.float64).max:.1e}. Divide {what} by a "
            "constant."
        )


def _check_unscaled(values, what, owner, cure):
    largest = float(np.abs(values).max())  # float32 would overflow below
    if largest > _LARGEST_INPUT:
        raise ValueError(
            f"{owner}: {what} holds values of up to {largest:.1e}, beyond the float32 "
            f"that a network works in. {cure}"
        )


def scales_of(estimator):
    """Return the scales of a fitted estimator, by the names of their attributes."""
    return {name: getattr(estimator, name) for name in _SCALES}


def to_network(data, *, _x_offset, _x_scale, _y_offset, _y_scale):
    """Bring sequences, targets and weights to the units that the network works in."""
    sequences, y, sample_weight = data
    return (
        scale_sequences(sequences, _x_offset, _x_scale),
        ((y - _y_offset) / _y_scale).astype(np.float32),
        sample_weight.astype(np.float32),
    )


def scaling_of(loss):
    """Return what a loss lets be done with y: "shift", "scale", or None."""
    loss = getattr(loss, "func", loss)  # of a functools.partial
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", None)
    name = (name or type(loss).__name__).lower().replace("_", "")
    if name in _LOSSES_OF_SHARES:
        return None
    return "scale" if name in _LOSSES_OF_POSITIVE else "shift"


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
    exponents = _exponents(rows, axis=0)
    units = np.ldexp(1.0, np.where(abs(exponents) > _LARGEST_EXPONENT, exponents, 0))
    scaler = StandardScaler().fit(rows / units, sample_weight=sample_weight)
    return (
        (scaler.mean_ * units).reshape(-1, n_channels),
        (scaler.scale_ * units).reshape(-1, n_channels),
    )


def _exponents(values, axis=None):
    """Return the exponents of powers of two by which values are near 1."""
    return np.frexp(np.abs(values).max(axis=axis))[1] - 1


def scale_sequences(sequences, offset, scale):
    """Return scaled sequences as a network takes them: float32, and finite."""
    scaled = (sequences - offset) / scale
    return np.clip(scaled, -_LARGEST_INPUT, _LARGEST_INPUT).astype(np.float32)


def target_scale(y, head, sample_weight=None):
    """Return the shift and scale of the target that keep the guarantee of `head`.

    A positive head may only be scaled, since a shift would move its zero; an ordered
    one shares shift and scale over its outputs, since different ones could cross.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Training targets.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        See `apply_head`.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights of the rows.

    Returns
    -------
    offset, scale : ndarray of shape (n_outputs,)
        ``(y - offset) / scale`` is what the network learns.
    """
    axis = None if "ordered" in head else 0
    weights = None
    if sample_weight is not None:
        weights = np.broadcast_to(sample_weight[:, None], y.shape)
    unit = np.ldexp(1.0, _exponents(y))  # so that squares do not overflow
    mean = np.average(y / unit, axis=axis, weights=weights)
    spread = (y / unit - mean) ** 2
    scale = unit * np.sqrt(np.average(spread, axis=axis, weights=weights))
    mean = unit * mean
    # A constant target has no spread to divide by; neither has one that is constant
    # up to the rounding of its mean. Its own size has to do, or that of the others.
    constant = scale <= 10 * np.finfo(y.dtype).eps * np.abs(mean)
    smallest = np.min(scale, where=~constant, initial=np.inf)
    substitute = smallest if np.isfinite(smallest) else 1.0
    scale = np.where(constant, np.where(mean == 0, substitute, np.abs(mean)), scale)
    offset = np.zeros_like(mean) if "positive" in head else mean
    n_outputs = y.shape[1]
    return (
        np.array(np.broadcast_to(offset, n_outputs), dtype=np.float64),
        np.array(np.broadcast_to(scale, n_outputs), dtype=np.float64),
    )


def warn_of_distance(y, scale, owner):
    """Warn if float32 cannot tell targets apart that are so far from 0."""
    distance = np.abs(y).mean(axis=0) / scale
    if (distance > _LARGEST_DISTANCE).any():
        warnings.warn(
            f"{owner}: a positive head cannot shift y, whose mean is "
            f"{distance.max():.1e} times its standard deviation: too far from 0 for "
            "the float32 of a network. Use head='linear' within "
            "PositiveOrderedRegressor.",
            stacklevel=2,
        )
