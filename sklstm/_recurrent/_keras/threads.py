"""The number of threads with which TensorFlow computes.

TensorFlow starts its threads with its first operation, once for the process. The first
network of a process therefore decides for the later ones, too.
"""

import contextlib
import os

from sklstm._recurrent._keras.compat import tf

# One thread computes products of fewer multiplications faster than two threads do. See
# docs/performance for the measurement.
_SHARED_FROM = 4_000_000


def limit_threads(architecture, batch_size):
    """Start TensorFlow with one thread for a small network.

    Whoever sets ``TF_NUM_INTRAOP_THREADS``, or the number of threads in TensorFlow
    itself, is obeyed, and so is ``OMP_NUM_THREADS``, which joblib sets in its worker
    processes. If TensorFlow has started already, nothing changes.

    Parameters
    ----------
    architecture : Architecture
        The layers of the first network.
    batch_size : int
        Rows of a minibatch.
    """
    if (
        "TF_NUM_INTRAOP_THREADS" in os.environ
        or tf.config.threading.get_intra_op_parallelism_threads()
    ):
        return
    n_threads = _from_environment()
    if n_threads is None:  # pragma: no branch: tested in other processes
        if largest_product(architecture, batch_size) >= _SHARED_FROM:
            return  # pragma: no cover: tested in other processes
        n_threads = 1
    with contextlib.suppress(RuntimeError):  # it has started
        tf.config.threading.set_intra_op_parallelism_threads(n_threads)


def _from_environment():
    """Return the limit in ``OMP_NUM_THREADS``, or None.

    OpenMP allows a list, of which the first number holds for the outermost level.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else None


def largest_product(architecture, batch_size):
    """Return the multiplications of the largest product in a step of the network."""
    n_inputs, most = architecture.n_channels, 0
    for units in architecture.units:
        most = max(most, batch_size * 4 * units * max(units, n_inputs))
        n_inputs = (1 + architecture.bidirectional) * units
    return most
