"""Compare the constraint engine with loops over isotonic regressions and with NumPy."""

import time

import numpy as np
from scipy.optimize import isotonic_regression
from sklearn.isotonic import isotonic_regression as sklearn_isotonic_regression
from tqdm import tqdm

from sklstm import adjust_predictions

# scikit-learn's loop is timed on this share of the rows.
_SHARE = 20


def _alternating_seconds(ours, theirs, repeats):
    """Return the best time of each; alternating calls share the load of the machine."""
    best = [np.inf, np.inf]
    for _ in range(repeats):
        for i, call in enumerate((ours, theirs)):
            start = time.perf_counter()
            call()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def _compare(work, peer, ours, theirs, goal, *, repeats=3, share=1, note=""):
    our_seconds, their_seconds = _alternating_seconds(ours, theirs, repeats)
    return {
        "work": work,
        "peer": peer,
        "ours_s": our_seconds,
        "peer_s": their_seconds * share,
        "ratio": their_seconds * share / our_seconds,
        "goal": goal,
        "note": note,
    }


def _project(values):
    return adjust_predictions(values, lower=None, method="projection")


def rows():
    """Return a row for each measurement: work, peer, seconds, ratio and goal."""
    rng = np.random.default_rng(0)
    many, long = rng.normal(size=(100_000, 9)), rng.normal(size=(2_000, 100))
    groups = rng.integers(0, 10_000, size=100_000)
    by_group = np.argsort(groups, kind="stable")
    sections = np.cumsum(np.bincount(groups))[:-1]

    def loop(values):
        for row in values:
            isotonic_regression(row)

    def loop_over_groups():
        for section in np.split(many[by_group, 0], sections):
            isotonic_regression(section)

    comparisons = (
        lambda: _compare(
            "isotonic, 100k x 9",
            "loop over scipy",
            lambda: _project(many),
            lambda: loop(many),
            ">= 8",
        ),
        lambda: _compare(
            "isotonic, 100k x 9",
            "loop over sklearn",
            lambda: _project(many),
            lambda: [
                sklearn_isotonic_regression(row) for row in many[: len(many) // _SHARE]
            ],
            ">= 100",
            share=_SHARE,
            note=f"peer timed on 1 of {_SHARE} rows",
        ),
        lambda: _compare(
            "isotonic, 2k x 100",
            "loop over scipy",
            lambda: _project(long),
            lambda: loop(long),
            "",
            repeats=20,
        ),
        lambda: _compare(
            "sort and clip, 100k x 9",
            "np.sort and np.clip",
            lambda: adjust_predictions(many),
            lambda: np.clip(np.sort(many, axis=1), 0, None),
            ">= 0.67",
            repeats=20,
        ),
        lambda: _compare(
            "isotonic down 100k samples in 10k groups",
            "loop over scipy",
            lambda: adjust_predictions(
                many[:, 0],
                lower=None,
                method="projection",
                sample_order="increasing",
                groups=groups,
            ),
            loop_over_groups,
            "",
        ),
    )
    return [compare() for compare in tqdm(comparisons, desc="bench_projection")]


if __name__ == "__main__":
    from run import print_table

    print_table(rows())
