"""The Keras layers of a network."""

from sklstm._recurrent._keras.compat import keras
from sklstm._recurrent.heads import OUTPUT_ACTIVATIONS, apply_head
from sklstm._recurrent.steps import ABSENT


def _hidden_layers(architecture, x):
    last = len(architecture.units) - 1
    mask = None
    if architecture.masked:
        # False for NaN, too
        is_value = keras.ops.abs(x) < ABSENT
        mask = keras.ops.any(is_value, axis=-1)
        x = keras.ops.where(is_value, x, 0.0)
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
        x = layer(x, mask=mask)
        if architecture.dropout > 0:
            x = keras.layers.Dropout(
                architecture.dropout, seed=0, dtype="float32", name=f"dropout_{k}"
            )(x)
    for k, (units, activation) in enumerate(architecture.hidden):
        x = _dense(units, activation, name=f"dense_{k}")(x)
    return x


def _dense(units, activation, *, name):
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=keras.initializers.GlorotUniform(seed=0),
        dtype="float32",
        name=name,
    )


def raw_outputs(architecture, x):
    """Return the symbolic outputs of the last layer, before the head."""
    head = architecture.head
    activation = head if head in OUTPUT_ACTIVATIONS else None
    x = _hidden_layers(architecture, x)
    return _dense(architecture.n_outputs, activation, name="output")(x)


def network_inputs(architecture):
    """Return the symbolic input of a network."""
    return keras.Input(
        (architecture.n_timesteps, architecture.n_channels), dtype="float32", name="X"
    )


def keras_head(raw, architecture):
    """Apply the head to symbolic outputs of the last layer."""
    head = architecture.head
    if head in OUTPUT_ACTIVATIONS:  # of that layer itself
        return raw
    return apply_head(
        raw,
        head,
        architecture.n_groups,
        xp=keras.ops,
        softplus=keras.ops.softplus,
    )


def get_values(variables):
    """Return copies of the values of Keras' variables."""
    return [variable.numpy().copy() for variable in variables]


def assign_values(variables, values):
    """Set the values of Keras' variables."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
