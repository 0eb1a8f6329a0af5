"""A fitted LSTMRegressor as operators, from its arrays alone."""

import numpy as np

from sklstm._recurrent.heads import OUTPUT_ACTIVATIONS
from sklstm._recurrent.network import Architecture
from sklstm._recurrent.scaling import LARGEST_INPUT

_OPERATORS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "tanh": "Tanh",
}


def add_network(graph, regressor, x):
    """Add what a fitted LSTMRegressor predicts.

    As in `predict`, the network is computed in float32, and what comes before and after
    it in float64.

    Parameters
    ----------
    graph : Graph
        The graph to add to.
    regressor : LSTMRegressor
        Fitted.
    x : str
        Rows of its X, of any float dtype.

    Returns
    -------
    str
        float64, of shape (n_samples, n_outputs).
    """
    architecture = Architecture(**regressor._architecture)
    weights = iter(regressor.weights_)
    shape = architecture.n_timesteps, architecture.n_channels
    sequences = graph.reshape(graph.cast(x, np.float64), -1, *shape)
    lengths = None
    if architecture.masked:
        sequences, lengths = _present_first(graph, sequences, architecture)
    shifted = graph.add("Sub", sequences, graph.constant(regressor._x_offset))
    scaled = graph.add("Div", shifted, graph.constant(regressor._x_scale))
    limits = (graph.constant(np.float64(s * LARGEST_INPUT)) for s in (-1, 1))
    values = graph.cast(graph.add("Clip", scaled, *limits), np.float32)

    values = graph.add("Transpose", values, perm=[1, 0, 2])  # steps first
    last = len(architecture.units) - 1
    for k, units in enumerate(architecture.units):
        values = _add_lstm(
            graph, values, lengths, units, weights, architecture, every_step=k < last
        )
    for _, activation in architecture.hidden:
        values = _add_dense(graph, values, next(weights), next(weights))
        if activation != "linear":
            values = graph.add(_OPERATORS[activation], values)
    values = graph.cast(_add_dense(graph, values, *weights), np.float64)
    values = _add_head(graph, values, architecture)
    values = graph.add("Mul", values, graph.constant(regressor._y_scale))
    return graph.add("Add", values, graph.constant(regressor._y_offset))


def _present_first(graph, sequences, architecture):
    """Move absent steps to the end; return the sequences and their lengths.

    A layer leaves its states as they are at absent steps, as if they were not there.
    """
    n_steps = architecture.n_timesteps
    first = graph.reshape(graph.take(sequences, [0], axis=2), -1, n_steps)
    absent = graph.cast(graph.add("IsNaN", first), np.int64)
    by_step = graph.add("Mul", absent, graph.constant(n_steps, np.int64))
    by_step = graph.add("Add", by_step, graph.constant(np.arange(n_steps), np.int64))
    k = graph.constant([n_steps], np.int64)
    _, order = graph.add("TopK", by_step, k, n_outputs=2, axis=1, largest=0, sorted=1)
    order = graph.reshape(order, -1, n_steps, 1)
    moved = graph.add("GatherND", sequences, order, batch_dims=1)
    is_nan = graph.add("IsNaN", moved)
    moved = graph.add("Where", is_nan, graph.constant(np.float64(0)), moved)
    ones = graph.constant(np.ones((n_steps, 1)), np.float32)
    n_absent = graph.add("MatMul", graph.cast(absent, np.float32), ones)
    lengths = graph.add("Sub", graph.constant(n_steps, np.float32), n_absent)
    return moved, graph.cast(graph.reshape(lengths, -1), np.int32)


def _add_lstm(graph, x, lengths, units, weights, architecture, *, every_step):
    """Add an LSTM layer, or both directions of one; steps are the first axis of `x`."""
    n_directions = 1 + architecture.bidirectional
    directions = [
        [_in_order(next(weights)) for _ in range(3)] for _ in range(n_directions)
    ]
    kernel, recurrent, bias = map(np.stack, zip(*directions, strict=True))
    # ONNX has a second bias, for the state.
    bias = np.concatenate([bias, np.zeros_like(bias)], axis=1)
    outputs, hidden, _ = graph.add(
        "LSTM",
        x,
        *map(graph.constant, (kernel, recurrent, bias)),
        *([lengths] if lengths else []),
        n_outputs=3,
        hidden_size=units,
        direction="bidirectional" if architecture.bidirectional else "forward",
    )
    width = n_directions * units
    if every_step:  # (n_timesteps, n_directions, n_samples, units)
        by_sample = graph.add("Transpose", outputs, perm=[0, 2, 1, 3])
        return graph.reshape(by_sample, architecture.n_timesteps, -1, width)
    return graph.reshape(graph.add("Transpose", hidden, perm=[1, 0, 2]), -1, width)


def _in_order(weight):
    """Return weights of Keras' gates (i, f, c, o) as ONNX has them: (i, o, f, c)."""
    i, f, c, o = np.split(weight.T, 4)
    return np.concatenate([i, o, f, c])


def _add_dense(graph, x, kernel, bias):
    return graph.add("Gemm", x, *map(graph.constant, (kernel, bias)))


def _add_head(graph, raw, architecture):
    """Add the head; see `apply_head`."""
    head = architecture.head
    if head in OUTPUT_ACTIVATIONS:
        return graph.add(_OPERATORS[head], raw)
    if head == "positive":
        return _softplus(graph, raw)
    n_outputs = architecture.n_outputs // architecture.n_groups  # that are ordered
    if head == "linear" or (head == "ordered" and n_outputs == 1):
        return raw
    if architecture.n_groups > 1:
        raw = graph.reshape(raw, -1, n_outputs)
    steps = _softplus(graph, raw)
    if head == "ordered":
        first = graph.take(raw, [0], axis=1)
        others = graph.take(steps, np.arange(1, n_outputs), axis=1)
        steps = graph.add("Concat", first, others, axis=1)
    ordered = graph.add("CumSum", steps, graph.constant(1, np.int64))
    if architecture.n_groups > 1:
        ordered = graph.reshape(ordered, -1, architecture.n_outputs)
    return ordered


def _softplus(graph, values):
    """Add a softplus of float64 values, which not every opset of a runtime has."""
    zero, one = (graph.constant(np.float64(number)) for number in (0, 1))
    small = graph.add("Exp", graph.add("Neg", graph.add("Abs", values)))
    small = graph.add("Log", graph.add("Add", one, small))
    return graph.add("Add", graph.add("Max", values, zero), small)
