"""
Gaps in a series, and a validation set of your own
==================================================

Missing hours are skipped, missing channels imputed, and a month of choice validates.

Loggers fail, and so do single sensors. Hours in which every channel is missing are
absent: :class:`~sklstm.LSTMRegressor` skips them. Hours in which only some channels are
missing still tell something, and it is for you to say what stands in for the rest: they
are imputed, inside the Pipeline. Training is stopped by the month before the test,
which is given to ``fit`` as a validation set.
"""

import textwrap

import numpy as np
import pandas as pd
import sklearn
from matplotlib import pyplot as plt
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.datasets import load_solar
from sklstm.preprocessing import SequenceScaler, make_windows

# %%
# From half a year of hourly weather, we take away runs of six hours of all channels, as
# if the logger had been off, and runs of twelve hours of the dew point alone.

columns = ["GHI", "temperature", "dew_point", "hour"]
weather = load_solar(as_frame=True).frame.loc["1990-04-01":"1990-09-30", columns]
rng = np.random.default_rng(0)
seen = weather.copy()
for n_runs, length, lost in ((70, 6, columns), (100, 12, ["dew_point"])):
    for start in rng.integers(len(seen) - length, size=n_runs):
        seen.iloc[start : start + length, seen.columns.get_indexer(lost)] = np.nan
off = seen.isna().all(axis=1)
in_part = seen.isna().any(axis=1) & ~off
print(f"{off.mean():.0%} of the hours are absent, {in_part.mean():.0%} incomplete")

# %%
# Windows keep what is missing. Only a window of which every hour is absent says
# nothing, and only windows with a known target can train.

X, y, rows = make_windows(seen, lookback=24, target="temperature", return_rows=True)
times = seen.index[rows]
is_usable = ~np.isnan(X).all(axis=(1, 2))
is_known = is_usable & y.notna().to_numpy()
train = is_known & (times < "1990-08-01")
validation = is_known & (times >= "1990-08-01") & (times < "1990-09-01")
test = is_usable & (times >= "1990-09-01")

# %%
# A network alone refuses the incomplete hours, and says what to do.

network = LSTMRegressor(epochs=30, early_stopping=True, random_state=0)
try:
    network.fit(X[train], y[train])
except ValueError as error:
    print(textwrap.fill(str(error), 88))

# %%
# :class:`~sklstm.preprocessing.SequenceScaler` applies any scaler, or a Pipeline, to
# the channels, and passes absent hours through. ``transform_input`` has the Pipeline
# transform the validation set as it transforms X.

with sklearn.config_context(enable_metadata_routing=True):
    imputed = make_pipeline(
        SequenceScaler(make_pipeline(StandardScaler(), SimpleImputer())),
        network.set_fit_request(X_val=True, y_val=True),
        transform_input=["X_val"],
    ).fit(X[train], y[train], X_val=X[validation], y_val=y[validation])
    predicted = pd.Series(imputed.predict(X[test]), times[test])


def mean_error(forecast):
    """Return the mean absolute error in the hours of the test, also in the gaps."""
    return np.mean(np.abs(forecast - weather["temperature"][times[test]]))


print(f"mean absolute error: {mean_error(predicted):.2f} °C")
last = seen["temperature"].ffill().shift(1)[times[test]]
print(f"of the last known temperature: {mean_error(last):.2f} °C")

# %%
# Filling all gaps with means instead feeds the network hours that were never measured.

imputer = SimpleImputer().set_output(transform="pandas")
filled = imputer.fit(seen.loc[:"1990-07"]).transform(seen)
Z, _ = make_windows(filled, lookback=24, target="temperature")
naive = LSTMRegressor(epochs=30, early_stopping=True, random_state=0).fit(
    Z[train], y[train], X_val=Z[validation], y_val=y[validation]
)
print(f"with all gaps filled: {mean_error(naive.predict(Z[test])):.2f} °C")

# %%
# Six days of the test. Forecasts go on while the logger is off, from what was seen
# before. Nothing says how many hours ago that was, so they stand still.

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
days = slice("1990-09-10", "1990-09-15")
ax.plot(weather.loc[days, "temperature"], color="0.75", label="truth")
ax.plot(seen.loc[days, "temperature"], color="black", label="measured")
ax.plot(predicted.loc[days], ".", color="C1", label="forecast, one hour ahead")
ax.set(ylabel="Temperature (°C)")
ax.xaxis.set_major_formatter(plt.matplotlib.dates.DateFormatter("%d %b"))
ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.15))
plt.show()
