"""A trained Keras model as the arrays and plain values of an LSTMRegressor.

Layers are recognised by their class and configuration, so that this module does not
import Keras. What would predict something else is refused.
"""

from dataclasses import dataclass

import numpy as np

from sklstm._recurrent.heads import ACTIVATIONS
from sklstm._recurrent.network import Architecture
from sklstm._utils.keras_objects import calls_of
from sklstm._utils.text import shortened

_LSTM_FUNCTIONS = {"activation": "tanh", "recurrent_activation": "sigmoid"}
_LSTM_OPTIONS = {
    "use_bias": True,
    "return_state": False,
    "stateful": False,
}
_FLOATS = ("float32", "float64")
# Where a function is what its name says.
_PACKAGES = ("keras", "tensorflow")
_HEADS = {"softplus": "positive"}
# The layers of Keras that are an activation, and its functions in functional models.
_ACTIVATION_LAYERS = {
    "ReLU": "relu",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Tanh": "tanh",
}
_REMEDY = "Use FrozenEstimator(model) in PositiveOrderedRegressor for any Keras model."


@dataclass
class _Affine:
    """The map ``factor * x + shift`` of the layers passed so far."""

    factor: np.ndarray
    shift: np.ndarray

    def then(self, factor, shift):
        return _Affine(self.factor * factor, self.shift * factor + shift)


def read_model(model, owner):
    """Return the architecture, the weights and the scales of a Keras model.

    Parameters
    ----------
    model : keras.Model
        Built, with one input of a fixed number of steps, and one output.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    architecture : Architecture
    weights : list of ndarray
        In the order of `LSTMRegressor.weights_`.
    scales : dict of str to ndarray
        By the names of the attributes of LSTMRegressor.

    Raises
    ------
    TypeError
        If `model` is not a Keras model.
    ValueError
        If the network cannot be taken over exactly. The message names the layer.
    """
    layers = _chain_of(model, owner)
    n_timesteps, n_channels = _shape_of(model, owner)
    unit = _Affine(np.ones((1, 1)), np.zeros((1, 1)))
    shape = n_timesteps, n_channels
    before, layers = _read_scaling(layers, unit, shape, owner)
    recurrent, rates, layers = _read_recurrent(layers, owner)
    dense, dense_rates, layers = _read_dense(layers, owner)
    *hidden, output = dense
    n_outputs = output.units
    unit = _Affine(np.ones(1), np.zeros(1))
    after, layers = _read_scaling(layers, unit, (n_outputs,), owner)
    if layers:
        raise _refusal(layers[0], "it comes after the output layer", owner)
    head = _HEADS.get(output.activation, output.activation)
    after = [
        np.array(np.broadcast_to(part, n_outputs)) for part in vars(after).values()
    ]
    if head == "positive" and not (np.all(after[0] > 0) and np.all(after[1] == 0)):
        raise ValueError(
            f"{owner}: the last Rescaling of the model must have a positive scale and "
            "no offset after softplus, which otherwise is not positive. "
            f"{_REMEDY}"
        )
    architecture = Architecture(
        n_timesteps=n_timesteps,
        n_channels=n_channels,
        n_outputs=n_outputs,
        units=tuple(layer.units for layer, _ in recurrent),
        bidirectional=recurrent[0][1],
        dropout=_single_rate(rates | dense_rates),
        head=head,
        hidden=tuple((layer.units, layer.activation) for layer in hidden),
    )
    scales = {
        "_x_offset": np.atleast_2d(-before.shift / before.factor),
        "_x_scale": np.atleast_2d(1.0 / before.factor),
        "_y_offset": after[1],
        "_y_scale": after[0],
    }
    weights = [weight for layer, _ in recurrent for weight in layer.weights]
    weights += [weight for layer in dense for weight in layer.weights]
    return architecture, weights, scales


def _single_rate(rates):
    """Return the rate of dropout, if there is one; it does not act in predictions."""
    return rates.pop() if len(rates) == 1 else 0.0


def _refusal(layer, why, owner):
    return ValueError(
        f"{owner}: layer {layer.name!r} ({type(layer).__name__}) cannot be taken over: "
        f"{why}. {_REMEDY}"
    )


def _is_keras(thing, *names):
    kind = type(thing)
    return kind.__module__.split(".")[0] == "keras" and kind.__name__ in names


