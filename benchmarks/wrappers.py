"""The same constraints around other regressors: Ridge, boosted trees and XGBoost.

The tasks and scores are those of ``levers.py``. These regressors do not depend on a
seed, so the spread is over three test periods: each fold trains on all rows before its
test period. All methods adjust the predictions of the same fitted regressor. XGBoost is
left out if it is not installed.
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
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sklstm import PositiveOrderedRegressor
from sklstm.preprocessing import make_windows

N_FOLDS = 3


class RegressorPerQuantile(RegressorMixin, BaseEstimator):
    """Fit a clone of a regressor for each of several quantiles.

    Parameters
    ----------
    regressor : object
        Has a parameter `quantile`.
    quantiles : tuple of float
        The levels, a column of the predictions for each.
    """

    def __init__(self, regressor, quantiles):
        self.regressor = regressor
        self.quantiles = quantiles

    def fit(self, X, y):
        """Fit one regressor for each level."""
        self.regressors_ = [
            clone(self.regressor).set_params(quantile=level).fit(X, y)
            for level in self.quantiles
        ]
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        """Predict a column for each level."""
        return np.column_stack([one.predict(X) for one in self.regressors_])


def point_regressors():
    """Return the regressors of several targets, by name."""
    return {"Ridge": make_pipeline(StandardScaler(), Ridge(alpha=100.0))}


def quantile_regressors():
    """Return the regressors of several quantiles, by name."""
    trees = HistGradientBoostingRegressor(
        loss="quantile", quantile=0.5, max_iter=50, early_stopping=False
    )
    regressors = {"HistGradientBoosting": RegressorPerQuantile(trees, LEVELS)}
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


def run(datasets=tuple(DATASETS)):
    """Return the tables of point and of quantile forecasts."""
    points, quantiles = [], []
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
                    for lever, predictions in constrained(
                        regressor, X[train], y[train], X[test], lower
                    ):
                        found = scores(y[test], predictions, lower)
                        records.append(here | {"lever": lever} | found)
    return summarize(points, SCORES[0]), summarize(quantiles, SCORES[1])


def main():
    """Run the study, print the tables, and write them to the folder `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest data set")
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    tables = run(("seattle weather",)) if arguments.quick else run()
    modules = ["sklstm", "sklearn", "numpy"]
    modules += ["xgboost"] * (find_spec("xgboost") is not None)
    show(tables, "wrappers", arguments.out, modules)


if __name__ == "__main__":
    main()
