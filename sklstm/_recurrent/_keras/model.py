"""An ordinary Keras model of a fitted network."""

import functools

import numpy as np

from sklstm._recurrent._keras.compat import keras
from sklstm._recurrent._keras.layers import assign_values, keras_head, raw_outputs


def build_model(architecture, weights, *, _x_offset, _x_scale, _y_offset, _y_scale):
    """Return a Keras model from X to predictions, both in the user's own units."""
    # In float64, and the offset first: X may lie far from 0.
    shape = (architecture.n_timesteps, architecture.n_channels)
    inputs = keras.Input(shape, dtype="float64", name="X")
    layer = functools.partial(keras.layers.Rescaling, dtype="float64")
    x = layer(1.0, -_x_offset, name="shift")(inputs)
    x = layer(1.0 / _x_scale, name="scale")(x)
    outputs = keras_head(raw_outputs(architecture, x), architecture.head)
    outputs = layer(_y_scale, _y_offset, name="rescale")(outputs)
    model = keras.Model(inputs, outputs, name="lstm_regressor")
    assign_values(model.trainable_variables, weights)
    # Export to ONNX takes a model that has been called.
    model(np.zeros((1, *shape)))
    return model
