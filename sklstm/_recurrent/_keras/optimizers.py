"""Optimizers, by name or as copies without variables."""

from sklstm._recurrent._keras.compat import (
    is_variable,
    keras,
    learning_rate_of,
    weight_decay_exclusions,
    with_learning_rate,
)
from sklstm._recurrent._keras.losses import by_name


def make_optimizer(training):
    """Return a new optimizer, without variables."""
    if isinstance(training.optimizer, str):
        return by_name(keras.optimizers.get, training.optimizer, "optimizer")
    # An optimizer holds variables of the network that it trains, so it is copied.
    return _copy_optimizer(training.optimizer)


def _copy_optimizer(optimizer):
    """Return a copy of an optimizer without its variables.

    A copy by configuration alone would lose the exclusions from weight decay, and fail
    for a schedule that is not registered with Keras.
    """
    rate = learning_rate_of(optimizer)
    if is_variable(rate):
        config = optimizer.get_config()
    else:  # a schedule or a function, which has no state
        constant = with_learning_rate(optimizer, keras.Variable(0.0))
        config = {**constant.get_config(), "learning_rate": rate}
    copied = type(optimizer).from_config(config)
    for name, value in weight_decay_exclusions(optimizer).items():
        setattr(copied, name, value)
    return copied


def averages_itself(optimizer):
    """Return whether an optimizer, or the one inside it, averages the weights."""
    return getattr(optimizer, "inner_optimizer", optimizer).use_ema


def initial_learning_rate(training):
    """Return the initial learning rate, or None if there is a schedule."""
    if isinstance(training.optimizer, str):
        return training.learning_rate
    rate = training.optimizer.learning_rate
    return float(rate) if is_variable(rate) else None
