"""Output heads of a network: guarantees that hold by construction.

A head turns the raw, unbounded outputs of the last layer into outputs that are
non-negative or ordered whatever the weights are. The same formula trains in Keras and
predicts in NumPy, there in float64 and summed from left to right, so that rounding
cannot break what the formula promises.
"""

import numpy as np

HEADS = ("linear", "positive", "ordered", "positive_ordered")

# A step that starts at exactly 0 would have no gradient to grow with.
_SMALLEST_START = 0.1


def softplus(values):
    """Return ``log(1 + exp(values))`` without overflow; never negative."""
    return np.logaddexp(0.0, values)


def inverse_softplus(values):
    """Return the values whose softplus is `values`, which must be positive."""
    return values + np.log(-np.expm1(-values))


def apply_head(raw, head, *, xp=np, softplus=softplus):
    """Map raw outputs to outputs with the guarantee of `head`.

    Parameters
    ----------
    raw : array of shape (n_samples, n_outputs)
        Outputs of the last layer.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        What the result obeys: nothing; ``>= 0``; each output at least the one before
        it; both.
    xp : module, default=numpy
        Where `concatenate` and `cumsum` come from: NumPy, or ``keras.ops``.
    softplus : callable
        The softplus function that belongs to `xp`.

    Returns
    -------
    array of shape (n_samples, n_outputs)
    """
    if head == "linear":
        return raw
    if head == "positive":
        return softplus(raw)
    if head == "positive_ordered":
        return xp.cumsum(softplus(raw), axis=1)
    if raw.shape[1] == 1:
        return raw
    return xp.cumsum(xp.concatenate([raw[:, :1], softplus(raw[:, 1:])], axis=1), axis=1)


def start_of_head(location, head):
    """Return raw outputs that `head` maps near `location`.

    They are the biases with which training starts. Where `location` lies outside the
    reach of the head, or so close to its edge that a unit would have next to no
    gradient, the nearest start with a gradient is taken.

    Parameters
    ----------
    location : ndarray of shape (n_outputs,)
        Where the outputs should start, in the units that the network works in.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        See `apply_head`.

    Returns
    -------
    ndarray of shape (n_outputs,)
    """
    if head == "linear":
        return location
    if head == "positive":
        return inverse_softplus(np.maximum(location, _SMALLEST_START))
    steps = np.diff(location, prepend=0.0)
    raw = inverse_softplus(np.maximum(steps, _SMALLEST_START))
    if head == "ordered":
        raw[0] = location[0]
    return raw


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
