"""
Bounds that differ by row: no more sun than there is
====================================================

A bound that changes from hour to hour, as an expression in the columns of X.

The global horizontal irradiance at the ground (GHI) hardly ever exceeds the irradiance
above the atmosphere (ETR), which is known for every hour of the future. A constant
bound cannot say so: at night ETR is 0, at noon in summer it is 1287 W/m².
"""

import pandas as pd
from matplotlib import pyplot as plt
from sklearn.linear_model import RidgeCV
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import violation_report

# %%
# The irradiance of the last day, and the sun of the hour to forecast
# -------------------------------------------------------------------
#
# A row of X has the GHI of the 24 hours before, and hour and ETR of the hour itself.
# The last quarter of the year is the test set.

solar = load_solar(as_frame=True).frame
lags = {f"GHI {h} hours ago": solar["GHI"].shift(h) for h in range(1, 25)}
X = pd.DataFrame({"ETR": solar["ETR"], "hour": solar["hour"]} | lags).iloc[24:]
y = solar[["GHI"]].iloc[24:]
n_train = len(X) * 3 // 4
X_train, y_train = X[:n_train], y[:n_train]
X_test, y_test = X[n_train:], y[n_train:]

# %%
# How wide must the bound be?
# ---------------------------
#
# Before a bound is declared, compare it with the training target. Values that exceed it
# are rounded sums of an hour, mostly around sunrise and sunset. A bound that excludes
# true values would make some predictions worse, so it gets a margin of 5 W/m²:

excess = y_train["GHI"] - X_train["ETR"]
print(f"above ETR: {(excess > 0).mean():.2%} of the training hours")
print(f"largest excess: {excess.max():.0f} W/m²")

# %%
# Declare it
# ----------
#
# A string is a linear expression in the columns of X, evaluated for each row. It is
# checked against the training target in ``fit``.

regressor = make_pipeline(StandardScaler(), RidgeCV())
constrained = PositiveOrderedRegressor(
    regressor, lower=0.0, upper={"GHI": "ETR + 5"}, order=None
)
constrained.fit(X_train, y_train)
print(violation_report(constrained, X_test))

# %%
# The raw predictions, the best constant bounds, and those that differ by row:

constant = PositiveOrderedRegressor(
    regressor, lower=0.0, upper=y_train.max().to_numpy(), order=None
).fit(X_train, y_train)
predictions = {
    "no bounds": constrained.predict_raw(X_test),
    "constant bounds": constant.predict(X_test),
    "bounds by row": constrained.predict(X_test),
}
night = X_test["ETR"] == 0
errors = pd.DataFrame(
    {
        name: {
            "all hours": root_mean_squared_error(y_test, values),
            "nights": root_mean_squared_error(y_test[night], values[night]),
        }
        for name, values in predictions.items()
    }
)
print("\nRoot mean squared error (W/m²)")
print(errors.round(1).to_string())

# %%
# Three days in December. Crosses mark the values that were changed: at night to 0 or to
# the margin of 5 W/m², and in the morning to what the sun can deliver.

days = X_test.index[-72 - 20 * 24 : -20 * 24]
ConstraintDisplay.from_estimator(
    constrained, X_test.loc[days], y_test.loc[days], x=days, unit="W/m²"
)
plt.show()

# %%
# If X has no columns to name, such as a 3-D array of windows, pass the bound with the
# call, ``constrained.predict(X, upper=...)``, or declare a callable that maps X to it.