def _chain_of(model, owner):
    """Return the layers of a model, each of which takes the output of the last."""
    if not _is_keras(model, "Sequential", "Functional"):
        raise TypeError(
            f"{owner}: `model` must be a keras.Sequential or a functional keras.Model; "
            f"got {type(model).__name__}. {_REMEDY}"
        )
    if not model.built or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"{owner}: `model` must be built and have one input and one output. "
            f"{_REMEDY}"
        )
    source = model.inputs[0]
    if source.dtype not in _FLOATS:
        raise ValueError(
            f"{owner}: the input {source.name!r} of `model` must be float32 or "
            f"float64; got {source.dtype}. {_REMEDY}"
        )
    if _is_keras(model, "Sequential"):
        operations = model.layers
    else:
        operations = _operations_in_chain(model, owner)
    chain = []
    for operation in operations:
        if _is_keras(operation, "Sequential", "Functional"):  # a model in a model
            chain.extend(_chain_of(operation, owner))
        elif _is_keras(operation, "Cast"):
            if operation.dtype not in _FLOATS:
                raise _refusal(operation, f"it casts to {operation.dtype}", owner)
        elif not _is_keras(operation, "InputLayer"):
            _check_dtype(operation, operation, owner)
            chain.append(operation)
    return chain


def _operations_in_chain(model, owner):
    """Return the layers of a functional model; raise if they form no chain."""
    # Keras 3.5 has an operation, not a layer, that casts between dtypes.
    operations = getattr(model, "operations", model.layers)
    operations = [one for one in operations if not _is_keras(one, "InputLayer")]
    last = model.inputs[0]
    for operation in operations:
        calls = [call for call in calls_of(operation) if _is_only(call[0], last)]
        if len(calls) != 1 or len(calls[0][1]) != 1:
            raise _refusal(operation, "the layers must form a chain", owner)
        ((_, (last,), options),) = calls
        for name, value in options.items():
            if value is not None and value is not False:
                raise _refusal(operation, f"it is called with `{name}`", owner)
    if last is not model.outputs[0]:
        raise _refusal(operations[-1], "the layers must form a chain", owner)
    return operations


def _is_only(tensors, tensor):
    return len(tensors) == 1 and tensors[0] is tensor


def _shape_of(model, owner):
    shape = tuple(model.inputs[0].shape)[1:]
    if len(shape) != 2 or None in shape:
        raise ValueError(
            f"{owner}: the input of `model` must have a fixed shape of (n_timesteps, "
            f"n_channels), such as keras.Input((24, 2)); got {shape}."
        )
    return shape


def _read_scaling(layers, affine, shape, owner):
    """Read Rescaling and Normalization layers; return their map and what is left.

    `shape` is that of a row of their input, which they must not change.
    """
    while layers and _is_keras(layers[0], "Rescaling", "Normalization"):
        layer, *layers = layers
        if _is_keras(layer, "Rescaling"):
            factor, shift = (np.asarray(v, float) for v in (layer.scale, layer.offset))
        elif layer.invert:
            raise _refusal(layer, "invert=True is not supported", owner)
        else:
            mean, variance = (
                np.asarray(v, float) for v in (layer.mean, layer.variance)
            )
            factor = 1.0 / np.maximum(np.sqrt(variance), 1e-7)  # as Keras does
            shift = -mean * factor
        n_axes = affine.factor.ndim
        parts = []
        for part in (factor, shift):
            while part.ndim > n_axes and part.shape[0] == 1:
                part = part[0]
            if np.broadcast_shapes(part.shape, shape) != shape:
                raise _refusal(layer, f"its scale has shape {part.shape}", owner)
            parts.append(part)
        if not (np.all(np.isfinite(parts[0])) and np.all(parts[0] != 0)):
            raise _refusal(layer, "its scale must be finite and not 0", owner)
        affine = affine.then(*parts)
    return affine, layers


def _read_recurrent(layers, owner):
    """Read LSTM and Dropout layers.

    Returns
    -------
    recurrent : list of (layer, bool)
        Forward LSTM layers or Bidirectional layers, and whether they are bidirectional.
    rates : set of float
        Those of the Dropout layers.
    layers : list
        What is left.
    """
    recurrent, rates = [], set()
    while layers and _is_keras(layers[0], "LSTM", "Bidirectional", "Dropout"):
        layer, *layers = layers
        if _is_keras(layer, "Dropout"):
            rates.add(float(layer.rate))
            continue
        recurrent.append(layer)
    if not recurrent:
        first = layers[0] if layers else None
        if first is None:
            raise ValueError(f"{owner}: `model` has no LSTM layer. {_REMEDY}")
        raise _refusal(first, "an LSTM layer must come first", owner)
    is_two_way = [_is_keras(layer, "Bidirectional") for layer in recurrent]
    for k, layer in enumerate(recurrent):
        _check_lstm(layer, is_last=k == len(recurrent) - 1, owner=owner)
        if is_two_way[k] != is_two_way[0]:
            raise _refusal(layer, "all or no LSTM layers must be bidirectional", owner)
    pairs = [
        (_Recurrent(layer), both)
        for layer, both in zip(recurrent, is_two_way, strict=True)
    ]
    return pairs, rates, layers


