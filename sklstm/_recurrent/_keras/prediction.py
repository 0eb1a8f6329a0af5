"""Raw outputs of a network, from a compiled function of weights and inputs."""

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import joblib
import numpy as np

from sklstm._recurrent._keras.compat import keras, tf
from sklstm._recurrent._keras.layers import get_values, network_inputs, raw_outputs
from sklstm._recurrent._keras.program import pieces_per_call

# Matrix products take rows 4, 6 or 8 at a time, as the processor has it, and may round
# those of a remainder otherwise: a tile must leave none.
_TILE_ROWS = 24
_TILES_PER_CALL = 21
_CALLS_WORTH_THREADS = 4


@functools.lru_cache(maxsize=32)
def _predictor(architecture):
    """Return a compiled function of weights and tiles of rows to raw outputs.

    Rows are predicted in tiles of one fixed size: a row's result is then the same to
    the bit wherever it stands and however many come with it, and no new number of
    rows needs a new program.
    """
    inputs = network_inputs(architecture)
    outputs = raw_outputs(architecture, inputs)
    model = keras.Model(inputs, outputs, name="sklstm")
    unused = [tf.constant(value) for value in get_values(model.non_trainable_variables)]

    def predict_tiles(weights, x, n_tiles):
        def predict_tile(i, raw):
            tile, _ = model.stateless_call(weights, unused, x[i], training=False)
            return i + 1, tf.tensor_scatter_nd_update(raw, [[i]], tile[None])

        raw = tf.zeros((*x.shape[:2], architecture.n_outputs))
        return tf.while_loop(lambda i, _: i < n_tiles, predict_tile, (0, raw))[1]

    weights = [tf.TensorSpec(v.shape) for v in model.trainable_variables]
    return tf.function(
        predict_tiles, jit_compile=True, autograph=False
    ).get_concrete_function(
        weights,
        tf.TensorSpec((_tiles_per_call(architecture), _TILE_ROWS, *inputs.shape[1:])),
        tf.TensorSpec((), tf.int32),
    )


def _tiles_per_call(architecture):
    row_bytes = 4 * architecture.n_timesteps * architecture.n_channels
    return pieces_per_call(_TILE_ROWS * row_bytes, _TILES_PER_CALL)


def predict_raw(architecture, weights, X):
    """Return the raw outputs of a network, before its head.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : list of ndarray
        Trained weights.
    X : ndarray of shape (n_samples, n_timesteps, n_channels)
        float32, in the units that the network works in.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        float32.
    """
    # What acts in training alone is no reason for another program.
    predict_tiles = _predictor(replace(architecture, dropout=0.0, head="linear"))
    tiles = _tiles_per_call(architecture)
    rows_per_call = tiles * _TILE_ROWS
    weights = [tf.constant(weight) for weight in weights]
    raw = np.empty((len(X), architecture.n_outputs), dtype=np.float32)

    def predict_call(start):
        rows = X[start : start + rows_per_call]
        x = np.zeros((tiles, _TILE_ROWS, *X.shape[1:]), dtype=np.float32)
        x.reshape(-1, *X.shape[1:])[: len(rows)] = rows
        n_tiles = -(-len(rows) // _TILE_ROWS)
        out = predict_tiles(weights, tf.constant(x), tf.constant(n_tiles)).numpy()
        raw[start : start + len(rows)] = out.reshape(-1, out.shape[-1])[: len(rows)]

    starts = range(0, len(X), rows_per_call)
    if len(starts) < _CALLS_WORTH_THREADS:
        for start in starts:
            predict_call(start)
    else:  # a call keeps but one core busy
        with ThreadPoolExecutor(joblib.cpu_count()) as threads:
            for _ in threads.map(predict_call, starts):
                pass  # an error in a thread is raised here
    return raw


def clear_predictors():
    """Forget every compiled predictor."""
    _predictor.cache_clear()
