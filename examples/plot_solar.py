"""
Solar forecasts that obey physics
=================================

The data are a year of hourly weather at one station: global and diffuse horizontal
irradiance (GHI and DHI), air temperature and dew point. An LSTM forecasts the next
three hours from the last 24. According to physics,

- irradiance is never negative, and its diffuse part does not exceed the total:
  ``0 <= DHI <= GHI``;
- the dew point does not exceed the air temperature.

The data obey these rules in every hour, but the network does not know them. They are
declared once in :class:`~sklstm.PositiveOrderedRegressor`, and all of its predictions
obey them.
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
# Each row of X is a window of 24 hours. Each row of y has the four quantities one, two
# and three hours later, in columns named ``GHI+1`` to ``dew_point+3``. The last quarter
# of the year is the test set. The two windows before it are left out, since their
# targets are in the test set. The day of the year is not an input, since no training
# row shows what its values in autumn mean.

HORIZON = 3
TARGETS = ["GHI", "DHI", "temperature", "dew_point"]
UNITS = {"GHI": "W/m²", "DHI": "W/m²", "temperature": "°C", "dew_point": "°C"}

solar = load_solar(as_frame=True).frame.drop(columns="day_of_year")
X, y = make_windows(solar, lookback=24, horizon=HORIZON, target=TARGETS)
n_train = len(X) * 3 // 4
X_train, y_train = X[: n_train - HORIZON + 1], y[: n_train - HORIZON + 1]
X_test, y_test = X[n_train:], y[n_train:]

# %%
# Declare the constraints
# -----------------------
#
# The wrapped regressor is a Pipeline that normalises each channel and trains an LSTM.
# Bounds and orders are declared outside of it, in the units of the target.

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
# Predictions of the same fitted network, without and with the constraints:

forecasts = {
    "raw LSTM": pd.DataFrame(constrained.predict_raw(X_test), columns=y.columns),
    "constrained": pd.DataFrame(constrained.predict(X_test), columns=y.columns),
}


def broken_rules(forecast):
    """Return, for each rule, which rows violate it in any of the hours."""

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

print(f"\nShare of the {len(X_test)} test rows that violate a rule")
print((100 * shares).map("{:.1f} %".format).to_string())
print("\nRoot mean squared error")
print(errors.map("{:.2f}".format).to_string())

# %%
# A few days
# ----------
#
# Hours in which the forecast for the next hour violates a rule are shaded:

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
    axes[0, column].set_title(f"{name}: {share:.0%} of all forecasts violate a rule")
    axes[1, column].set_xlabel("Hour")
axes[0, 0].set_ylabel("Irradiance, next hour (W/m²)")
axes[1, 0].set_ylabel("Temperature, next hour (°C)")
for ax in axes[:, 0]:
    ax.margins(y=0.15)
    ax.legend(loc="upper left", ncols=2, frameon=False)
fig.suptitle("Forecasts of an LSTM: hours that violate physics are shaded")

# %%
# The figure is saved next to the script.

if "__file__" in globals():
    figure = Path(__file__).with_suffix(".png")
    fig.savefig(figure, dpi=120)
    print(f"\nFigure: {figure}")
