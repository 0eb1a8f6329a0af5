"""LSTMRegressor in forked processes, and without TensorFlow."""

import os
import select
import signal
import subprocess
import sys

import pytest
from recurrent.networks import tiny

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


def answer_of_a_forked_child(function):
    """Return the text that `function` returns in a forked child; None if it hangs."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, function().encode())
        finally:
            os._exit(0)
    os.close(writer)
    try:
        ready, _, _ = select.select([reader], [], [], 60)
        return os.read(reader, 100_000).decode() if ready else None
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)


def message_of(function, *args):
    try:
        function(*args)
    except RuntimeError as error:
        return str(error)
    return "no error"


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fit", "partial_fit", "model_"])
def test_training_in_a_forked_child_is_refused(method, sequences):
    fitted = tiny(epochs=1, warm_start=True).fit(*sequences)  # TensorFlow has started

    def use():
        return message_of(
            lambda: (
                fitted.model_
                if method == "model_"
                else getattr(fitted, method)(*sequences)
            )
        )

    answer = answer_of_a_forked_child(use)

    assert answer is not None, "the child hangs"
    assert "LSTMRegressor: TensorFlow was started before this process" in answer
    assert "spawn" in answer
    assert "loky" in answer


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_predicts_the_same_bits(sequences):
    X, y = sequences
    fitted = tiny(epochs=1).fit(X, y)
    expected = fitted.predict(X).tobytes().hex()

    answer = answer_of_a_forked_child(lambda: fitted.predict(X).tobytes().hex())

    assert answer == expected


@needs_fork
@pytest.mark.slow
def test_training_in_a_child_forked_before_tensorflow_starts():
    code = """
import os, numpy as np, keras
from sklstm import LSTMRegressor
X = np.random.default_rng(0).normal(size=(20, 3))
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
LSTMRegressor(2, epochs=1).fit(X, X[:, 0])
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("missing", ["tensorflow", "keras", "scikeras"])
def test_what_is_not_installed_is_named(missing):
    code = f"""
import sys, numpy as np
sys.modules[{missing!r}] = None
from sklstm import LSTMRegressor
try:
    LSTMRegressor(2, epochs=1).fit(np.ones((9, 2)), np.arange(9.0))
except ImportError as error:
    print(error)
"""
    environment = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert done.stdout.startswith("LSTMRegressor trains with Keras on TensorFlow, ")
    assert f"but {missing} is not installed: `pip install {missing}`" in done.stdout
    assert "KERAS_BACKEND" not in done.stdout


@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_another_backend_of_keras_is_refused(backend):
    code = """
import numpy as np
from sklstm import LSTMRegressor
try:
    LSTMRegressor(2, epochs=1).fit(np.ones((9, 2)), np.arange(9.0))
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )

    assert f"but KERAS_BACKEND={backend!r}: set KERAS" in done.stdout
    assert "KERAS_BACKEND=tensorflow" in done.stdout
