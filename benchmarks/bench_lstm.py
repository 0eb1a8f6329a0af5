"""Compare LSTMRegressor with KerasRegressor and skorch in one run.

The grid is 4 learning rates x 2 batch sizes x 3 folds on 1000 sequences of 24 steps,
LSTM(32), 10 epochs. skorch is left out if it or PyTorch is not installed.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings

import keras
import numpy as np
from scikeras.wrappers import KerasRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from tqdm import tqdm

from sklstm import LSTMRegressor

RATES = [1e-3, 3e-3, 1e-2, 3e-2]
BATCH_SIZES = [16, 32]
N_FITS = len(RATES) * len(BATCH_SIZES) * 3


def _sequences(n_rows):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, 24, 1), dtype=np.float32)
    noise = 0.1 * rng.standard_normal(n_rows, dtype=np.float32)
    return X, X[:, -3:, 0].mean(axis=1) + noise


def _keras_network(rate=1e-3):
    network = keras.Sequential(
        [keras.Input((24, 1)), keras.layers.LSTM(32), keras.layers.Dense(1)]
    )
    network.compile(keras.optimizers.Adam(rate), "mse")
    return network


def _through_scikeras(epochs, **params):
    return KerasRegressor(
        _keras_network,
        epochs=epochs,
        verbose=0,
        random_state=0,
        batch_size=32,
        **params,
    )


def _seconds(call):
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def _best_seconds(call, repeats):
    return min(_seconds(call)[0] for _ in range(repeats))


def _row(work, peer, ours, theirs, goal, note=""):
    return {
        "work": work,
        "peer": peer,
        "ours_s": ours,
        "peer_s": theirs,
        "ratio": theirs / ours,
        "goal": goal,
        "note": note,
    }


def _search(estimator, rate, X, y):
    grid = {rate: RATES, "batch_size": BATCH_SIZES}
    search = GridSearchCV(estimator, grid, cv=3, scoring="r2", error_score="raise")
    return _seconds(lambda: search.fit(X, y).best_score_)


def _skorch():
    import skorch
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(1, 32, batch_first=True)
            self.dense = torch.nn.Linear(32, 1)

        def forward(self, x):
            return self.dense(self.lstm(x)[0][:, -1])

    return skorch.NeuralNetRegressor(
        Network,
        optimizer=torch.optim.Adam,
        max_epochs=10,
        train_split=None,
        iterator_train__shuffle=True,
        verbose=0,
    )


def _grid_rows():
    X, y = _sequences(1000)
    ours = LSTMRegressor(epochs=10, early_stopping=False, random_state=0)
    try:
        network = _skorch()
    except ImportError:
        network = None
        print("skorch or PyTorch is not installed: left out", file=sys.stderr)
    turns = []
    for _ in range(3):  # in turns, as in `_cores_rows`
        LSTMRegressor.clear_programs()
        cold, score = _search(ours, "learning_rate", X, y)
        warm, _ = _search(ours, "learning_rate", X, y)
        theirs = np.nan
        if network is not None:
            theirs, torch_score = _search(network, "optimizer__lr", X, y[:, np.newaxis])
        turns.append((cold, warm, theirs))
    cold, warm, of_torch = np.median(turns, axis=0)
    of_keras, keras_score = _search(_through_scikeras(10, rate=1e-3), "rate", X, y)
    scores = f"best R2 {score:.3f} and {keras_score:.3f}"
    yield _row("grid search", "KerasRegressor", cold, of_keras, ">= 8", scores)
    if network is None:
        return
    scores = f"best R2 {score:.3f} and {torch_score:.3f}"
    yield _row("grid search, compilations included", "skorch", cold, of_torch, ">= 2")
    yield _row(
        "grid search, a fit once compiled",
        "skorch",
        warm / N_FITS,
        of_torch / N_FITS,
        ">= 1",
        scores,
    )
    big, _ = _sequences(100_000)
    X, y = _sequences(500)
    network.set_params(max_epochs=1).fit(X, y[:, np.newaxis])
    ours = LSTMRegressor(epochs=1, random_state=0).fit(X, y)
    for name, rows, repeats, goal in (
        ("one row", big[:1], 200, ">= 1.2"),
        ("100k rows", big, 2, ""),
    ):
        yield _row(
            f"predict {name}",
            "skorch",
            _best_seconds(lambda rows=rows: ours.predict(rows), repeats),
            _best_seconds(lambda rows=rows: network.predict(rows), repeats),
            goal,
        )


def _predict_rows():
    X, y = _sequences(500)
    big, _ = _sequences(100_000)
    ours = LSTMRegressor(epochs=1, random_state=0).fit(X, y)
    theirs = _through_scikeras(1).fit(X, y)
    theirs.predict(X[:1])  # traces
    for name, rows, repeats, goal in (
        ("one row", big[:1], 20, ">= 150"),
        ("100k rows", big, 2, ">= 4"),
    ):
        yield _row(
            f"predict {name}",
            "KerasRegressor",
            _best_seconds(lambda rows=rows: ours.predict(rows), repeats),
            _best_seconds(lambda rows=rows: theirs.predict(rows), repeats),
            goal,
        )


def _first_tiny_fit_row():
    X, y = _sequences(200)

    def first_fit():
        LSTMRegressor.clear_programs()
        LSTMRegressor(epochs=2, random_state=0, batch_size=32).fit(X, y)

    return _row(
        "first fit, 200 rows, 2 epochs",
        "KerasRegressor",
        _best_seconds(first_fit, 3),
        _best_seconds(lambda: _through_scikeras(2).fit(X, y), 3),
        ">= 1",
    )


_MEMORY = """
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[3])
import psutil
import bench_lstm as bench

