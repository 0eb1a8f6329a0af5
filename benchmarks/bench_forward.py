"""Prediction of LSTMRegressor in NumPy against a compiled TensorFlow function.

The TensorFlow function is how LSTMRegressor predicted before: compiled with XLA, on
tiles of 24 rows, in as many threads as there are cores. Both are timed with random
weights, for the network alone and for a whole `predict`. The best of several runs in
turn counts. ``--cpu`` measures CPU seconds, summed over all threads, which other
programs distort less.
"""

import argparse
import functools
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from sklstm import LSTMRegressor
from sklstm._recurrent.forward import raw_outputs
from sklstm._recurrent.network import Architecture
from sklstm._recurrent.scaling import scale_sequences
from sklstm._recurrent.validation import validate_X

_TILE_ROWS = 24
_TILES_PER_CALL = 21
_ROWS = 2 * _TILE_ROWS * _TILES_PER_CALL  # two calls, for two threads


def shapes():
    """Yield the networks that are compared."""
    layers = ((1, False), (2, False), (1, True))
    for n_timesteps, n_channels, units, (n_layers, bidirectional) in itertools.product(
        (24, 168), (1, 16), (16, 32, 64, 128), layers
    ):
        yield Architecture(
            n_timesteps=n_timesteps,
            n_channels=n_channels,
            n_outputs=1,
            units=(units,) * n_layers,
            bidirectional=bidirectional,
            dropout=0.0,
            head="linear",
        )


def fitted(architecture):
    """Return a regressor with random weights."""
    rng = np.random.default_rng(0)
    n_inputs, sizes = architecture.n_channels, []
    for units in architecture.units:
        for _ in range(1 + architecture.bidirectional):
            sizes += [(n_inputs, 4 * units), (units, 4 * units), (4 * units,)]
        n_inputs = (1 + architecture.bidirectional) * units
    sizes += [(n_inputs, 1), (1,)]
    regressor = LSTMRegressor(architecture.units)
    regressor.weights_ = [
        rng.normal(scale=size[0] ** -0.5, size=size).astype(np.float32)
        for size in sizes
    ]
    n_channels = architecture.n_channels
    regressor._architecture = asdict(architecture)
    regressor._row_shape = (architecture.n_timesteps, n_channels)
    regressor._flat = True
    regressor.n_features_in_ = architecture.n_timesteps
    regressor._x_offset = np.full((1, n_channels), 0.1)
    regressor._x_scale = np.full((1, n_channels), 1.1)
    regressor._y_offset, regressor._y_scale = np.zeros(1), np.ones(1)
    return regressor


