"""
Calibrated intervals of rain
============================

Intervals of any regressor that cover what they say, do not cross, and stay in bounds.

A 90 % interval should cover 90 % of the days. That of a regressor covers what it
learned, and that of a conformal method covers 90 %, but may promise negative rain.
:class:`~sklstm.CalibratedQuantileRegressor` within
:class:`~sklstm.PositiveOrderedRegressor` covers what it says, does not cross, and is
never negative.
"""

from importlib.util import find_spec

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.ensemble import HistGradientBoostingRegressor

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
)
from sklstm.datasets import load_seattle_weather
from sklstm.inspection import FanChartDisplay, QuantileCalibrationDisplay
from sklstm.metrics import interval_coverage, mean_interval_width, violation_report
from sklstm.preprocessing import make_windows

# %%
# The input is the weather of the last week, the target is the rain of the next
# day. The last of the four years is the test set.

weather = load_seattle_weather(as_frame=True).frame
windows, y = make_windows(weather, lookback=7, target="precipitation")
X = windows.reshape(len(windows), -1)
is_test = y.index >= "2015"
X_train, X_test = X[~is_test], X[is_test]
y_train, y_test = y[~is_test], y[is_test]

# %%
# Boosted trees for each of five quantiles, the same with constraints, and the same
# calibrated across five folds, within the constraints:

levels = (0.05, 0.25, 0.5, 0.75, 0.95)
trees = HistGradientBoostingRegressor(loss="quantile", max_iter=150)
fan = MultiQuantileRegressor(trees, levels)
models = {
    "trees": fan,
    "constrained": PositiveOrderedRegressor(fan),
    "calibrated, constrained": PositiveOrderedRegressor(
        CalibratedQuantileRegressor(fan, cv=5)
    ),
}
predictions = {
    name: model.fit(X_train, y_train).predict(X_test) for name, model in models.items()
}

# %%
# MAPIE calibrates intervals conformally, too, here around a regressor of the mean whose
# predictions are not negative. Its intervals know no bounds. It is left out if it is
# not installed.

if find_spec("mapie"):
    from mapie.regression import SplitConformalRegressor

    n_train = len(X_train) * 4 // 5
    mean = PositiveOrderedRegressor(HistGradientBoostingRegressor(max_iter=50))
    conformal = SplitConformalRegressor(mean, confidence_level=0.9, prefit=False)
    conformal.fit(X_train[:n_train], y_train[:n_train].to_numpy())
    conformal.conformalize(X_train[n_train:], y_train[n_train:].to_numpy())
    points, intervals = conformal.predict_interval(X_test)
    predictions["MAPIE around a constrained mean"] = np.column_stack(
        [intervals[:, 0, 0], points, intervals[:, 1, 0]]
    )
else:
    print("MAPIE is not installed.")

# %%
# Coverage, width and broken rules of the intervals from 5 % to 95 %. No day has less
# rain than a lower end of 0 mm, so that intervals with this lower end cover 95 % if
# their upper end is right.


def describe(quantiles):
    """Return what the table shows of the quantiles of each day."""
    low, high = quantiles[:, 0], quantiles[:, -1]
    return {
        "coverage": interval_coverage(y_test, low, high),
        "mean width (mm)": mean_interval_width(low, high),
        "days with negative rain": violation_report(quantiles, order=None).share_any,
        "days that cross": violation_report(quantiles, lower=None).share_any,
    }


table = {name: describe(quantiles) for name, quantiles in predictions.items()}
print(pd.DataFrame(table).T.round(3).to_string())

# %%
# Calibration of each level
# -------------------------
#
# The points of calibrated quantiles are near the diagonal. It does not rain on more
# than half of the days, so the lower quantiles are 0 on many days: no share of the days
# is strictly below them, and more than half is at or below them. The bars connect both.
# A level is met if its bar crosses the diagonal.

figure, ax = plt.subplots(figsize=(5, 5.6), layout="constrained")
for name in ("constrained", "calibrated, constrained"):
    QuantileCalibrationDisplay.from_predictions(
        y_test, predictions[name], quantiles=levels, name=name, ax=ax
    )
plt.show()

# %%
# The calibrated fan
# ------------------
#
# Sixty days of spring:

days = slice(60, 120)
FanChartDisplay.from_predictions(
    predictions["calibrated, constrained"][days],
    quantiles=levels,
    y_true=y_test[days],
    x=y_test.index[days],
    unit="mm/day",
)
plt.show()
