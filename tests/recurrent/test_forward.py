"""Prediction in NumPy: what Keras computes, with bits that depend on the row alone."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from sklstm._recurrent import forward
from sklstm._recurrent.network import Architecture


def unscaled(sequences):
    return sequences


def architecture(units, *, n_channels=2, n_timesteps=5, n_outputs=1, bidirectional=0):
    return Architecture(
        n_timesteps=n_timesteps,
        n_channels=n_channels,
        n_outputs=n_outputs,
        units=units,
        bidirectional=bool(bidirectional),
        dropout=0.0,
        head="linear",
    )


def weights_of(network, rng):
    """Random weights in the order of Keras' variables."""
    n_inputs, shapes = network.n_channels, []
    for units in network.units:
        for _ in range(1 + network.bidirectional):
            shapes += [(n_inputs, 4 * units), (units, 4 * units), (4 * units,)]
        n_inputs = (1 + network.bidirectional) * units
    shapes += [(n_inputs, network.n_outputs), (network.n_outputs,)]
    return [rng.uniform(-0.8, 0.8, shape).astype(np.float32) for shape in shapes]


def example(network, n_rows, seed=0):
    rng = np.random.default_rng(seed)
    shape = (n_rows, network.n_timesteps, network.n_channels)
    return weights_of(network, rng), rng.standard_normal(shape, dtype=np.float32)


def reference(network, weights, x):
    """The equations of an LSTM as textbooks have them, in float64."""
    weights = iter(weights)
    for k, units in enumerate(network.units):
        directions = []
        for backward in range(1 + network.bidirectional):
            kernel, recurrent, bias = (
                np.asarray(next(weights), float) for _ in range(3)
            )
            h = c = np.zeros((len(x), units))
            steps = []
            for x_t in x.swapaxes(0, 1)[:: -1 if backward else 1]:
                z = x_t @ kernel + h @ recurrent + bias
                i, f, g, o = np.split(z, 4, axis=1)
                c = expit(f) * c + expit(i) * np.tanh(g)
                h = expit(o) * np.tanh(c)
                steps.append(h)
            if k == len(network.units) - 1:
                steps = steps[-1:]
            directions.append(np.stack(steps[:: -1 if backward else 1], axis=1))
        x = np.concatenate(directions, axis=2)
    kernel, bias = weights
    return x[:, 0] @ np.asarray(kernel, float) + bias


# -- what it computes ----------------------------------------------------------


architectures = st.builds(
    architecture,
    st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple),
    n_channels=st.integers(1, 4),
    n_timesteps=st.integers(1, 6),
    n_outputs=st.integers(1, 5),
    bidirectional=st.booleans(),
)


@settings(max_examples=60)
@given(architectures, st.sampled_from([1, 15, 16, 17, 100]), st.integers(0, 2**32))
def test_it_computes_the_equations_of_an_lstm(network, n_rows, seed):
    weights, x = example(network, n_rows, seed)

    raw = forward.raw_outputs(network, weights, x, unscaled)

    assert raw.dtype == np.float32
    np.testing.assert_allclose(raw, reference(network, weights, x), atol=1e-5)


def test_it_computes_what_keras_computes():
    from keras import Input, Sequential, layers

    model = Sequential(
        [
            Input((6, 2)),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(2),
        ]
    )
    network = architecture((5, 3), n_timesteps=6, n_outputs=2, bidirectional=True)
    weights, x = example(network, 40)
    model.set_weights(weights)

    raw = forward.raw_outputs(network, weights, x, unscaled)

    np.testing.assert_allclose(raw, model.predict(x, verbose=0), atol=2e-6)


@pytest.mark.parametrize("n_rows", [1, 20])
def test_saturated_gates_are_exact_and_silent(n_rows):
    network = architecture((3,), n_channels=1)
    weights, x = example(network, n_rows)

    raw = forward.raw_outputs(network, weights, 1e30 * x, unscaled)

    expected = reference(network, weights, np.sign(x) * 1e3)
    np.testing.assert_allclose(raw, expected, atol=1e-6)