def tensorflow_predictor(architecture, weights):
    """Return a function from float32 inputs to raw outputs, compiled by TensorFlow."""
    import keras
    import tensorflow as tf

    from sklstm._recurrent._keras.layers import get_values, network_inputs
    from sklstm._recurrent._keras.layers import raw_outputs as keras_outputs

    inputs = network_inputs(architecture)
    model = keras.Model(inputs, keras_outputs(architecture, inputs))
    unused = [tf.constant(value) for value in get_values(model.non_trainable_variables)]

    def predict_tiles(weights, x, n_tiles):
        def predict_tile(i, raw):
            tile, _ = model.stateless_call(weights, unused, x[i], training=False)
            return i + 1, tf.tensor_scatter_nd_update(raw, [[i]], tile[None])

        raw = tf.zeros((*x.shape[:2], architecture.n_outputs))
        return tf.while_loop(lambda i, _: i < n_tiles, predict_tile, (0, raw))[1]

    compiled = tf.function(
        predict_tiles, jit_compile=True, autograph=False
    ).get_concrete_function(
        [tf.TensorSpec(weight.shape) for weight in weights],
        tf.TensorSpec((_TILES_PER_CALL, _TILE_ROWS, *inputs.shape[1:])),
        tf.TensorSpec((), tf.int32),
    )
    constants = [tf.constant(weight) for weight in weights]

    def predict(x):
        raw = np.empty((len(x), architecture.n_outputs), dtype=np.float32)
        rows_per_call = _TILES_PER_CALL * _TILE_ROWS

        def predict_call(start):
            rows = x[start : start + rows_per_call]
            tiles = np.zeros((_TILES_PER_CALL, _TILE_ROWS, *x.shape[1:]), np.float32)
            tiles.reshape(-1, *x.shape[1:])[: len(rows)] = rows
            n_tiles = tf.constant(-(-len(rows) // _TILE_ROWS))
            out = compiled(constants, tf.constant(tiles), n_tiles).numpy()
            raw[start : start + len(rows)] = out.reshape(-1, out.shape[-1])[: len(rows)]

        starts = range(0, len(x), rows_per_call)
        if len(starts) == 1:
            predict_call(0)
        else:
            with ThreadPoolExecutor(joblib.cpu_count()) as threads:
                list(threads.map(predict_call, starts))
        return raw

    return predict


def _former_predict(regressor, network, X):
    """`LSTMRegressor.predict` as it was, around the TensorFlow function."""
    kinds = [np.float64, np.float32]
    X = validate_X(regressor, X, reset=False, dtype=kinds, allow_nd=True)
    scaled = (X - regressor._x_offset) / regressor._x_scale
    raw = network(np.clip(scaled, -1e30, 1e30).astype(np.float32))
    return (raw.astype(np.float64) * regressor._y_scale + regressor._y_offset)[:, 0]


def _best(calls, seconds, clock):
    """Return the shortest time of each call, run in turn for some seconds."""
    best = dict.fromkeys(calls, np.inf)
    for call in calls.values():
        call()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            start = clock()
            call()
            best[name] = min(best[name], clock() - start)
    return best


def _unscaled(sequences):
    return sequences


def _row(architecture, n_rows, seconds, clock):
    regressor = fitted(architecture)
    shape = (n_rows, architecture.n_timesteps, architecture.n_channels)
    X = np.random.default_rng(1).normal(size=shape)
    scaled = scale_sequences(X, regressor._x_offset, regressor._x_scale)
    weights = regressor.weights_
    network = tensorflow_predictor(architecture, weights)
    np.testing.assert_allclose(
        regressor.predict(X[:30]), network(scaled[:30])[:, 0], atol=1e-5
    )
    best = _best(
        {
            "ours": lambda: regressor.predict(X),
            "theirs": lambda: _former_predict(regressor, network, X),
            "our network": functools.partial(
                raw_outputs, architecture, weights, scaled, _unscaled
            ),
            "their network": lambda: network(scaled),
        },
        seconds,
        clock,
    )
    return {
        "steps": architecture.n_timesteps,
        "channels": architecture.n_channels,
        "units": " + ".join(map(str, architecture.units)),
        "bidirectional": "yes" if architecture.bidirectional else "",
        "rows": n_rows,
        "sklstm (s)": f"{best['ours']:.3g}",
        "TensorFlow (s)": f"{best['theirs']:.3g}",
        "ratio": f"{best['theirs'] / best['ours']:.2f}",
        "ratio of the network": f"{best['their network'] / best['our network']:.2f}",
    }


def main():
    """Time one row, 100,000 rows, and all shapes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="a CSV file")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each shape")
    parser.add_argument("--cpu", action="store_true", help="measure CPU seconds")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu else time.perf_counter
    small = Architecture(24, 1, 1, (32,), False, 0.0, "linear")
    cases = [(small, 1), (small, 100_000), *((shape, _ROWS) for shape in shapes())]
    table = pd.DataFrame(
        _row(architecture, n_rows, arguments.seconds, clock)
        for architecture, n_rows in tqdm(cases, desc="bench_forward")
    )
    print(table.to_string(index=False))
    if arguments.out:
        table.to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
