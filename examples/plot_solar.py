"""
Sunshine that breaks physics, and the same network that does not
=================================================================

A year of hourly weather at one station: global and diffuse horizontal irradiance (GHI
and DHI), air temperature and dew point. An LSTM forecasts the next three hours from the
last 24. Physics says

- irradiance is never negative, and the diffuse part is at most the whole:
  ``0 <= DHI <= GHI``;
- the dew point is at most the air temperature.

The data obey this in every hour. The network knows nothing of it.
:class:`~sklstm.PositiveOrderedRegressor` is told once, and each of its predictions
obeys.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.pipeline import make_pipeline
from tqdm.keras import TqdmCallback

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.preprocessing import SequenceScaler, make_windows

# %%
# Windows, and a split in time
# ----------------------------
#
# Each row of X is a window of 24 hours; each row of y holds the four quantities one,
# two and three hours later, in columns named ``GHI+1`` to ``dew_point+3``. The last
# quarter of the year is for the test; the two windows before it, whose targets reach
# into it, are left out. The day of the year is no input: no training row could teach
# what it means in autumn.

HORIZON = 3
TARGETS = ["GHI", "DHI", "temperature", "dew_point"]
UNITS = {"GHI": "W/m²", "DHI": "W/m²", "temperature": "°C", "dew_point": "°C"}

solar = load_solar(as_frame=True).frame.drop(columns="day_of_year")
X, y = make_windows(solar, lookback=24, horizon=HORIZON, target=TARGETS)
n_train = len(X) * 3 // 4
X_train, y_train = X[: n_train - HORIZON + 1], y[: n_train - HORIZON + 1]
X_test, y_test = X[n_train:], y[n_train:]

# %%
# What is known, declared once
# ----------------------------
#
# The wrapped regressor is a Pipeline that normalises each channel and trains an LSTM.
# Bounds and orders are declared in the units of the target, outside of it.

hours = range(1, HORIZON + 1)
constrained = PositiveOrderedRegressor(
    make_pipeline(
        SequenceScaler(),
        LSTMRegressor(
            units=16, epochs=20, random_state=0, callbacks=[TqdmCallback(verbose=0)]
        ),
    ),
    lower={f"{name}+{h}": 0.0 for name in ("GHI", "DHI") for h in hours},
    order=[f"DHI+{h} <= GHI+{h}" for h in hours]
    + [f"dew_point+{h} <= temperature+{h}" for h in hours],
)
constrained.fit(X_train, y_train)

# %%
# Before and after
# ----------------
#
# The same fitted network, without the constraints and with them.

forecasts = {
    "raw LSTM": pd.DataFrame(constrained.predict_raw(X_test), columns=y.columns),
    "constrained": pd.DataFrame(constrained.predict(X_test), columns=y.columns),
}


def broken_rules(forecast):
    """Return, for each rule, which rows break it in any of the hours."""

    def column(name):
        return forecast[[f"{name}+{h}" for h in hours]].to_numpy()

    broken = {
        "GHI >= 0": column("GHI") < 0,
        "DHI >= 0": column("DHI") < 0,
        "DHI <= GHI": column("DHI") > column("GHI"),
        "dew_point <= temperature": column("dew_point") > column("temperature"),
    }
    return pd.DataFrame({rule: rows.any(axis=1) for rule, rows in broken.items()})


def rmse(forecast):
    """Return the root mean squared error of each quantity, over the hours."""
    squared = (forecast.to_numpy() - y_test.to_numpy()) ** 2
    by_quantity = squared.reshape(len(squared), HORIZON, len(TARGETS))
    return np.sqrt(by_quantity.mean(axis=(0, 1)))


shares = pd.DataFrame(
    {
        name: pd.concat([rows.mean(), pd.Series({"any rule": rows.any(axis=1).mean()})])
        for name, rows in ((n, broken_rules(f)) for n, f in forecasts.items())
    }
)
errors = pd.DataFrame(
    {name: rmse(forecast) for name, forecast in forecasts.items()},
    index=[f"{name} ({UNITS[name]})" for name in TARGETS],
)

print(f"\nShare of the {len(X_test)} test rows that break a rule")
print((100 * shares).map("{:.1f} %".format).to_string())
print("\nRoot mean squared error")
print(errors.map("{:.2f}".format).to_string())

# %%
# A few days of it
# ----------------
#
# Hours in which the forecast for the next hour breaks a rule are shaded.

days = slice(24 * 20 + 12, 24 * 24 + 12)
quantities = [("GHI", "DHI"), ("temperature", "dew_point")]
labels = {"GHI": "GHI", "DHI": "DHI", "temperature": "air", "dew_point": "dew point"}
fig, axes = plt.subplots(
    2, 2, figsize=(11, 6), sharex=True, sharey="row", layout="constrained"
)
for column, (name, forecast) in enumerate(forecasts.items()):
    for ax, (upper, lower) in zip(axes[:, column], quantities, strict=True):
        high = forecast[f"{upper}+1"].to_numpy()[days]
        low = forecast[f"{lower}+1"].to_numpy()[days]
        broken = low > high
        if upper == "GHI":
            broken |= (low < 0) | (high < 0)
            ax.axhline(0, color="0.5", linewidth=0.8)
        hour = np.arange(len(high))
        for start in hour[broken]:
            ax.axvspan(start - 0.5, start + 0.5, color="tab:red", alpha=0.25, lw=0)
        ax.plot(hour, high, color="black", label=labels[upper])
        ax.plot(hour, low, color="tab:blue", linestyle="--", label=labels[lower])
        ax.text(
            0.99,
            0.97,
            f"{broken.sum()} of these {len(hour)} hours",
            transform=ax.transAxes,
            ha="right",
            va="top",
        )
    share = shares.at["any rule", name]
    axes[0, column].set_title(f"{name}: {share:.0%} of all forecasts break a rule")
    axes[1, column].set_xlabel("Hour")
axes[0, 0].set_ylabel("Irradiance, next hour (W/m²)")
axes[1, 0].set_ylabel("Temperature, next hour (°C)")
for ax in axes[:, 0]:
    ax.margins(y=0.15)
    ax.legend(loc="upper left", ncols=2, frameon=False)
fig.suptitle("An LSTM's forecast of solar weather: hours that break physics are shaded")

# %%
# The figure is kept beside the script.

if "__file__" in globals():
    figure = Path(__file__).with_suffix(".png")
    fig.savefig(figure, dpi=120)
    print(f"\nFigure: {figure}")
