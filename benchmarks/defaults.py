"""Compare the defaults of LSTMRegressor with persistence, Ridge and boosted trees.

Forecasts are one step ahead, from windows of raw, unscaled data, on the last quarter of
the rows. The score is the mean R2 of the targets. Persistence repeats the last row. The
day of the year is left out, since its values in the last quarter are not in the
training rows.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from tqdm import tqdm

from sklstm import LSTMRegressor
from sklstm.datasets import load_bike_sharing, load_seattle_weather, load_solar
from sklstm.preprocessing import make_windows

DATASETS = {
    "solar": (load_solar, 24, ["GHI", "DHI", "temperature", "dew_point"]),
    "seattle weather": (
        load_seattle_weather,
        14,
        ["precipitation", "temp_min", "temp_max", "wind"],
    ),
    "bike sharing": (load_bike_sharing, 24, ["casual", "registered", "count"]),
}


def _flatten(X):
    return X.reshape(len(X), -1)


def windows(loader, lookback, targets):
    """Return windows, the targets after each, and the targets in its last row."""
    frame = loader(as_frame=True).frame.drop(columns="day_of_year")
    X, y = make_windows(frame, lookback=lookback, target=targets)
    last = X[:, -1, [frame.columns.get_loc(name) for name in targets]]
    return X, y.to_numpy(), last


def ridge():
    """Return a tuned Ridge on all values of a window."""
    return make_pipeline(
        FunctionTransformer(_flatten), StandardScaler(), RidgeCV(np.logspace(-3, 6))
    )


def rows(seeds):
    """Yield the row of each data set: the scores of each regressor."""
    for name, spec in DATASETS.items():
        X, y, last = windows(*spec)
        n_train = len(X) * 3 // 4
        train, test = slice(n_train), slice(n_train, None)
        linear = ridge().fit(X[train], y[train])
        trees = make_pipeline(
            FunctionTransformer(_flatten),
            MultiOutputRegressor(HistGradientBoostingRegressor(random_state=0)),
        ).fit(X[train], y[train])
        scores = []
        for seed in tqdm(range(seeds), desc=name, leave=False):
            lstm = LSTMRegressor(random_state=seed).fit(X[train], y[train])
            scores.append(r2_score(y[test], lstm.predict(X[test])))
        yield {
            "data": name,
            "persistence": r2_score(y[test], last[test]),
            "Ridge": r2_score(y[test], linear.predict(X[test])),
            "HistGradientBoosting": r2_score(y[test], trees.predict(X[test])),
            "LSTMRegressor()": np.mean(scores),
            "its spread": np.ptp(scores),
        }


def main():
    """Print the table, and write it to the file `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", help="a CSV file")
    arguments = parser.parse_args()
    table = pd.DataFrame(rows(arguments.seeds)).round(3)
    print(table.to_string(index=False))
    if arguments.out:
        table.to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
