"""
Windows of a long series, without leaks
=======================================

From a table with a row for each hour to windows for a network, in two ways.

A recurrent network needs sequences, but data often come as a table with a row for each
hour. There are two ways to get from the table to sequences:

- :func:`~sklstm.preprocessing.make_windows` cuts windows *before* the estimator, with
  the rows that follow each window as the target. This makes a forecast.
- :class:`~sklstm.preprocessing.SlidingWindow` cuts windows *inside* a Pipeline, one for
  each row. The target of a row is predicted from this row and the rows before it.

This example shows both with a year of hourly solar radiation.
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.model_selection import TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_solar
from sklstm.inspection import LossCurveDisplay
from sklstm.preprocessing import SlidingWindow, make_windows

solar = load_solar(as_frame=True)
summer = solar.frame.loc["1990-06-01":"1990-08-31"]

# %%
# Windows before the estimator
# ----------------------------
#
# Each window has ``lookback`` hours, and its targets are the ``horizon`` hours that
# follow. The windows are a view of the table, so that long windows need no more memory
# than short ones. The index of ``y`` is the time of the first hour that is forecast.

X, y = make_windows(summer, lookback=48, horizon=12, target="GHI")
print(f"X {X.shape}, y {y.shape}: {y.columns[0]} ... {y.columns[-1]}")

fig, axes = plt.subplots(3, 1, figsize=(8, 5), sharex=True, layout="constrained")
GHI = summer.columns.get_loc("GHI")
for ax, start in zip(axes, [0, 12, 24], strict=True):
    hours = start + np.arange(48 + 12)
    ax.plot(summer["GHI"].to_numpy()[:96], color="0.8", label="series")
    ax.plot(hours[:48], X[start, :, GHI], color="black", label=f"X[{start}]")
    ax.plot(
        hours[48:], y.iloc[start], "o", markersize=3, color="C1", label=f"y[{start}]"
    )
    ax.set_ylabel("GHI (W/m²)")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
axes[-1].set_xlabel("Time (hours)")
fig.suptitle("Windows of 48 hours, each with the following 12 hours as its target")
plt.show()

# %%
# With a horizon of 12, neighbouring targets share 11 hours. To keep training and test
# targets apart, leave out 11 rows between them: ``TimeSeriesSplit(gap=horizon - 1)``.

for train, test in TimeSeriesSplit(n_splits=3, gap=11).split(X):
    last_known = y.index[train[-1]] + np.timedelta64(11, "h")
    print(f"training targets end {last_known}, test starts {y.index[test[0]]}")

# %%
# Windows inside a Pipeline
# -------------------------
#
# Here, GHI is predicted from the weather of the same hour and of the 11 hours before.
# The scaler comes first, so that it counts each hour once. It is fitted only on the
# training rows of each fold, and no window contains later rows. The first windows of a
# test fold are padded with its first row, since ``transform`` is only given the rows of
# the fold.

features = summer[["ETR", "temperature", "dew_point"]]
target = summer["GHI"]
pipeline = make_pipeline(
    StandardScaler(),
    SlidingWindow(length=12),
    LSTMRegressor(
        units=16,
        learning_rate=0.01,
        epochs=15,
        early_stopping=True,
        head="positive",
        random_state=0,
    ),
)
scores = cross_validate(
    pipeline,
    features,
    target,
    cv=TimeSeriesSplit(n_splits=3),
    scoring={"r2": "r2", "MAE": "neg_mean_absolute_error"},
)
for r2, mae in zip(scores["test_r2"], -scores["test_MAE"], strict=True):
    print(f"R² {r2:.2f}, mean absolute error {mae:.0f} W/m²")

# %%
# The loss curves of the network; the validation rows are the last rows given to
# ``fit``:

pipeline.fit(features, target)
LossCurveDisplay.from_estimator(pipeline)
plt.show()
