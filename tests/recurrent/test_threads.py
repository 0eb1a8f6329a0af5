"""The threads with which TensorFlow trains, which are set once in a process."""

import json
import os
import subprocess
import sys

import pytest

LIMITS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")

THREADS = """
import json, os
from sklstm._recurrent._keras.compat import tf
from sklstm._recurrent._keras.threads import limit_threads
from sklstm._recurrent.network import Architecture

def threads(units=(32,), batch_size=32, **environment):
    os.environ.update(environment)
    limit_threads(Architecture(24, 1, 1, units, False, 0.0, "linear"), batch_size)
    number = tf.config.threading.get_intra_op_parallelism_threads()
    tf.config.threading.set_intra_op_parallelism_threads(0)
    for name in environment:
        del os.environ[name]
    return number

found = {
    "small": threads(),
    "wide": threads((256,)),
    "wide second layer": threads((8, 256)),
    "large batches": threads(batch_size=1024),
    "OpenMP's limit": threads(OMP_NUM_THREADS="3"),
    "OpenMP's limit, wide": threads((512,), OMP_NUM_THREADS="3,2"),
    "TensorFlow's limit": threads(TF_NUM_INTRAOP_THREADS="2", OMP_NUM_THREADS="3"),
    "no number": threads(OMP_NUM_THREADS="many"),
}
tf.config.threading.set_intra_op_parallelism_threads(5)
found["set by the user"] = threads()
tf.constant(0.0) + 1  # TensorFlow starts
limit_threads(Architecture(24, 1, 1, (32,), False, 0.0, "linear"), 32)
found["started"] = tf.config.threading.get_intra_op_parallelism_threads()
print(json.dumps(found))
"""

TRAIN = """
import hashlib, numpy as np
from sklstm import LSTMRegressor
X = np.random.default_rng(0).normal(size=(600, 20, 2))
for epochs in (2, 12):  # without and with XLA
    fitted = LSTMRegressor(40, epochs=epochs, random_state=0).fit(X, X[:, -1, 0])
    print(hashlib.sha256(b"".join(w.tobytes() for w in fitted.weights_)).hexdigest())
"""


def run(code, **limits):
    environment = {k: v for k, v in os.environ.items() if k not in LIMITS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment | limits,
        timeout=300,
    )
    return done.stdout.strip().splitlines()


def test_small_networks_train_on_one_thread_and_limits_of_users_are_obeyed():
    assert json.loads(run(THREADS)[-1]) == {
        "small": 1,
        "wide": 0,
        "wide second layer": 0,
        "large batches": 0,
        "OpenMP's limit": 3,
        "OpenMP's limit, wide": 3,
        "TensorFlow's limit": 0,
        "no number": 1,
        "set by the user": 5,
        "started": 0,
    }


@pytest.mark.slow
def test_the_number_of_threads_does_not_change_the_weights():
    one = run(TRAIN, TF_NUM_INTRAOP_THREADS="1")

    assert one == run(TRAIN, TF_NUM_INTRAOP_THREADS="2")
    assert one == run(TRAIN)
