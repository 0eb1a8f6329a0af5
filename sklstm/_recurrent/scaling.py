"""Scaling of X and y between the user's units and the units of the network."""

import warnings

import numpy as np
from sklearn.preprocessing import StandardScaler

from sklstm._recurrent.steps import ABSENT, has_absent, present

# Keras' losses that do not depend on differences alone, by name without underscores.
# Losses of positive values need an unshifted zero; losses of fractions need y unscaled.
_LOSSES_OF_POSITIVE = {
    "poisson",
    "mape",
    "meanabsolutepercentageerror",
    "msle",
    "meansquaredlogarithmicerror",
}
_LOSSES_OF_FRACTIONS = {
    "bce",
    "binarycrossentropy",
    "binaryfocalcrossentropy",
    "categoricalcrossentropy",
    "categoricalfocalcrossentropy",
    "kld",
    "kldivergence",
    "kullbackleiblerdivergence",
}

# Beyond this ratio of mean and standard deviation, float32 cannot resolve y.
_LARGEST_DISTANCE = 1e5

# Larger inputs could overflow the float32 sums of a network.
LARGEST_INPUT = 1e30

# The difference of two larger values may overflow float64. Sums of squares of values
# with larger binary exponents, positive or negative, may overflow or vanish.
_LARGEST_SCALED = 1e307
_LARGEST_EXPONENT = 400

_SCALES = ("_x_offset", "_x_scale", "_y_offset", "_y_scale")


def scaling_rule(normalize, loss, quantiles, *, per_timestep):
    """Return how to scale X and y, as a dict of plain values.

    Parameters
    ----------
    normalize : bool
        Whether to scale them.
    loss : str or callable
        The loss. Ignored if there are `quantiles`.
    quantiles : tuple of float or None
        Levels to predict.
    per_timestep : bool
        See `sequence_scale`.

    Returns
    -------
    dict
        ``"normalize"``, ``"per_timestep"``, and ``"y"``: see `scaling_of`.
    """
    of_y = "shift" if quantiles is not None else scaling_of(loss)
    return {
        "normalize": bool(normalize),
        "y": of_y if normalize else None,
        "per_timestep": bool(normalize and per_timestep),
    }


