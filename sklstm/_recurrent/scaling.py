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

_SCALES = ("_x_offset", "_x_scale", "_y_offset", "_y_scale")


def new_scales(data, loss, head, owner, *, per_timestep):
    """Return the scales that training rows call for, by the names of their attributes.

    Parameters
    ----------
    data : tuple of ndarray
        Sequences, targets of shape (n_samples, n_outputs) and weights of the rows.
    loss : str, callable or None
        None where the loss is that of quantiles.
    head : str
        See `apply_head`.
    owner : str
        Name of the caller, for error messages.
    per_timestep : bool
        See `sequence_scale`.

    Returns
    -------
    dict of str to ndarray
    """
    sequences, y, sample_weight = data
    of_x = sequence_scale(sequences, sample_weight, per_timestep=per_timestep)
    kind = "shift" if loss is None else scaling_of(loss)
    if kind is None:
        return {**unit_scales(), **dict(zip(_SCALES, of_x, strict=False))}
    offset, scale = target_scale(y, head, sample_weight)
    if kind == "scale":
        offset = np.zeros_like(offset)
    if not offset.any():
        warn_of_distance(y, scale, owner)
    return dict(zip(_SCALES, (*of_x, offset, scale), strict=True))


def unit_scales():
    """Return scales that change nothing, by the names of their attributes."""
    values = np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), np.ones(1)
    return dict(zip(_SCALES, values, strict=True))


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
    scaler = StandardScaler().fit(rows, sample_weight=sample_weight)
    return (
        scaler.mean_.reshape(-1, n_channels),
        scaler.scale_.reshape(-1, n_channels),
    )


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
    # Squares of targets brought to 1 do not overflow.
    unit = np.ldexp(1.0, np.frexp(np.abs(y).max())[1])
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
