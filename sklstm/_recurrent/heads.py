"""Output heads of a network: constraints that hold by construction.

A head maps the unbounded outputs of the last layer to outputs that are non-negative or
ordered for all weights. The same formula is used for training in Keras and for
prediction in NumPy. NumPy evaluates it in float64 and sums from left to right, so that
rounding cannot violate the constraints.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

HEADS = ("linear", "positive", "ordered", "positive_ordered")

# Activations of an output layer that only networks from Keras have.
OUTPUT_ACTIVATIONS = ("relu", "sigmoid", "tanh")

# The gradient of a softplus that starts at 0 would be 0.
_SMALLEST_START = 0.1


def softplus(values):
    """Return ``log(1 + exp(values))`` without overflow; never negative."""
    return np.logaddexp(0.0, values)


def _sigmoid(values):
    with np.errstate(over="ignore"):  # 1 / inf is 0, as it should be
        return 1 / (1 + np.exp(-values))


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "linear": lambda values: values,
    "relu": lambda values: np.maximum(values, 0),
    "sigmoid": _sigmoid,
    "softplus": softplus,
    "tanh": np.tanh,
}


def inverse_softplus(values):
    """Return the values whose softplus is `values`, which must be positive."""
    return values + np.log(-np.expm1(-values))


def apply_head(raw, head, n_groups=1, *, xp=np, softplus=softplus):
    """Map raw outputs to outputs that obey the constraints of `head`.

    Parameters
    ----------
    raw : array of shape (n_samples, n_outputs)
        Outputs of the last layer.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        Constraints on the result: none; ``>= 0``; not below the previous output; both.
        In NumPy also one of `OUTPUT_ACTIVATIONS`, which Keras has in its last layer.
    n_groups : int, default=1
        Number of equal parts of the outputs that are ordered by themselves.
    xp : module, default=numpy
        Namespace of `concatenate`, `cumsum` and `reshape`: NumPy or ``keras.ops``.
    softplus : callable
        The softplus function for arrays of `xp`.

    Returns
    -------
    array of shape (n_samples, n_outputs)
    """
    if head == "linear":
        return raw
    if head in OUTPUT_ACTIVATIONS:
        return ACTIVATIONS[head](raw)
    if head == "positive":
        return softplus(raw)
    if n_groups > 1:
        n_outputs = raw.shape[1]
        groups = xp.reshape(raw, (-1, n_outputs // n_groups))
        ordered = apply_head(groups, head, xp=xp, softplus=softplus)
        return xp.reshape(ordered, (-1, n_outputs))
    if head == "positive_ordered":
        return xp.cumsum(softplus(raw), axis=1)
    if raw.shape[1] == 1:
        return raw
    return xp.cumsum(xp.concatenate([raw[:, :1], softplus(raw[:, 1:])], axis=1), axis=1)


def start_of_head(location, head, n_groups=1):
    """Return raw outputs that `head` maps close to `location`.

    They are the initial biases of the output layer. If the head cannot reach
    `location`, or only where its gradient almost vanishes, the closest value with a
    sufficient gradient is used instead.

    Parameters
    ----------
    location : ndarray of shape (n_outputs,)
        Initial outputs, in the units of the network.
    head : {"linear", "positive", "ordered", "positive_ordered"}
        See `apply_head`.
    n_groups : int, default=1
        See `apply_head`.

    Returns
    -------
    ndarray of shape (n_outputs,)
    """
    if head == "linear":
        return location
    if head == "positive":
        return inverse_softplus(np.maximum(location, _SMALLEST_START))
    groups = location.reshape(n_groups, -1)
    steps = np.diff(groups, axis=1, prepend=0.0)
    raw = inverse_softplus(np.maximum(steps, _SMALLEST_START))
    if head == "ordered":
        raw[:, 0] = groups[:, 0]
    return raw.reshape(-1)


def location(targets, quantiles):
    """Return initial predictions: the means, or the empirical quantiles, of targets."""
    if quantiles is None:
        return targets.mean(axis=0)
    return np.concatenate([np.quantile(target, quantiles) for target in targets.T])
