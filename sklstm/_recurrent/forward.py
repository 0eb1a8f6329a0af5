"""Raw outputs of a trained network, computed in NumPy.

A column is a sequence: ``gates @ [hidden state; inputs; 1]`` yields all gates of a step
for many sequences, and a row of the result is one gate of one unit. The sign of the
exponent in ``sigmoid(z) = 1 / (1 + exp(-z))`` is part of the prepared weights, which it
leaves exact, and its quotient is that of the value that the gate lets through.

The bits of a row depend neither on the other rows nor on the number of threads.
Libraries of linear algebra compute a product in blocks of columns, may sum up each
block in its own order, and share large products among threads. Products therefore have
`_WIDTH` columns, always, which kernels treat as one block, and so few rows that one
thread computes them. One call of NumPy computes many of them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from sklstm._recurrent.heads import ACTIVATIONS
from sklstm._utils.sklearn_private import _openmp_effective_n_threads

_WIDTH = 16

# OpenBLAS computes a product of at most so many multiplications on one thread.
_ONE_THREAD = 2**18

# A product with a single row is not one of two matrices to NumPy.
_FEWEST_ROWS = 4

# What a thread works on at a time: gates and states of a step, which should stay in its
# cache, and the inputs of a layer at all steps.
_CELL_BYTES = 256_000
_INPUT_BYTES = 64_000_000

# As an array without axes: NumPy takes as long to convert a number as to add it.
_ONE = np.array(1, dtype=np.float32)


@dataclass(frozen=True)
class _Network:
    """Weights in the form that prediction needs.

    `gates` has, for each layer, an array of shape (n_directions, 1, n_blocks, n_rows,
    units + n_inputs + 1). The rows of all blocks are the gates: padding, output, input,
    forget and candidate. `dense` are the Dense layers, `output` the last of them.
    """

    gates: list
    dense: list
    output: "_Dense"


@dataclass(frozen=True)
class _Dense:
    """A Dense layer: `kernel`, of shape (n_blocks, n_rows, n_inputs), with padding."""

    kernel: np.ndarray
    bias: np.ndarray
    activation: str = "linear"


def raw_outputs(architecture, weights, sequences, scale):
    """Return the outputs of a network before its head.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : list of ndarray
        Trained weights, float32, in the order of Keras' variables.
    sequences : ndarray of shape (n_samples, n_timesteps, n_channels)
        Sequences. Not changed.
    scale : callable
        Maps some of the sequences to the float32 inputs of the network. NaN in every
        channel marks absent steps, which the network skips.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        float32.
    """
    network = _prepare(architecture, weights)
    n_rows, n_at_a_time = len(sequences), _rows_at_a_time(architecture)
    if n_rows <= n_at_a_time:
        return _predict(network, scale(sequences))
    raw = np.empty((n_rows, architecture.n_outputs), dtype=np.float32)

    def predict_rows(start):
        rows = slice(start, start + n_at_a_time)
        raw[rows] = _predict(network, scale(sequences[rows]))

    starts = range(0, n_rows, n_at_a_time)
    n_threads = min(_openmp_effective_n_threads(), len(starts))
    if n_threads == 1:
        for start in starts:
            predict_rows(start)
    else:
        with ThreadPoolExecutor(n_threads) as threads:
            for _ in threads.map(predict_rows, starts):
                pass  # raises what a thread has raised
    return raw


def _rows_at_a_time(architecture):
    n_directions = 1 + architecture.bidirectional
    widest = n_directions * max(architecture.units)
    n_inputs = max(architecture.n_channels, widest)
    n_rows = min(
        _CELL_BYTES // (4 * 5 * widest),
        _INPUT_BYTES // (4 * architecture.n_timesteps * n_inputs),
    )
    return max(n_rows // _WIDTH, 1) * _WIDTH


def _prepare(architecture, weights):
    """Return the weights of Keras' layers as a `_Network`."""
    n_directions = 1 + architecture.bidirectional
    n_inputs = architecture.n_channels
    remaining = iter(weights)
    layers = []
    for units in architecture.units:
        n_inner = units + n_inputs + 1
        blocks = _blocks(4 * units, n_inner)
        layers.append(np.zeros((n_directions, 1, *blocks, n_inner), dtype=np.float32))
        for rows in layers[-1].reshape(n_directions, -1, n_inner):
            kernel, recurrent, bias = (next(remaining) for _ in range(3))
            stacked = np.concatenate([recurrent, kernel, bias[np.newaxis]])
            # Keras has the order input, forget, candidate, output.
            by_gate = stacked.reshape(n_inner, 4, units).transpose(1, 2, 0)
            gates = rows[-4 * units :].reshape(by_gate.shape)
            np.negative(by_gate[3], gates[0])
            np.negative(by_gate[:2], gates[1:3])
            np.copyto(gates[3], by_gate[2])
        n_inputs = n_directions * units
    dense = [
        _prepare_dense(next(remaining), next(remaining), activation)
        for _, activation in architecture.hidden
    ]
    return _Network(layers, dense, _prepare_dense(*remaining))


