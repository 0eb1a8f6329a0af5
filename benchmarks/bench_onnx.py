"""Compare a graph in ONNX Runtime with `predict`: differences, violations, time.

Run it with ``OMP_NUM_THREADS=1 python benchmarks/bench_onnx.py``; it needs onnxruntime.
"""

import time

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from sklearn.frozen import FrozenEstimator

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.onnx import to_onnx

N_ROWS, UPPER = 10_000, 2.0


def best(function, repeats):
    """Return the shortest time of several calls, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def main():
    """Print a line for each method."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, 24, 3)).astype(np.float32).astype(np.float64)
    noisy = X[:, -3:, 0] + rng.normal(size=(N_ROWS, 3))
    y = np.maximum(np.sort(noisy, axis=1), 0)
    network = LSTMRegressor(32, epochs=2, random_state=0).fit(X, y)
    options = SessionOptions()
    options.intra_op_num_threads = 1
    for method in ("sort", "projection"):
        frozen = FrozenEstimator(network)
        model = PositiveOrderedRegressor(frozen, upper=UPPER, method=method).fit(X)
        graph = to_onnx(model).SerializeToString()
        print(f"{method}: {compare(model, InferenceSession(graph, options), X)}")


def compare(model, session, X):
    """Return a line of results for float64 rows."""

    def run(rows):
        return session.run(None, {"X": rows})[0]

    rows = X.astype(np.float32)
    values, raw = run(rows), model.predict_raw(X)
    difference = np.abs(values - model.predict(X)).max()
    return (
        f"largest difference {difference:.1e}, "
        f"{broken_values(values).sum()} values break a rule "
        f"({broken_values(raw).any(axis=1).mean():.0%} of raw rows do); one row "
        f"{best(lambda: run(rows[:1]), 300):.3f} ms, "
        f"predict {best(lambda: model.predict(X[:1]), 300):.3f} ms; "
        f"{N_ROWS} rows {best(lambda: run(rows), 5):.0f} ms, "
        f"predict {best(lambda: model.predict(X), 5):.0f} ms"
    )


def broken_values(values):
    """Return which values are out of bounds, or below the value before."""
    falls = np.diff(values, axis=1, prepend=-np.inf) < 0
    return (values < 0) | (values > UPPER) | falls


if __name__ == "__main__":
    main()