# -- bits ----------------------------------------------------------------------

NETWORKS = [
    architecture((1,), n_channels=1),
    architecture((5, 3), n_outputs=3),
    architecture((33,), n_channels=3, bidirectional=True),
    architecture((16, 16), bidirectional=True),
    architecture((63,), n_channels=1),  # one block of weights, as large as there are
    architecture((130,), n_channels=4, n_timesteps=3, n_outputs=150),
]


def predict(network, x):
    weights, _ = example(network, 1)
    return forward.raw_outputs(network, weights, x, unscaled)


@pytest.mark.parametrize("network", NETWORKS)
def test_bits_depend_on_the_row_alone(network):
    _, x = example(network, 700)

    batch = predict(network, x)

    for rows in (slice(0, 1), slice(3, 11), slice(100, 250), slice(1, 270)):
        np.testing.assert_array_equal(predict(network, x[rows]), batch[rows])
    for row in (7, 255, 256, 699):
        np.testing.assert_array_equal(predict(network, x[[row]]), batch[[row]])
    np.testing.assert_array_equal(predict(network, x[::-1]), batch[::-1])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_CELL_BYTES", 1),
        ("_INPUT_BYTES", 1),
        ("_openmp_effective_n_threads", lambda: 1),
        ("_openmp_effective_n_threads", lambda: 5),
    ],
)
def test_bits_do_not_depend_on_how_the_work_is_cut(network, name, value, monkeypatch):
    _, x = example(network, 300)
    expected = predict(network, x)

    monkeypatch.setattr(forward, name, value)

    np.testing.assert_array_equal(predict(network, x), expected)


@pytest.mark.parametrize("network", NETWORKS)
def test_products_have_one_shape_that_one_thread_computes(network, monkeypatch):
    matmul, shapes = np.matmul, []

    def recorded(one, other, out):
        shapes[-1].add((*one.shape[-2:], other.shape[-1]))
        return matmul(one, other, out)

    monkeypatch.setattr(np, "matmul", recorded)
    for n_rows in (1, 15, 16, 300):
        shapes.append(set())
        predict(network, example(network, n_rows)[1])

    assert shapes[0] == shapes[1] == shapes[2] == shapes[3]
    for n_rows, n_inner, n_columns in shapes[0]:
        assert n_rows > 1
        assert n_columns == 16
        assert n_rows * n_inner * n_columns <= 2**18


IN_A_PROCESS = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from test_forward import NETWORKS, example, predict

for network in NETWORKS:
    _, x = example(network, 520)
    batch = predict(network, x)
    for row in (0, 5, 250, 258, 519):
        assert np.array_equal(predict(network, x[[row]]), batch[[row]]), (network, row)
    np.save(sys.stdout.buffer, batch)
"""


def bits_in_a_process(**environment):
    """The bytes of the predictions of a new process, checked there row by row."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_A_PROCESS, os.path.dirname(__file__)],
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    if done.returncode == -getattr(signal, "SIGILL", 4):
        pytest.skip(f"this processor cannot run {environment}")
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_bits_do_not_depend_on_the_number_of_threads():
    one, many = (
        bits_in_a_process(OPENBLAS_NUM_THREADS=n_threads, OMP_NUM_THREADS=n_threads)
        for n_threads in "14"
    )
    assert one == many


@pytest.mark.parametrize("kernel", ["SkylakeX", "Haswell", "Sandybridge", "Nehalem"])
def test_bits_depend_on_the_row_alone_with_any_kernel(kernel):
    assert bits_in_a_process(OPENBLAS_CORETYPE=kernel)


# -- threads -------------------------------------------------------------------


def test_errors_of_threads_are_raised():
    network = NETWORKS[0]
    weights, x = example(network, 20_000)

    def scale(sequences):
        raise KeyError("scale")

    with pytest.raises(KeyError, match="scale"):
        forward.raw_outputs(network, weights, x, scale)
