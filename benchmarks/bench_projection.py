"""Compare the constraint engine with loops over solvers, and with NumPy.

Both sides of a ratio run in one thread of this process, in turns; the processor time of
the best turn counts.
"""

import time
from functools import partial

import numpy as np
from quadprog import solve_qp
from scipy.optimize import isotonic_regression
from sklearn.isotonic import isotonic_regression as sklearn_isotonic_regression
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from sklstm import adjust_predictions


def _alternating_seconds(ours, theirs, repeats):
    """Return the best time of each; taking turns shares out what else is going on."""
    best = [np.inf, np.inf]
    for _ in range(repeats):
        for i, call in enumerate((ours, theirs)):
            start = time.process_time()
            call()
            best[i] = min(best[i], time.process_time() - start)
    return best


def _compare(work, peer, ours, theirs, goal, *, repeats=5, share=1):
    """Return one row of the table; the peer did one of `share` rows."""
    our_seconds, their_seconds = _alternating_seconds(ours, theirs, repeats)
    return {
        "work": work,
        "peer": peer,
        "ours_s": our_seconds,
        "peer_s": their_seconds * share,
        "ratio": their_seconds * share / our_seconds,
        "goal": goal,
        "note": f"peer timed on 1 of {share} rows" if share > 1 else "",
    }


def _project(values, lower=None, upper=None, order="increasing"):
    return adjust_predictions(
        values, lower=lower, upper=upper, order=order, method="projection"
    )


def _loop(values, solve=isotonic_regression):
    for row in values:
        solve(row)


def _chains(rng):
    sizes = (
        (100_000, 9, ">= 25"),
        (20_000, 24, ">= 12"),
        (2_000, 100, ">= 6"),
        (20_000, 300, ">= 2"),
        (200, 1000, ">= 2"),
        (1, 9, ""),
    )
    for n_rows, n_columns, goal in sizes:
        values = rng.normal(size=(n_rows, n_columns))
        yield partial(
            _compare,
            f"projection of chains, {n_rows} x {n_columns}",
            "loop over scipy",
            partial(_project, values),
            partial(_loop, values),
            goal,
            repeats=5 if n_rows > 10_000 else 50,
        )
    values = rng.normal(size=(100_000, 9))
    yield partial(
        _compare,
        "projection of chains, 100000 x 9",
        "loop over sklearn",
        partial(_project, values),
        partial(_loop, values[::20], sklearn_isotonic_regression),
        ">= 100",
        share=20,
    )
    values, steps = rng.normal(size=(2_000, 300)), np.sort(rng.normal(size=300))
    yield partial(
        _compare,
        "chains with per-output bounds, 2000 x 300",
        "the same without",
        partial(_project, values, steps - 2, steps + 1),
        partial(_project, values),
        ">= 0.33",
        repeats=10,
    )


def _partial_orders(rng):
    for n_rows, shape, share in ((1_000, (10, 10), 20), (200, (9, 24), 20)):
        place = np.arange(shape[0] * shape[1]).reshape(shape)
        edges = np.vstack(
            [
                np.column_stack([place[:, :-1].ravel(), place[:, 1:].ravel()]),
                np.column_stack([place[:-1].ravel(), place[1:].ravel()]),
            ]
        )
        rises = np.eye(place.size)[edges[:, 1]] - np.eye(place.size)[edges[:, 0]]
        values = rng.normal(size=(n_rows, place.size))
        order = edges.tolist()
        for some, goal, shared in ((values, ">= 5", share), (values[:1], "", 1)):
            rows = f"{len(some)} rows" if len(some) > 1 else "1 row"
            yield partial(
                _compare,
                f"partial order, grid {shape[0]} x {shape[1]}, {rows}",
                "loop over quadprog",
                partial(_project, some, order=order),
                partial(_loop_over_quadprog, some[::shared], rises.T, 0),
                goal,
                repeats=5 if len(some) > 1 else 50,
                share=shared,
            )


def _loop_over_quadprog(values, normals, n_equalities):
    identity, zeros = np.eye(values.shape[1]), np.zeros(normals.shape[1])
    for row in values:
        solve_qp(identity, row, normals, zeros, n_equalities)


def _sums(rng):
    for n_rows, n_parts, goal in ((100_000, 3, ">= 20"), (20_000, 10, ">= 8")):
        values = rng.normal(0.5, 1, size=(n_rows, n_parts + 1))
        parts = " + ".join(f"y[{part}]" for part in range(n_parts))
        rules = [f"{parts} == y[{n_parts}]"]
        normals = np.vstack([[1.0] * n_parts + [-1.0], np.eye(n_parts + 1)])
        yield partial(
            _compare,
            f"sums, {n_parts} parts + total, {n_rows} rows",
            "loop over quadprog",
            partial(adjust_predictions, values, order=None, rules=rules),
            partial(_loop_over_quadprog, values[::10], normals.T, 1),
            goal,
            share=10,
        )


def _sort_and_clip(values):
    np.clip(np.sort(values, axis=1), 0, None)


def _sorting(rng):
    sizes = ((100_000, 3), (100_000, 9), (20_000, 50), (5_000, 300), (500, 3_000))
    for dtype in (np.float64, np.float32):
        for n_rows, n_columns in sizes:
            values = rng.normal(size=(n_rows, n_columns)).astype(dtype)
            yield partial(
                _compare,
                f"sort and clip, {n_rows} x {n_columns}, {np.dtype(dtype)}",
                "np.sort and np.clip",
                partial(adjust_predictions, values, method="sort"),
                partial(_sort_and_clip, values),
                ">= 0.8",
                repeats=20,
            )


def _samples(rng):
    values, groups = rng.normal(size=100_000), rng.integers(0, 10_000, size=100_000)
    sections = np.split(
        values[np.argsort(groups, kind="stable")], np.cumsum(np.bincount(groups))[:-1]
    )
    yield partial(
        _compare,
        "projection down 100k samples in 10k groups",
        "loop over scipy",
        partial(
            adjust_predictions,
            values,
            lower=None,
            method="projection",
            sample_order="increasing",
            groups=groups,
        ),
        partial(_loop, sections),
        "",
    )


def rows():
    """Return a row for each measurement: work, peer, seconds, ratio and goal."""
    rng = np.random.default_rng(0)
    comparisons = [
        compare
        for kind in (_chains, _partial_orders, _sums, _sorting, _samples)
        for compare in kind(rng)
    ]
    with threadpool_limits(1):
        return [compare() for compare in tqdm(comparisons, desc="bench_projection")]


if __name__ == "__main__":
    from run import print_table

    print_table(rows())
