"""
Fans over twelve hours: quantiles of every step in one network
==============================================================

Quantiles of each of twelve hours, closing at night, from one network.

How sure is a forecast of solar radiation one hour ahead, and twelve hours ahead? One
network that predicts quantiles of every step answers both.
:class:`~sklstm.PositiveOrderedRegressor` orders the quantiles within each step, and
keeps each step below the radiation above the atmosphere (ETR), which is known for every
hour of the future, so that the fans close at night.
"""

import pandas as pd
from matplotlib import pyplot as plt

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.inspection import FanChartDisplay
from sklstm.metrics import d2_pinball_score, violation_report
from sklstm.preprocessing import make_windows

# %%
# Windows with a target for each step
# -----------------------------------
#
# A window is a day of hours. Its targets are the global horizontal irradiance (GHI) of
# the next twelve hours. ETR is known ahead, so it is a second channel, twelve hours
# later. The last quarter of the year is the test set.

horizon = 12
solar = load_solar(as_frame=True).frame
X, y = make_windows(
    solar[["GHI", "ETR", "hour"]],
    lookback=24,
    horizon=horizon,
    target="GHI",
    known="ETR",
)
is_test = y.index >= "1990-10"
X_train, y_train = X[~is_test][: -horizon + 1], y[~is_test][: -horizon + 1]
X_test, y_test = X[is_test], y[is_test]

# %%
# One output for each step and level
# ----------------------------------
#
# With 12 steps and 3 levels, the network has 36 outputs. Their names are those of the
# columns of y and the level.

levels = (0.1, 0.5, 0.9)
network = LSTMRegressor(
    units=16, quantiles=levels, learning_rate=0.01, epochs=20, random_state=0
)
model = PositiveOrderedRegressor(network).fit(X_train, y_train)
print(*model.output_names_[:4], "...", model.output_names_[-1], sep="\n")

# %%
# Bounds of each step
# -------------------
#
# The last 12 values of the channel that is ahead are ETR in the hours of the forecast.
# A column of this table is a bound for all quantiles of the target of its name. It has
# a margin of 5 W/m², since the sums of an hour are rounded.

sun = pd.DataFrame(X_test[:, -horizon:, -1] + 5, columns=y.columns)
predicted = model.predict(X_test, upper=sun)
report = violation_report(model, X_test, upper=sun)
print(f"{report.share_any:.0%} of the raw forecasts break a rule. The worst rules:")
print(report.to_frame()["share"].nlargest(3).round(2).to_string(header=False))

# %%
# What each step is worth
# -----------------------
#
# With ``multioutput="raw_values"``, the score has a row for each step and a column for
# each level. It is the share of the pinball loss of constant quantiles that the
# forecast explains.

score = d2_pinball_score(y_test, predicted, quantiles=levels, multioutput="raw_values")
print(pd.DataFrame(score, index=y.columns, columns=levels).round(2))

# %%
# Three forecasts
# ---------------
#
# A row of the prediction, reshaped to steps and levels, is a fan over the time of the
# forecast. What was uncertain at 4 o'clock in the morning is less so at noon.

fans = predicted.reshape(-1, horizon, len(levels))
fig, axes = plt.subplots(3, figsize=(8, 8), sharey=True, layout="constrained")
for ax, first in zip(axes, ("04:00", "08:00", "12:00"), strict=True):
    row = y_test.index.get_loc(pd.Timestamp(f"1990-10-20 {first}"))
    FanChartDisplay.from_predictions(
        fans[row],
        quantiles=levels,
        y_true=y_test.iloc[row],
        x=pd.date_range(y_test.index[row], periods=horizon, freq="h"),
        unit="W/m²",
        ax=ax,
    )
    ax.set_title(f"Forecast from {first} on")
plt.show()
