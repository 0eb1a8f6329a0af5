"""
Solar forecasts that obey physics
=================================

An LSTM forecasts solar irradiance and temperatures, without and with what physics says.

The data are a year of hourly weather at one station: global and diffuse horizontal
irradiance (GHI and DHI), air temperature and dew point. An LSTM forecasts the next
three hours from the last 24. According to physics,

- irradiance is never negative, and its diffuse part does not exceed the total:
  ``0 <= DHI <= GHI``;
- the dew point does not exceed the air temperature.

The data obey these rules in every hour, but the network does not know them. They are
declared once in :class:`~sklstm.PositiveOrderedRegressor`, and all of its predictions
obey them. This is the demo of the package; it takes about half a minute.
"""

from pathlib import Path

import pandas as pd
from matplotlib import dates as mdates
from matplotlib import pyplot as plt
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.metrics import violation_report
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
UNITS = {"GHI": "W/m²", "DHI": "W/m²", "temperature": "°C", "dew_point": "°C"}

solar = load_solar(as_frame=True).frame.drop(columns="day_of_year")
X, y = make_windows(solar, lookback=24, horizon=HORIZON, target=list(UNITS))
n_train = len(X) * 3 // 4
X_train, y_train = X[: n_train - HORIZON + 1], y[: n_train - HORIZON + 1]
X_test, y_test = X[n_train:], y[n_train:]

# %%
# Declare the constraints
# -----------------------
#
# The wrapped regressor is a Pipeline that normalises each channel and trains an LSTM.
# Bounds and orders are declared outside of it, in the units of the target. A callback
# of Keras, such as ``callbacks=[TqdmCallback()]``, shows the progress of a long
# training.

hours = range(1, HORIZON + 1)
not_negative = {f"{name}+{h}": 0.0 for name in ("GHI", "DHI") for h in hours}
no_more_than_all = [f"DHI+{h} <= GHI+{h}" for h in hours]
no_dew_above_air = [f"dew_point+{h} <= temperature+{h}" for h in hours]
network = LSTMRegressor(units=16, epochs=20, random_state=0)
constrained = PositiveOrderedRegressor(
    make_pipeline(SequenceScaler(), network),
    lower=not_negative,
    order=no_more_than_all + no_dew_above_air,
)
constrained.fit(X_train, y_train)

# %%
# Before and after
# ----------------
#
# Predictions of the same fitted network, without and with the constraints. A row counts
# as violating a rule if it does so in any of the three hours:

forecasts = {
    "raw LSTM": pd.DataFrame(constrained.predict_raw(X_test), columns=y.columns),
    "constrained": pd.DataFrame(constrained.predict(X_test), columns=y.columns),
}
rules = {
    "GHI >= 0": {"lower": {f"GHI+{h}": 0.0 for h in hours}, "order": None},
    "DHI >= 0": {"lower": {f"DHI+{h}": 0.0 for h in hours}, "order": None},
    "DHI <= GHI": {"lower": None, "order": no_more_than_all},
    "dew_point <= temperature": {"lower": None, "order": no_dew_above_air},
    "any rule": {"lower": constrained.lower, "order": constrained.order},
}
shares = pd.DataFrame(
    {
        name: {rule: violation_report(rows, **r).share_any for rule, r in rules.items()}
        for name, rows in forecasts.items()
    }
)
print(f"Share of the {len(X_test)} test rows that violate a rule")
print((100 * shares).map("{:.1f} %".format).to_string())

# %%
# For one fitted estimator, nothing has to be declared again, and the report has a line
# for each rule and hour: ``violation_report(constrained, X_test)``.
#
# Constraints cost no accuracy: as the target obeys them, they bring each forecast
# closer to it. Over all three hours:

errors = {
    name: {
        f"{quantity} ({unit})": root_mean_squared_error(
            y_test.filter(like=f"{quantity}+").to_numpy().ravel(),
            forecast.filter(like=f"{quantity}+").to_numpy().ravel(),
        )
        for quantity, unit in UNITS.items()
    }
    for name, forecast in forecasts.items()
}
print("Root mean squared error")
print(pd.DataFrame(errors).map("{:.2f}".format).to_string())

# %%
# Four days of October
# --------------------
#
# Forecasts for the next hour, beside what was measured. Hours in which a forecast
# violates a rule are shaded:

days = y_test.loc["1990-10-22":"1990-10-25"].index
half_an_hour = pd.Timedelta("30min")
figure, axes = plt.subplots(
    2, 2, figsize=(10, 6), sharex=True, sharey="row", layout="constrained"
)
for column, (name, forecast) in zip(axes.T, forecasts.items(), strict=True):
    forecast = forecast.set_index(y_test.index).loc[days]
    for ax, (high, low) in zip(
        column, [("GHI", "DHI"), ("temperature", "dew_point")], strict=True
    ):
        broken = forecast[f"{low}+1"] > forecast[f"{high}+1"]
        if high == "GHI":
            broken |= (forecast[["GHI+1", "DHI+1"]] < 0).any(axis=1)
        for hour in days[broken]:
            ax.axvspan(
                hour - half_an_hour, hour + half_an_hour, color="C3", alpha=0.2, lw=0
            )
        for quantity, color in ((high, "C1"), (low, "C0")):
            truth = y_test.loc[days, f"{quantity}+1"]
            ax.plot(truth, color="0.5", linewidth=3, alpha=0.5, label="measured")
            label = quantity.replace("_", " ")
            ax.plot(forecast[f"{quantity}+1"], color=color, label=label)
        ax.set_title(f"{broken.sum()} of {len(days)} hours", fontsize=10)
    share = shares.at["any rule", name]
    column[0].set_title(
        f"{name}: {share:.0%} of all forecasts violate a rule\n"
        + column[0].get_title(),
        fontsize=11,
    )
axes[0, 0].set_ylabel("Irradiance, next hour (W/m²)")
axes[1, 0].set_ylabel("Temperature, next hour (°C)")
axes[1, 0].xaxis.set_major_locator(mdates.DayLocator())
axes[1, 0].xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
for ax in axes[:, 0]:
    ax.margins(y=0.2)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        handles[:2] + handles[3:], labels[:2] + labels[3:], frameon=False, ncols=3
    )
# %%
# If this script is run as a file, as by ``make demo``, it saves the figure beside it.

if "__file__" in globals():
    path = Path(__file__).with_suffix(".png")
    figure.savefig(path, dpi=120)
    print(f"Figure: {path}")
