"""Losses that return one value for each row."""

import numpy as np

from sklstm._recurrent._keras.compat import keras


def _pinball_loss(quantiles):
    levels = np.asarray(quantiles, dtype=np.float32)

    def pinball(y_true, y_pred):
        error = y_true - y_pred
        return keras.ops.mean(
            keras.ops.maximum(levels * error, (levels - 1.0) * error), axis=-1
        )

    return pinball


def by_name(get, name, what):
    """Look up a loss or an optimizer, with an error that names the parameter."""
    try:
        return get(name)
    except ValueError as error:
        raise ValueError(
            f"LSTMRegressor: `{what}` must be one that Keras knows, such as "
            f"{'mse' if what == 'loss' else 'adam'!r}; got {name!r}."
        ) from error


def row_losses(training):
    """Return the function from targets and predictions to the loss of each row."""
    if training.quantiles is not None:
        return _pinball_loss(training.quantiles)
    loss = training.loss
    if isinstance(loss, str):
        loss = by_name(keras.losses.get, loss, "loss")
    # `call` is what a Loss computes before it reduces that to one number.
    return loss.call if isinstance(loss, keras.losses.Loss) else loss
