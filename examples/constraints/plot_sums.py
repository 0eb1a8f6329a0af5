"""
Parts and totals: forecasts that add up
=======================================

Forecasts of parts and their total that add up exactly and are never negative.

A bike sharing system counts casual and registered hires, and their sum. Separate
forecasts of the three do not add up. The usual cures make them, at a price: adding up
the parts discards the forecast of the total, and scaling the parts ignores which of
them is certain. Here the sum is declared, and each forecast moves as little as
possible.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import root_mean_squared_error
from sklearn.multioutput import MultiOutputRegressor

from sklstm import PositiveOrderedRegressor
from sklstm.datasets import load_bike_sharing
from sklstm.metrics import violation_report

# %%
# A forecast for each column
# --------------------------
#
# The hires of an hour are predicted from those one hour, one day and one week before,
# and from calendar and weather. The last quarter is the test set.

bikes = load_bike_sharing(as_frame=True)
targets = ["casual", "registered", "count"]
y = bikes.frame[targets]
lags = [y.shift(h).add_suffix(f", {h} hours ago") for h in (1, 24, 168)]
X = pd.concat([bikes.frame.drop(columns=["day_of_year", *targets]), *lags], axis=1)
X, y = X.iloc[168:], y.iloc[168:]
n_train = len(X) * 3 // 4
X_train, X_test = X[:n_train], X[n_train:]
y_train, y_test = y[:n_train], y[n_train:]

trees = MultiOutputRegressor(HistGradientBoostingRegressor(random_state=0))

# %%
# Which forecasts may move, and how far?
# --------------------------------------
#
# ``output_weight`` says how much it costs to change an output. The inverse of the
# variance of its errors, on hours that the regressor was not trained on, lets the least
# certain forecast move most. This is the reconciliation by weighted least squares of
# Wickramasuriya et al. (`doi:10.1080/01621459.2018.1448825
# <https://doi.org/10.1080/01621459.2018.1448825>`_) with non-negativity.

n_first = n_train * 3 // 4
earlier = trees.fit(X_train[:n_first], y_train[:n_first]).predict(X_train[n_first:])
precision = 1 / (y_train[n_first:] - earlier).var()

constrained = PositiveOrderedRegressor(
    trees,
    lower=0.0,
    order=None,
    rules=["casual + registered == count"],
    output_weight=precision,
)
constrained.fit(X_train, y_train)
print(violation_report(constrained, X_test))

# %%
# Against what one does by hand
# -----------------------------

raw = constrained.predict_raw(X_test)
parts = np.maximum(raw[:, :2], 0)
total = np.maximum(raw[:, 2:], 0)
adjusted = constrained.predict(X_test)
forecasts = {
    "raw": raw,
    "clip": np.maximum(raw, 0),
    "clip, then add": np.hstack([parts, parts.sum(axis=1, keepdims=True)]),
    "clip, then scale": np.hstack(
        [parts * total / parts.sum(axis=1, keepdims=True), total]
    ),
    "projection": adjusted,
}
scores = {}
for name, forecast in forecasts.items():
    forecast = pd.DataFrame(forecast, columns=targets)
    errors = {
        f"RMSE of {target}": root_mean_squared_error(y_test[target], forecast[target])
        for target in targets
    }
    adds_up = forecast["casual"] + forecast["registered"] == forecast["count"]
    scores[name] = errors | {"rows that add up exactly (%)": 100 * adds_up.mean()}
table = pd.DataFrame(scores).T
print("Root mean squared error (RMSE) in hires an hour")
print(table.round(1).to_string())

# %%
# The projection has the lowest error of the total, since it uses all three forecasts.
# Its rows add up exactly, as NumPy evaluates the sum, while those of scaled parts miss
# it by rounding.

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
errors = table.filter(like="RMSE").sub(table.loc["raw"].filter(like="RMSE"))
errors.columns = [name.removeprefix("RMSE of ") for name in errors.columns]
errors.drop(index="raw").plot.barh(ax=ax, width=0.75)
ax.axvline(0, color="black", linewidth=0.8)
ax.invert_yaxis()
ax.set(xlabel="Change of the RMSE from the raw forecasts (hires an hour)")
ax.legend(frameon=False)
plt.show()
