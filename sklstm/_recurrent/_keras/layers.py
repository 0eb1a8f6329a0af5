"""The Keras layers of a network."""

from sklstm._recurrent._keras.compat import keras
from sklstm._recurrent.heads import apply_head


def _hidden_layers(architecture, x):
    last = len(architecture.units) - 1
    for k, units in enumerate(architecture.units):
        layer = keras.layers.LSTM(
            units,
            return_sequences=k < last,
            kernel_initializer=keras.initializers.GlorotUniform(seed=0),
            recurrent_initializer=keras.initializers.Orthogonal(seed=0),
            seed=0,
            dtype="float32",
            name=f"lstm_{k}",
        )
        if architecture.bidirectional:
            layer = keras.layers.Bidirectional(
                layer, dtype="float32", name=f"bidirectional_{k}"
            )
        x = layer(x)
        if architecture.dropout > 0:
            x = keras.layers.Dropout(
                architecture.dropout, seed=0, dtype="float32", name=f"dropout_{k}"
            )(x)
    return x


def raw_outputs(architecture, x):
    """Return the symbolic outputs of the last layer, before the head."""
    return keras.layers.Dense(
        architecture.n_outputs,
        kernel_initializer=keras.initializers.GlorotUniform(seed=0),
        dtype="float32",
        name="output",
    )(_hidden_layers(architecture, x))


def network_inputs(architecture):
    """Return the symbolic input of a network."""
    return keras.Input(
        (architecture.n_timesteps, architecture.n_channels), dtype="float32", name="X"
    )


def keras_head(raw, head):
    """Apply the head to symbolic outputs of the last layer."""
    return apply_head(raw, head, xp=keras.ops, softplus=keras.ops.softplus)


def get_values(variables):
    """Return copies of the values of Keras' variables."""
    return [variable.numpy().copy() for variable in variables]


def assign_values(variables, values):
    """Set the values of Keras' variables."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
