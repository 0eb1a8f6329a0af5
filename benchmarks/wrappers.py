"""The same constraints around other regressors, and calibration of their quantiles.

The tasks and scores are those of ``levers.py``. These regressors do not depend on a
seed, so the spread is over three test periods: each fold trains on all rows before its
test period. All methods adjust the predictions of the same fitted regressor; calibrated
quantiles are those of regressors that are trained without the rows that calibrate.
LightGBM and XGBoost are left out if they are not installed.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from levers import (
    DATASETS,
    LEVELS,
    METHODS,
    SCORES,
    point_scores,
    quantile_scores,
    show,
    summarize,
)
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
)
from sklstm.metrics import mean_interval_width
from sklstm.preprocessing import make_windows

N_FOLDS = 3


def point_regressors():
    """Return the regressors of several targets, by name."""
    return {"Ridge": make_pipeline(StandardScaler(), Ridge(alpha=100.0))}


def quantile_regressors():
    """Return the regressors of several quantiles, by name."""
    trees = HistGradientBoostingRegressor(
        loss="quantile", quantile=0.5, max_iter=50, early_stopping=False
    )
    regressors = {"HistGradientBoosting": MultiQuantileRegressor(trees, LEVELS)}
    if find_spec("lightgbm"):
        from lightgbm import LGBMRegressor

        trees = LGBMRegressor(
            objective="quantile",
            n_estimators=50,
            deterministic=True,
            force_col_wise=True,
            n_jobs=2,
            verbose=-1,
        )
        regressors["LightGBM"] = MultiQuantileRegressor(trees, LEVELS)
    else:
        print("LightGBM is not installed: left out.")
    if find_spec("xgboost"):
        from xgboost import XGBRegressor

        regressors["XGBoost"] = XGBRegressor(
            objective="reg:quantileerror",
            quantile_alpha=np.array(LEVELS),
            n_estimators=50,
            max_depth=4,
            n_jobs=2,
        )
    else:
        print("XGBoost is not installed: left out.")
    return regressors


def constrained(regressor, X, y, X_test, lower):
    """Yield each method's name and test predictions, and first the raw ones.

    Parameters
    ----------
    regressor : object
        The regressor, which is fitted once on X and y and wrapped by every method.
    X, y : ndarray
        The training rows.
    X_test : ndarray of shape (n_samples, n_features)
        The rows to predict.
    lower : float or None
        The lower bound of all outputs, which are in increasing order.
    """
    fitted = FrozenEstimator(clone(regressor).fit(X, y))
    yield "raw", fitted.predict(X_test)
    levers = {method: {"method": method} for method in METHODS}
    if lower is not None:
        levers = {"clip": {"order": None}} | levers
    for lever, params in levers.items():
        model = PositiveOrderedRegressor(
            fitted, lower=lower, target_check="raise", **params
        )
        yield lever, model.fit(X, y).predict(X_test)


def calibrated(regressor, X, y, X_test):
    """Yield each calibration's name and test predictions, first without constraints.

    Parameters
    ----------
    regressor : object
        A regressor of quantiles.
    X, y : ndarray
        The training rows, in order of time.
    X_test : ndarray of shape (n_samples, n_features)
        The rows to predict.
    """
    for name, cv in (("the last fifth", None), ("3 folds", 3)):
        model = CalibratedQuantileRegressor(clone(regressor), cv=cv)
        fitted = FrozenEstimator(model.fit(X, y))
        yield f"calibrated on {name}", fitted.predict(X_test)
        bounded = PositiveOrderedRegressor(fitted, target_check="raise").fit(X, y)
        yield f"calibrated on {name}, bounds", bounded.predict(X_test)


def fan_scores(y, predictions, lower):
    """Return the scores of a quantile forecast, and the width of its interval."""
    width = mean_interval_width(predictions[:, 0], predictions[:, -1])
    scores = quantile_scores(y, predictions, lower)
    return scores | {"width of 90 %": width}


def run(datasets=tuple(DATASETS)):
    """Return the tables of point, of quantile and of calibrated forecasts."""
    points, quantiles, fans = [], [], []
    for name in tqdm(datasets, desc="wrappers"):
        loader, lookback, targets, positive, target = DATASETS[name]
        frame = loader(as_frame=True).frame.drop(columns="day_of_year")
        windows, y = make_windows(frame, lookback=lookback, target=targets)
        X = windows.reshape(len(windows), -1)
        kinds = [(points, point_regressors(), y.to_numpy(), point_scores, positive)]
        if target is not None:
            y = frame[target].to_numpy()[lookback:]
            kinds.append((quantiles, quantile_regressors(), y, quantile_scores, True))
        for records, regressors, y, scores, is_positive in kinds:
            lower = 0.0 if is_positive else None
            for label, regressor in regressors.items():
                here = {"data": f"{name}, {label}"}
                for fold, (train, test) in enumerate(TimeSeriesSplit(N_FOLDS).split(X)):
                    # `summarize` pairs differences by seed, here by fold.
                    here["seed"] = fold
                    data = X[train], y[train], X[test]
                    for lever, predictions in constrained(regressor, *data, lower):
                        found = scores(y[test], predictions, lower)
                        records.append(here | {"lever": lever} | found)
                        if records is quantiles and lever in ("raw", "sort"):
                            found = fan_scores(y[test], predictions, lower)
                            fans.append(here | {"lever": lever} | found)
                    if records is quantiles:
                        for lever, predictions in calibrated(regressor, *data):
                            found = fan_scores(y[test], predictions, lower)
                            fans.append(here | {"lever": lever} | found)
    return (
        summarize(points, SCORES[0]),
        summarize(quantiles, SCORES[1]),
        summarize(fans, SCORES[1]),
    )


def main():
    """Run the study, print the tables, and write them to the folder `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest data set")
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    tables = run(("seattle weather",)) if arguments.quick else run()
    modules = ["sklstm", "sklearn", "numpy"]
    modules += [name for name in ("lightgbm", "xgboost") if find_spec(name)]
    kinds = ("point", "quantile", "calibrated")
    show(tables, "wrappers", arguments.out, modules, kinds)


if __name__ == "__main__":
    main()
