"""What LSTMRegressor checks and prepares before a network is trained."""

import warnings
from numbers import Integral
from pickle import PicklingError

import numpy as np

from sklstm._recurrent.sequences import scale_sequences
from sklstm._utils.text import percent
from sklstm.exceptions import ConstraintWarning

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


def to_network(data, *, _x_offset, _x_scale, _y_offset, _y_scale):
    """Bring sequences, targets and weights to the units that the network works in."""
    sequences, y, sample_weight = data
    return (
        scale_sequences(sequences, _x_offset, _x_scale),
        ((y - _y_offset) / _y_scale).astype(np.float32),
        sample_weight.astype(np.float32),
    )


def check_quantiles(quantiles, name):
    """Return the levels as a tuple of floats, or None."""
    if quantiles is None:
        return None
    levels = np.asarray(quantiles)
    if levels.ndim != 1 or levels.size == 0 or levels.dtype.kind not in "fi":
        raise ValueError(
            f"{name}: `quantiles` must be a sequence of numbers; got {quantiles!r}."
        )
    if not (levels[0] > 0 and levels[-1] < 1 and np.all(np.diff(levels) > 0)):
        raise ValueError(
            f"{name}: `quantiles` must be in (0, 1) and increasing; got {quantiles!r}."
        )
    return tuple(levels.tolist())


def check_units(units, name):
    """Return the sizes of the layers as a tuple."""
    layers = units if isinstance(units, tuple | list) else (units,)
    if not layers or not all(
        isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0
        for n in layers
    ):
        raise ValueError(
            f"{name}: `units` must be a positive int, or one for each of the stacked "
            f"layers; got {units!r}."
        )
    return tuple(int(n) for n in layers)


def resolve_batch_size(batch_size, n_rows):
    """Return how many rows a minibatch takes."""
    if batch_size == "auto":
        return next((size for size in (32, 16) if n_rows >= 20 * size), 8)
    # A minibatch is filled up with empty rows, which cost nothing while it is small:
    # one program then serves any number of rows. A large one stops at twice the rows.
    enough = max(1024, 2 ** int(n_rows - 1).bit_length())
    return min(int(batch_size), enough)


def scaling_of(loss):
    """Return what a loss lets be done with y: "shift", "scale", or None."""
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", None)
    name = (name or type(loss).__name__).lower().replace("_", "")
    if name in _LOSSES_OF_SHARES:
        return None
    return "scale" if name in _LOSSES_OF_POSITIVE else "shift"


def check_instances(loss, optimizer, name):
    """Raise if a class stands where an instance of it belongs."""
    for parameter, value in (("loss", loss), ("optimizer", optimizer)):
        if isinstance(value, type):
            raise TypeError(
                f"{name}: `{parameter}` must be a name or an instance; got the class "
                f"{value.__name__}. Write {value.__name__}() instead."
            )


def check_callbacks(callbacks, normalize, name):
    """Return the callbacks as a tuple; warn of those that save the inner network."""
    if callbacks is None:
        return ()
    if not isinstance(callbacks, list | tuple):
        callbacks = (callbacks,)
    for callback in callbacks:
        if isinstance(callback, type) or not hasattr(callback, "set_model"):
            raise ValueError(
                f"{name}: `callbacks` must be instances of keras.callbacks.Callback; "
                f"got {callback!r}."
            )
        if normalize and not getattr(callback, "save_weights_only", True):
            warnings.warn(
                f"{name}: {type(callback).__name__} saves the network as it works on "
                "normalised X and y. To predict from X itself, save `model_` after the "
                "fit, or use normalize=False.",
                stacklevel=2,
            )
    return tuple(callbacks)


def can_be_pickled(callbacks):
    """Tell if the callbacks can be pickled by any means; open files cannot."""
    try:
        from cloudpickle import dumps  # it takes what is defined in a script, too
    except ImportError:
        from pickle import dumps
    try:
        dumps(callbacks)
    except (AttributeError, TypeError, PicklingError):
        return False
    return True


def check_target(y, quantiles, name):
    """Return y as a float64 array of shape (n_samples, n_targets)."""
    if quantiles is not None and y.ndim == 2 and y.shape[1] > 1:
        raise ValueError(
            f"{name}: `quantiles` are those of one target, so y must be 1-D; got y of "
            f"shape {y.shape}."
        )
    return np.asarray(y, dtype=np.float64).reshape(len(y), -1)


def drop_weightless(X, y, sample_weight, name):
    """Leave out rows of weight 0, and bring the weights to a mean of 1."""
    kept = sample_weight > 0
    if not kept.any():
        raise ValueError(
            f"{name}: `sample_weight` is 0 for all {len(X)} rows, so there is nothing "
            "to train on."
        )
    if not kept.all():
        X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
    return X, y, sample_weight / sample_weight.mean()


def warn_of_distance(y, scale, name):
    """Warn if float32 cannot tell targets apart that are so far from 0."""
    distance = np.abs(y).mean(axis=0) / scale
    if (distance > _LARGEST_DISTANCE).any():
        warnings.warn(
            f"{name}: a positive head cannot shift y, whose mean is "
            f"{distance.max():.1e} times its standard deviation: too far from 0 for "
            "the float32 of a network. Use head='linear' within "
            "PositiveOrderedRegressor.",
            stacklevel=2,
        )


def warn_of_unreachable(y, head, name):
    """Warn if the head cannot predict some of the targets."""
    broken = np.zeros(len(y), dtype=bool)
    if "positive" in head:
        broken |= np.any(y < 0, axis=1)
    if "ordered" in head:
        broken |= np.any(np.diff(y, axis=1) < 0, axis=1)
    if broken.any():
        what = head.replace("_", " and ").replace("positive", "non-negative")
        warnings.warn(
            f"{name}: {percent(broken.mean())} of the training targets are not {what}, "
            f"so no prediction of `head`={head!r} can reach them. Was y normalised? "
            "`normalize=True` does that inside, in the way that the head allows.",
            ConstraintWarning,
            stacklevel=2,
        )


def location(targets, quantiles):
    """Where predictions start: at the mean, or the empirical quantiles, of y."""
    if quantiles is None:
        return targets.mean(axis=0)
    return np.quantile(targets[:, 0], quantiles)
