"""Quantiles of a target with many zeros: which remedy makes an interval cover them?

The split, the levels and the network are those of ``levers.py``. A hurdle combines a
classifier of y > 0 with quantiles of the positive part: the quantile q of the mixture
is 0 up to the probability of 0, and beyond it the quantile of the positive part at the
level that remains.
"""

import argparse
from pathlib import Path

import numpy as np
from levers import (
    DATASETS,
    LEVELS,
    SCORES,
    make_network,
    quantile_scores,
    show,
    summarize,
)
from sklearn.ensemble import HistGradientBoostingClassifier
from tqdm import tqdm

from sklstm import CalibratedQuantileRegressor, PositiveOrderedRegressor
from sklstm.metrics import mean_interval_width
from sklstm.preprocessing import make_windows

# Levels of the positive part, between which the hurdle interpolates.
DENSE = tuple(np.linspace(0.02, 0.98, 25).round(2).tolist())


def network(seed, epochs, **params):
    """Return the network of the study for quantiles."""
    return make_network(seed, epochs, **{"quantiles": LEVELS} | params)


def bounded(regressor, X, y, X_test):
    """Return predictions that are sorted and not negative."""
    model = PositiveOrderedRegressor(regressor, target_check="raise")
    return model.fit(X, y).predict(X_test)


def hurdle(X, y, X_test, seed, epochs):
    """Return quantiles of a mixture of 0 and of a positive part."""
    wet = y > 0
    flat, flat_test = X.reshape(len(X), -1), X_test.reshape(len(X_test), -1)
    classifier = HistGradientBoostingClassifier(max_iter=50, random_state=seed)
    share = classifier.fit(flat, wet).predict_proba(flat_test)[:, 1]
    positive = network(seed, epochs, quantiles=DENSE)
    parts = bounded(positive, X[wet], y[wet], X_test)
    quantiles = np.zeros((len(X_test), len(LEVELS)))
    for row, (p, part) in enumerate(zip(share, parts, strict=True)):
        remaining = 1 - (1 - np.array(LEVELS)) / p
        found = np.interp(remaining, (0.0, *DENSE), (0.0, *part))
        quantiles[row] = np.where(remaining > 0, found, 0.0)
    return quantiles


def remedies(X, y, X_test, seed, epochs):
    """Yield the name of each remedy and its predictions; "raw" is the problem."""
    head = network(seed, epochs, head="positive_ordered")
    linear = network(seed, epochs)
    yield "raw", head.fit(X, y).predict(X_test)
    calibrated = CalibratedQuantileRegressor(head)
    yield "the same, calibrated, clipped", bounded(calibrated, X, y, X_test)
    yield "linear head, clipped", bounded(linear, X, y, X_test)
    calibrated = CalibratedQuantileRegressor(linear)
    yield "linear head, calibrated, clipped", bounded(calibrated, X, y, X_test)
    yield "hurdle", hurdle(X, y, X_test, seed, epochs)


def run(seeds, epochs):
    """Return the table of the remedies."""
    records = []
    for name in tqdm(("solar", "seattle weather"), desc="zeros"):
        loader, lookback, _, _, target = DATASETS[name]
        frame = loader(as_frame=True).frame.drop(columns="day_of_year")
        X, y = make_windows(frame, lookback=lookback, target=target)
        y, n_train = y.to_numpy(), len(X) * 3 // 4
        share = np.mean(y[n_train:] == 0)
        for seed in range(seeds):
            data = X[:n_train], y[:n_train], X[n_train:]
            for lever, predictions in remedies(*data, seed, epochs):
                width = mean_interval_width(predictions[:, 0], predictions[:, -1])
                records.append(
                    {"data": f"{target}, {share:.0%} zeros", "seed": seed}
                    | {"lever": lever}
                    | quantile_scores(y[n_train:], predictions, 0.0)
                    | {"width of 90 %": width}
                )
    return summarize(records, SCORES[1])


def main():
    """Run the study, print its table, and write it to the folder `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=60, help="at most")
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    tables = [run(arguments.seeds, arguments.epochs)]
    show(tables, "zeros", arguments.out, ["sklstm", "sklearn", "numpy"], ("quantile",))


if __name__ == "__main__":
    main()