X, y = bench._sequences(200)
make = {
    "ours": lambda seed: bench.LSTMRegressor(epochs=2, random_state=seed),
    "theirs": lambda seed: bench._through_scikeras(2),
}[sys.argv[1]]
memory = lambda: psutil.Process().memory_info().rss / 1e6
make(0).fit(X, y).predict(X)
before = memory()
for seed in range(int(sys.argv[2])):
    make(seed).fit(X, y).predict(X)
print(memory() - before)
"""


def _output(*arguments):
    return subprocess.run(
        [sys.executable, "-c", *arguments], check=True, capture_output=True, text=True
    ).stdout


def _memory_row():
    here = __file__.rpartition("/")[0]
    ours = float(_output(_MEMORY, "ours", "100", here))
    # Only a tenth of the fits, which take minutes; the growth is linear.
    theirs = 10 * float(_output(_MEMORY, "theirs", "10", here))
    note = f"{ours:.0f} MB and {theirs:.0f} MB"
    row = _row("memory of 100 fits", "KerasRegressor", ours, theirs, "<= 50 MB", note)
    return row | {"ours_s": np.nan, "peer_s": np.nan}


_WARM_FITS = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from sklearn.base import clone
if sys.argv[1] == "pinned":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.path.insert(0, sys.argv[2])
import bench_lstm as bench

X, y = bench._sequences(667)
model = bench.LSTMRegressor(epochs=10, early_stopping=False, random_state=0)
def fits(_=None):
    return [clone(model).fit(X, y) for _ in range(8)]
pool = ThreadPoolExecutor(2)
def fits_at_once():
    return list(pool.map(fits, range(2)))

fits(), fits_at_once()
print("ready", flush=True)
for line in sys.stdin:
    work = fits if line.strip() == "in a row" else fits_at_once
    print(bench._seconds(work)[0], flush=True)
"""


class _Worker:
    """A process that waits to be told to fit."""

    def __init__(self, mode, **environment):
        here = __file__.rpartition("/")[0]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WARM_FITS, mode, here],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | environment,
        )
        self._process.stdout.readline()

    def seconds(self, how="in a row"):
        print(how, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def stop(self):
        self._process.communicate()


def _cores_rows():
    """Compare the medians of processes that take turns.

    A shared machine slows down and recovers within seconds, by more than they differ.
    """
    free, pinned = _Worker("free"), _Worker("pinned")
    shared = _Worker("free", TF_NUM_INTRAOP_THREADS="2")
    turns = [
        (
            free.seconds(),
            pinned.seconds(),
            free.seconds("at once"),
            shared.seconds("at once"),
        )
        for _ in range(15)
    ]
    for worker in (free, pinned, shared):
        worker.stop()
    one, on_one_core, at_once, shared_at_once = np.median(turns, axis=0)
    fits = "8 warm fits of 667 sequences"
    yield _row(
        f"{fits} on two cores", "the same on one core", one, on_one_core, ">= 0.95"
    )
    work = f"{fits}, in each of two threads"
    yield _row(work, "one thread after the other", at_once, 2 * one, "")
    yield _row(work, "TensorFlow with two threads", at_once, shared_at_once, "")


def _parallel_row():
    X, y = _sequences(2000)
    seconds = {}
    for n_jobs in (2, 1):
        search = GridSearchCV(
            LSTMRegressor(epochs=20, batch_size=32, early_stopping=False),
            {"learning_rate": RATES, "random_state": [0, 1]},
            cv=3,
            refit=False,
            n_jobs=n_jobs,
        )
        search.fit(X, y)  # workers start and compile
        seconds[n_jobs] = _best_seconds(lambda search=search: search.fit(X, y), 2)
    work = "grid search, warm, n_jobs=2"
    return _row(work, "n_jobs=1", seconds[2], seconds[1], ">= 1.8")


_FIRST_PREDICTION = """
import pickle, sys, time
start = time.perf_counter()
with open(sys.argv[1], "rb") as file:
    model, X = pickle.load(file)
model.predict(X)
print(time.perf_counter() - start)
"""


def _fresh_process_row():
    X, y = _sequences(200)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, model, rows in (
            ("lstm", LSTMRegressor(epochs=1, random_state=0).fit(X, y), X[:1]),
            ("ridge", Ridge().fit(X[:, :, 0], y), X[:1, :, 0]),
        ):
            path = f"{folder}/{name}.pickle"
            with open(path, "wb") as file:
                pickle.dump((model, rows), file)
            found.append(min(float(_output(_FIRST_PREDICTION, path)) for _ in range(5)))
    return _row("load and predict in a new process", "Ridge", *found, ">= 0.83")


def _import_row():
    code = (
        "import sys, time; start = time.perf_counter(); __import__(sys.argv[1]); "
        "print(time.perf_counter() - start)"
    )
    ours, theirs = (
        min(float(_output(code, name)) for _ in range(5))
        for name in ("sklstm", "sklearn.linear_model")
    )
    return _row("import", "sklearn.linear_model", ours, theirs, ">= 0.77")


def rows():
    """Return a row for each measurement: work, peer, seconds, ratio and goal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        X, y = _sequences(100)
        # Do not measure what TensorFlow initialises only once.
        LSTMRegressor(units=1, epochs=60, random_state=0).fit(X, y).predict(X)
        _through_scikeras(1).fit(X, y).predict(X)
        parts = (
            lambda: [_first_tiny_fit_row()],
            lambda: list(_predict_rows()),
            lambda: list(_grid_rows()),
            lambda: list(_cores_rows()),
            lambda: [_parallel_row()],
            lambda: [_memory_row()],
            lambda: [_fresh_process_row()],
            lambda: [_import_row()],
        )
        return [row for part in tqdm(parts, desc="bench_lstm") for row in part()]


if __name__ == "__main__":
    from run import print_table

    print_table(rows())