def new_scales(data, rule, head, quantiles, owner):
    """Compute the scales of the training rows.

    Parameters
    ----------
    data : tuple of ndarray
        Sequences, targets of shape (n_samples, n_targets) and weights of the rows.
    rule : dict
        See `scaling_rule`.
    head : str
        See `apply_head`.
    quantiles : tuple of float or None
        Levels to predict of each target. Several targets have scales of their own,
        repeated for each level.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    dict of str to ndarray
        The scales by the names of their attributes.

    Raises
    ------
    ValueError
        If values are too large to be scaled, or for float32 if they are not scaled.
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
        by_target = quantiles is not None and y.shape[1] > 1
        y_offset, y_scale = target_scale(y, head, sample_weight, by_target=by_target)
        if rule["y"] == "scale":
            y_offset = np.zeros_like(y_offset)
        if not y_offset.any():
            warn_of_distance(y, y_scale, owner)
        if by_target:
            y_offset = np.repeat(y_offset, len(quantiles))
            y_scale = np.repeat(y_scale, len(quantiles))
    elif rule["normalize"]:
        _check_unscaled(
            y, "y", owner, "This `loss` uses y unscaled: divide y by a constant."
        )
    else:
        _check_unscaled(y, "y", owner, "Use `normalize=True`.")
    return dict(zip(_SCALES, (x_offset, x_scale, y_offset, y_scale), strict=True))


def _check_size(values, what, owner):
    largest = float(np.nanmax(np.abs(values)))
    if largest > _LARGEST_SCALED:
        raise ValueError(
            f"{owner}: {what} has values up to {largest:.1e}, too close to the largest "
            f"float64, {np.finfo(np.float64).max:.1e}. Divide {what} by a constant."
        )


def _check_unscaled(values, what, owner, cure):
    largest = float(np.nanmax(np.abs(values)))
    if largest > LARGEST_INPUT:
        raise ValueError(
            f"{owner}: {what} has values up to {largest:.1e}, beyond the range of the "
            f"network's float32. {cure}"
        )


def scales_of(estimator):
    """Return the scales of a fitted estimator by the names of their attributes."""
    return {name: getattr(estimator, name) for name in _SCALES}


def to_network(data, *, _x_offset, _x_scale, _y_offset, _y_scale):
    """Convert sequences, targets and weights to the network's units and float32."""
    sequences, y, sample_weight = data
    n_levels = max(1, len(_y_scale) // y.shape[1])  # of each target
    offset, scale = _y_offset[::n_levels], _y_scale[::n_levels]
    return (
        np.nan_to_num(
            scale_sequences(sequences, _x_offset, _x_scale), copy=False, nan=ABSENT
        ),
        ((y - offset) / scale).astype(np.float32),
        sample_weight.astype(np.float32),
    )


def scaling_of(loss):
    """Return how y may be normalised for a loss.

    "shift" stands for shift and scale, "scale" for scale alone, None for neither.
    """
    loss = getattr(loss, "func", loss)  # of a functools.partial
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", None)
    name = (name or type(loss).__name__).lower().replace("_", "")
    if name in _LOSSES_OF_FRACTIONS:
        return None
    return "scale" if name in _LOSSES_OF_POSITIVE else "shift"


def sequence_scale(sequences, sample_weight=None, *, per_timestep):
    """Return the offset and scale that give sequences mean 0 and variance 1.

    Parameters
    ----------
    sequences : ndarray of shape (n_samples, n_timesteps, n_channels)
        Training rows. Absent steps do not count.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights of the rows.
    per_timestep : bool
        Whether to scale each step separately, or all steps of a channel alike.

    Returns
    -------
    offset, scale : ndarray of shape (1 or n_timesteps, n_channels)
        float64.
    """
    n_samples, n_timesteps, n_channels = sequences.shape
    if sample_weight is not None and np.ptp(sample_weight) == 0:
        # With weights, scikit-learn sums by BLAS, whose threads keep a core busy for a
        # tenth of a second after that, in the way of the training that follows.
        sample_weight = None
    if per_timestep:
        rows = sequences.reshape(n_samples, -1)
    else:
        rows = sequences.reshape(-1, n_channels)
        if sample_weight is not None:
            sample_weight = np.repeat(sample_weight, n_timesteps)
        if has_absent(rows):
            kept = present(rows)
            rows = rows[kept]
            if sample_weight is not None:
                sample_weight = sample_weight[kept]
    exponents = _exponents(rows, axis=0)
    units = np.ldexp(1.0, np.where(abs(exponents) > _LARGEST_EXPONENT, exponents, 0))
    scaler = StandardScaler().fit(rows / units, sample_weight=sample_weight)
    return (
        (scaler.mean_ * units).reshape(-1, n_channels),
        (scaler.scale_ * units).reshape(-1, n_channels),
    )


def _exponents(values, axis=None):
    """Return the binary exponents of the largest absolute values."""
    return np.frexp(np.abs(values).max(axis=axis))[1] - 1


def scale_sequences(sequences, offset, scale):
    """Return scaled sequences as finite float32 inputs of a network."""
    with np.errstate(over="ignore"):  # infinite values are clipped
        scaled = sequences - offset
        scaled /= scale
    np.clip(scaled, -LARGEST_INPUT, LARGEST_INPUT, out=scaled)
    return scaled.astype(np.float32)


def target_scale(y, head, sample_weight=None, *, by_target=False):
    """Return the offset and scale of the target that preserve the head's constraints.

    With a positive head y is not shifted, since that would move its zero. With an
    ordered head all outputs share offset and scale, since outputs with different
    scales could cross.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        Training targets.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        See `apply_head`.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weights of the rows.
    by_target : bool, default=False
        Whether an ordered head orders quantiles of each target instead of the targets,
        so that they need not share a scale.

    Returns
    -------
    offset, scale : ndarray of shape (n_outputs,)
        The network learns ``(y - offset) / scale``.
    """
    axis = None if "ordered" in head and not by_target else 0
    weights = None
    if sample_weight is not None:
        weights = np.broadcast_to(sample_weight[:, None], y.shape)
    unit = np.ldexp(1.0, _exponents(y, axis))  # squares of y / unit do not overflow
    mean = np.average(y / unit, axis=axis, weights=weights)
    spread = (y / unit - mean) ** 2
    scale = unit * np.sqrt(np.average(spread, axis=axis, weights=weights))
    mean = unit * mean
    # A target that is constant, up to rounding of its mean, is divided by its absolute
    # value, or if that is 0, by the smallest scale of the other targets.
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
    """Warn if y is so far from 0 that float32 cannot resolve it."""
    distance = np.abs(y).mean(axis=0) / scale
    if (distance > _LARGEST_DISTANCE).any():
        warnings.warn(
            f"{owner}: y cannot be shifted with this `head` or `loss`, and its mean is "
            f"{distance.max():.1e} times its standard deviation, which float32 cannot "
            "resolve. Use head='linear' and a loss of differences, such as 'mse', "
            "within PositiveOrderedRegressor.",
            stacklevel=2,
        )
