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


def location(targets, quantiles):
    """Where predictions start: at the mean, or the empirical quantiles, of y."""
    if quantiles is None:
        return targets.mean(axis=0)
    return np.quantile(targets[:, 0], quantiles)
