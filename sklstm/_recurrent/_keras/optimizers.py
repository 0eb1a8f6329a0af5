"""Optimizers: found by name, or copied without the variables they hold."""

from sklstm._recurrent._keras.compat import (
    is_variable,
    keras,
    learning_rate_of,
    weight_decay_exclusions,
    with_learning_rate,
)
from sklstm._recurrent._keras.losses import by_name


def make_optimizer(training):
    """Return the optimizer of one program."""
    if isinstance(training.optimizer, str):
        return by_name(keras.optimizers.get, training.optimizer, "optimizer")
    # A copy: an optimizer comes to hold variables of the network that it trains.
    return _copy_optimizer(training.optimizer)


def _copy_optimizer(optimizer):
    """Return an optimizer like this one, without its variables.

    Keras' own way, by the configuration, loses exclusions from weight decay, and fails
    for a schedule that is not registered with Keras.
    """
    rate = learning_rate_of(optimizer)
    if is_variable(rate):
        config = optimizer.get_config()
    else:  # a schedule or a function, which has no state of its own
        constant = with_learning_rate(optimizer, keras.Variable(0.0))
        config = {**constant.get_config(), "learning_rate": rate}
    copied = type(optimizer).from_config(config)
    for name, value in weight_decay_exclusions(optimizer).items():
        setattr(copied, name, value)
    return copied


def initial_learning_rate(training):
    """Return the rate to start with; None where a schedule decides it."""
    if isinstance(training.optimizer, str):
        return training.learning_rate
    rate = training.optimizer.learning_rate
    return float(rate) if is_variable(rate) else None
