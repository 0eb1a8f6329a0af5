"""Bounds by row on solar radiation, and sums on bike hires, against simpler levers.

Forecasts are one step ahead, from the rows of the last day and from what is known of
the row forecast: its hour, and the sun above the atmosphere (ETR), or the calendar. The
spread is over three test periods, each after its training rows. All levers adjust the
predictions of the same fitted regressor. MinTrace is that of the package
hierarchicalforecast, and is left out if that is not installed.
"""

import argparse
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from levers import show, summarize
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import TimeSeriesSplit
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sklstm import adjust_predictions
from sklstm.datasets import load_bike_sharing, load_solar
from sklstm.preprocessing import make_windows

N_FOLDS = 3
PARTS = ["casual", "registered"]
HIRES = [*PARTS, "count"]
SUM = ["casual + registered == count"]


def regressors():
    """Return the regressors of the study, by name."""
    trees = HistGradientBoostingRegressor(max_iter=100, early_stopping=False)
    return {
        "Ridge": make_pipeline(StandardScaler(), Ridge(alpha=100.0)),
        "HistGradientBoosting": MultiOutputRegressor(trees),
    }


def windows(frame, targets, known):
    """Return rows of the last day and of what is known ahead, and the targets."""
    past = frame.drop(columns="day_of_year")
    X, y = make_windows(past, lookback=24, target=targets)
    ahead = frame[known].iloc[24:].to_numpy()
    return np.column_stack([X.reshape(len(X), -1), ahead]), y.to_numpy(), ahead


def bounded(raw, ceiling, y_train, ceiling_train):
    """Yield each lever of bounds, and its predictions of one target.

    The margin is the largest excess over the ceiling in the training rows.
    """
    margin = max(float((y_train - ceiling_train).max()), 0.0)
    yield "raw", raw
    yield "clip at 0", adjust_predictions(raw, order=None)
    constant = float(y_train.max())
    yield "constant bounds", adjust_predictions(raw, upper=constant, order=None)
    for name, upper in (
        ("bound by row", ceiling),
        ("bound by row, with margin", ceiling + margin),
    ):
        yield name, adjust_predictions(raw, upper=upper, order=None)


def solar(records):
    """Cap the global horizontal irradiance at that above the atmosphere."""
    frame = load_solar(as_frame=True).frame
    X, y, ahead = windows(frame, ["GHI"], ["ETR", "hour"])
    y, ceiling = y.ravel(), ahead[:, 0]
    for name, regressor in regressors().items():
        for fold, (train, test) in enumerate(TimeSeriesSplit(N_FOLDS).split(X)):
            model = regressor.fit(X[train], y[train].reshape(-1, 1))
            raw = np.ravel(model.predict(X[test]))
            levers = bounded(raw, ceiling[test], y[train], ceiling[train])
            for lever, found in levers:
                night = ceiling[test] == 0
                excess = found > ceiling[test] + 5.0
                records.append(
                    {
                        "data": f"GHI, {name}",
                        "seed": fold,
                        "lever": lever,
                        "RMSE": root_mean_squared_error(y[test], found),
                        "RMSE at night": root_mean_squared_error(
                            y[test][night], found[night]
                        ),
                        "negative or above ETR + 5 (%)": 100
                        * np.mean((found < 0) | excess),
                    }
                )


def proportional(raw):
    """Clip, and scale the parts to the total, which is kept."""
    found = np.maximum(raw, 0)
    shares = found[:, :2].sum(axis=1)
    scale = np.divide(found[:, 2], shares, out=np.zeros_like(shares), where=shares > 0)
    found[:, :2] *= scale[:, np.newaxis]
    return found


def added(raw):
    """Clip the parts, and add them up; the forecast of the total is not used."""
    parts = np.maximum(raw[:, :2], 0)
    return np.column_stack([parts, parts.sum(axis=1)])


def min_trace(method, raw, y_known, earlier):
    """Reconcile with MinTrace of hierarchicalforecast, whose total comes first."""
    from hierarchicalforecast.methods import MinTrace

    order = [2, 0, 1]
    summing = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sparse matrices and negative forecasts
        found = MinTrace(method=method, nonnegative=True).fit_predict(
            S=summing,
            y_hat=raw[:, order].T,
            y_insample=y_known[:, order].T,
            y_hat_insample=earlier[:, order].T,
        )["mean"]
    return found.T[:, np.argsort(order)]


def summed(raw, y_known, earlier):
    """Yield each lever of sums, and a function that adjusts the predictions.

    `earlier` are forecasts of `y_known`, known rows that the regressor was not trained
    on; their errors determine weights.
    """
    names = {"lower": 0.0, "order": None, "rules": SUM}
    table = pd.DataFrame(raw, columns=HIRES)
    precision = 1 / (y_known - earlier).var(axis=0)
    top_down = np.array([*precision[:2], np.inf])
    yield "raw", lambda: raw
    yield "clip, then add the parts", lambda: added(raw)
    yield "clip, then scale the parts", lambda: proportional(raw)
    for lever, weight in (
        ("projection", None),
        ("projection, weighted by precision", precision),
        ("projection, total kept", top_down),
    ):
        yield (
            lever,
            lambda weight=weight: adjust_predictions(
                table, output_weight=weight, **names
            ).to_numpy(),
        )
    if find_spec("hierarchicalforecast"):
        for method in ("ols", "wls_var", "mint_shrink"):
            yield (
                f"MinTrace, {method}",
                lambda method=method: min_trace(method, raw, y_known, earlier),
            )
    else:
        print("hierarchicalforecast is not installed: MinTrace is left out.")


def bikes(records):
    """Let casual and registered hires add up to all hires."""
    frame = load_bike_sharing(as_frame=True).frame
    X, y, _ = windows(frame, HIRES, ["hour", "weekday", "holiday", "workingday"])
    for name, regressor in regressors().items():
        for fold, (train, test) in enumerate(TimeSeriesSplit(N_FOLDS).split(X)):
            first, last = np.split(train, [len(train) * 3 // 4])
            earlier = regressor.fit(X[first], y[first]).predict(X[last])
            raw = regressor.fit(X[train], y[train]).predict(X[test])
            for lever, adjust in summed(raw, y[last], earlier):
                start = time.perf_counter()
                found = adjust()
                seconds = time.perf_counter() - start
                errors = {
                    f"RMSE of {target}": root_mean_squared_error(
                        y[test, k], found[:, k]
                    )
                    for k, target in enumerate(HIRES)
                }
                excess = np.abs(found[:, 0] + found[:, 1] - found[:, 2])
                records.append(
                    {
                        "data": f"hires, {name}",
                        "seed": fold,
                        "lever": lever,
                        "RMSE": root_mean_squared_error(y[test], found),
                        **errors,
                        "broken rows (%)": 100
                        * np.mean((excess > 0) | (found < 0).any(axis=1)),
                        "largest violation": max(excess.max(), -found.min(), 0.0),
                        "ms": 1000 * seconds,
                    }
                )


def run():
    """Return the tables of bounds by row and of sums."""
    bounds, sums = [], []
    for study, records in tqdm(((solar, bounds), (bikes, sums)), desc="rules"):
        study(records)
    return summarize(bounds, "RMSE"), summarize(sums, "RMSE")


def main():
    """Run the study, print the tables, and write them to the folder `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    modules = ["sklstm", "sklearn", "numpy"]
    modules += ["hierarchicalforecast"] * bool(find_spec("hierarchicalforecast"))
    show(run(), "rules", arguments.out, modules, ("bounds", "sums"))


if __name__ == "__main__":
    main()
