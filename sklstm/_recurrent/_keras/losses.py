"""Losses, as functions that return one value for each row."""

import numpy as np

from sklstm._recurrent._keras.compat import keras
from sklstm._utils.text import shortened


def _pinball_loss(quantiles, n_targets):
    levels = np.tile(np.asarray(quantiles, dtype=np.float32), n_targets)

    def pinball(y_true, y_pred):
        if n_targets > 1:
            y_true = keras.ops.repeat(y_true, len(quantiles), axis=-1)
        error = y_true - y_pred
        return keras.ops.mean(
            keras.ops.maximum(levels * error, (levels - 1.0) * error), axis=-1
        )

    return pinball


def by_name(get, name, what):
    """Look up a loss or an optimizer of Keras by name."""
    try:
        return get(name)
    except ValueError as error:
        raise ValueError(
            f"LSTMRegressor: `{what}` must be an instance or the name of one of Keras' "
            f"own, such as {'mse' if what == 'loss' else 'adam'!r}; got "
            f"{shortened(name)}."
        ) from error


def row_losses(training, n_targets):
    """Return the function from targets and predictions to the loss of each row."""
    if training.quantiles is not None:
        return _pinball_loss(training.quantiles, n_targets)
    loss = training.loss
    if isinstance(loss, str):
        loss = by_name(keras.losses.get, loss, "loss")
    # `call` returns the values before they are reduced to one number.
    return loss.call if isinstance(loss, keras.losses.Loss) else loss
