"""A fitted network as an ordinary Keras model."""

import functools

import numpy as np

from sklstm._recurrent._keras.compat import keras
from sklstm._recurrent._keras.layers import assign_values, keras_head, raw_outputs


def build_model(architecture, weights, *, _x_offset, _x_scale, _y_offset, _y_scale):
    """Return a Keras model from X to predictions, both in the user's units."""
    # The offset is subtracted first, in float64, since X may be far from 0.
    shape = (architecture.n_timesteps, architecture.n_channels)
    inputs = keras.Input(shape, dtype="float64", name="X")
    layer = functools.partial(keras.layers.Rescaling, dtype="float64")
    x = layer(1.0, -_x_offset, name="shift")(inputs)
    x = layer(1.0 / _x_scale, name="scale")(x)
    outputs = keras_head(raw_outputs(architecture, x), architecture)
    outputs = layer(_y_scale, _y_offset, name="rescale")(outputs)
    model = keras.Model(inputs, outputs, name="lstm_regressor")
    assign_values(model.trainable_variables, weights)
    # Keras exports a model to ONNX only if it has been called.
    model(np.zeros((1, *shape)))
    return model