class _Recurrent:
    """An LSTM layer, or a Bidirectional one: its number of units and its weights."""

    def __init__(self, layer):
        self.units = getattr(layer, "forward_layer", layer).units
        self.weights = [np.asarray(w, np.float32) for w in layer.get_weights()]


def _check_lstm(layer, *, is_last, owner):
    cells = [layer]
    if _is_keras(layer, "Bidirectional"):
        if layer.merge_mode != "concat":
            raise _refusal(layer, f"merge_mode={layer.merge_mode!r}", owner)
        cells = [layer.forward_layer, layer.backward_layer]
    for direction, cell in enumerate(cells):
        if not _is_keras(cell, "LSTM"):
            raise _refusal(layer, f"it holds a {type(cell).__name__} layer", owner)
        if cell.units != cells[0].units:
            raise _refusal(layer, "its directions differ in units", owner)
        expected = {
            **_LSTM_FUNCTIONS,
            **_LSTM_OPTIONS,
            "go_backwards": direction == 1,
            "return_sequences": not is_last,
        }
        for name, value in expected.items():
            found = getattr(cell, name)
            if name in _LSTM_FUNCTIONS:
                found = _name_of_function(found)
            if found != value:
                raise _refusal(
                    layer, f"{name}={shortened(found)} instead of {value!r}", owner
                )
        _check_dtype(cell, layer, owner)


def _check_dtype(cell, layer, owner):
    dtype = getattr(cell, "compute_dtype", "float32")  # not every operation has one
    if dtype not in _FLOATS:
        raise _refusal(layer, f"it computes in {dtype}", owner)


def _name_of_function(function):
    """Return the name of a function, or itself if only its author knows what it is."""
    package = (getattr(function, "__module__", None) or "").split(".")[0]
    return getattr(function, "__name__", function) if package in _PACKAGES else function


@dataclass
class _Dense:
    """A Dense layer and its activation, which may be a layer of its own."""

    units: int
    activation: str
    weights: list


def _read_dense(layers, owner):
    """Read Dense, activation and Dropout layers.

    Returns
    -------
    dense : list of _Dense
        The last of them is the output.
    rates : set of float
        Those of the Dropout layers.
    layers : list
        What is left.
    """
    if not layers:
        raise ValueError(f"{owner}: `model` must end with a Dense layer. {_REMEDY}")
    if not _is_keras(layers[0], "Dense"):
        raise _refusal(layers[0], "a Dense layer must follow the LSTM layers", owner)
    dense, rates = [], set()
    while layers and _is_keras(layers[0], "Dense", "Dropout"):
        layer, *layers = layers
        if _is_keras(layer, "Dropout"):
            rates.add(float(layer.rate))
            continue
        activation = _activation_of(layer, owner)
        if activation == "linear" and layers and _is_activation(layers[0]):
            activation = _activation_of(layers[0], owner)
            layers = layers[1:]
        dense.append(_Dense(layer.units, activation, _dense_weights(layer, owner)))
    return dense, rates, layers


def _dense_weights(layer, owner):
    names = ["kernel", "bias"] if layer.use_bias else ["kernel"]
    if [weight.name for weight in layer.weights] != names:  # quantized, or with LoRA
        raise _refusal(layer, "it has other weights than a kernel and a bias", owner)
    weights = [np.asarray(w, np.float32) for w in layer.get_weights()]
    return weights if layer.use_bias else [*weights, np.zeros(layer.units, np.float32)]


def _is_activation(layer):
    return _is_keras(layer, "Activation", *_ACTIVATION_LAYERS)


def _activation_of(layer, owner):
    """Return the name of the activation of a Dense or an activation layer."""
    if _is_keras(layer, *_ACTIVATION_LAYERS):
        defaults = {"max_value": None, "negative_slope": 0, "threshold": 0}
        if any(getattr(layer, k, v) != v for k, v in defaults.items()):
            raise _refusal(layer, "it must be ReLU() without options", owner)
        return _ACTIVATION_LAYERS[type(layer).__name__]
    activation = _name_of_function(layer.activation)
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise _refusal(
            layer,
            f"activation={shortened(activation)} instead of one of "
            f"{', '.join(map(repr, ACTIVATIONS))}",
            owner,
        )
    return activation