def _prepare_dense(kernel, bias, activation="linear"):
    n_inputs, n_outputs = kernel.shape
    blocks = np.zeros((*_blocks(n_outputs, n_inputs), n_inputs), dtype=np.float32)
    blocks.reshape(-1, n_inputs)[:n_outputs] = kernel.T
    return _Dense(blocks, bias, activation)


def _blocks(n_rows, n_inner):
    """Return how many blocks a matrix of `n_rows` is cut into, and the rows of each."""
    n_blocks = -(-n_rows * n_inner * _WIDTH // _ONE_THREAD)
    return n_blocks, max(-(-n_rows // n_blocks), _FEWEST_ROWS)


def _tiles(columns, n_blocks=1):
    """Return a view of (..., n_rows, n_columns) as the products see it.

    Its shape is (..., n_columns // _WIDTH, n_blocks, n_rows // n_blocks, _WIDTH).
    """
    *outer, n_rows, n_columns = columns.shape
    shape = (*outer, n_blocks, n_rows // n_blocks, n_columns // _WIDTH, _WIDTH)
    return np.moveaxis(columns.reshape(shape), -2, -4)


def _predict(network, inputs):
    """Return the raw outputs of float32 inputs."""
    n_rows, n_timesteps, n_channels = inputs.shape
    n_columns = -(-n_rows // _WIDTH) * _WIDTH
    x = np.zeros((n_timesteps, n_columns, n_channels), dtype=np.float32)
    x[:, :n_rows] = inputs.swapaxes(0, 1)
    is_nan = np.isnan(x[:, :, 0])
    x[is_nan] = 0.0
    absent = is_nan if is_nan.any() else None
    # Transposed step by step: all at once would read memory far apart.
    x = x.swapaxes(1, 2)
    # All columns of a product are computed, but not all need to be activated.
    n_used = n_rows if n_rows < _WIDTH else n_columns
    # Where exp overflows, its inverse is 0, as it should be.
    with np.errstate(over="ignore", under="ignore"):
        for gates in network.gates[:-1]:
            x = _run_layer(gates, x, absent, n_used, every_step=True)
        last = _run_layer(network.gates[-1], x, absent, n_used, every_step=False)
        for layer in network.dense:
            values = _multiply(layer, last) + layer.bias[:, np.newaxis]
            last = ACTIVATIONS[layer.activation](values)
    return _multiply(network.output, last)[:, :n_rows].T + network.output.bias


def _multiply(layer, columns):
    """Return the products of a Dense layer, of shape (n_outputs, n_columns)."""
    n_blocks, n_outputs, _ = layer.kernel.shape
    product = np.empty((n_blocks * n_outputs, columns.shape[1]), dtype=np.float32)
    np.matmul(layer.kernel, _tiles(columns), _tiles(product, n_blocks))
    return product[: len(layer.bias)]


def _run_layer(gates, x, absent, n_used, *, every_step):
    """Return the hidden states of a layer.

    Parameters
    ----------
    gates : ndarray of shape (n_directions, 1, n_blocks, n_rows, units + n_inputs + 1)
        As in `_Network`.
    x : ndarray of shape (n_timesteps, n_inputs, n_columns)
        Inputs.
    absent : ndarray of shape (n_timesteps, n_columns) or None
        Mask of the steps that leave the states of their sequences as they are.
    n_used : int
        The columns that count; the others stay 0.
    every_step : bool
        Whether to return the states after each step, or those after the last.

    Returns
    -------
    ndarray of shape (n_timesteps, n_directions * units, n_columns) or \
            (n_directions * units, n_columns)
    """
    n_directions, _, n_blocks, n_rows, n_inner = gates.shape
    n_timesteps, n_inputs, n_columns = x.shape
    units = n_inner - n_inputs - 1
    # The right factor of the products: hidden state, inputs and 1.
    factor = np.zeros((n_directions, n_inner, n_columns), dtype=np.float32)
    factor[:, -1] = 1.0
    hidden, inputs = factor[:, :units], factor[:, units:-1]
    n_gates = n_blocks * n_rows
    room = np.zeros((n_directions, n_gates + units, n_columns), dtype=np.float32)
    product, cell = room[:, :n_gates], room[:, n_gates - 4 * units :]
    if n_used < n_columns:
        cell = np.zeros((n_directions, 5 * units, n_used), dtype=np.float32)
    if every_step:
        shape = (n_timesteps, n_directions * units, n_columns)
        states = np.empty(shape, dtype=np.float32)
    advance = _step(gates, factor, product, cell)
    if absent is not None:
        advance = _skipping(advance, absent, hidden, cell[:, -units:])
    for k in range(n_timesteps):
        np.copyto(inputs[0], x[k])
        if n_directions == 2:
            np.copyto(inputs[1], x[-1 - k])
        advance(k)
        if every_step:
            states[k, :units] = hidden[0]
            if n_directions == 2:
                states[-1 - k, units:] = hidden[1]
    return states if every_step else hidden.reshape(-1, n_columns)


def _step(gates, factor, product, cell):
    """Return a function that advances a layer by one step, in place.

    It replaces the hidden state in `factor`, of shape (n_directions, units + n_inputs +
    1, n_columns), by the next one. `product`, of shape (n_directions, n_blocks *
    n_rows, n_columns), has room for the products, and `cell`, of shape (n_directions, 5
    * units, n_used), for the gates; `cell` ends with the cell state. The two may
    overlap.
    """
    units, n_used = cell.shape[1] // 5, cell.shape[2]
    output, input_forget, candidate, state = np.split(
        cell, [units, 3 * units, 4 * units], axis=1
    )
    sigmoids, candidate_state = cell[:, : 3 * units], cell[:, 3 * units :]
    exponents = product[:, -4 * units : -units, :n_used]
    raw_candidate = product[:, -units:, :n_used]
    hidden = factor[:, :units, :n_used]
    factors, products = _tiles(factor), _tiles(product, gates.shape[2])

    def advance(_):
        # The results go where the last argument says; `out=` would cost time.
        np.matmul(gates, factors, products)
        np.exp(exponents, sigmoids)
        np.add(sigmoids, _ONE, sigmoids)
        np.tanh(raw_candidate, candidate)
        # c = i tanh(g) + f c, and h = o tanh(c)
        np.divide(candidate_state, input_forget, candidate_state)
        np.add(state, candidate, state)
        np.tanh(state, candidate)
        np.divide(candidate, output, hidden)

    return advance


def _skipping(advance, absent, hidden, state):
    """Return a function that advances a layer by one step where it is not absent.

    `hidden` and `state`, of shape (n_directions, units, ...), are what `advance`
    changes. The second direction takes the steps in reverse order.
    """
    n_used = state.shape[2]
    by_direction = [absent[:, :n_used], absent[::-1, :n_used]][: len(state)]

    def advance_present(k):
        kept = []
        for direction, skipped in enumerate(by_direction):
            (columns,) = np.nonzero(skipped[k])
            for values in (hidden[direction], state[direction]):
                kept.append((values, columns, values[:, columns]))
        advance(k)
        for values, columns, before in kept:
            values[:, columns] = before

    return advance_present
