"""
Search the window together with the network
===========================================

The length of the window, the scaler and the network in one search.

How many hours back should a network look? The length of the window is a parameter like
any other if the windows are cut inside a Pipeline. This search tries it together with
the scaler and the size of the network, in two processes, and shows where it is.
"""

import sys

import pandas as pd
import sklearn
from matplotlib import pyplot as plt
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.fixes import parse_version

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.preprocessing import SlidingWindow

# %%
# Diffuse and global irradiance are estimated from the weather of the same hour and of
# the hours before. Rows before the first hour are absent, and the network skips them.

summer = load_solar(as_frame=True).frame.loc["1990-06-01":"1990-08-31"]
X = summer[["ETR", "temperature", "dew_point"]]
y = summer[["DHI", "GHI"]]

model = PositiveOrderedRegressor(
    Pipeline(
        [
            ("scaler", StandardScaler()),
            ("window", SlidingWindow(pad=float("nan"))),
            ("network", LSTMRegressor(epochs=15, random_state=0)),
        ]
    ),
    order="DHI <= GHI",
)
search = GridSearchCV(
    model,
    {
        "regressor__scaler": [StandardScaler(), MinMaxScaler()],
        "regressor__window__length": [1, 3, 12],
        "regressor__network__units": [8, 32],
    },
    cv=TimeSeriesSplit(2),
    n_jobs=2,
)

# %%
# scikit-learn 1.9 has a progress bar for the whole search, in all of its processes. It
# needs the package ``rich``. With older versions, ``GridSearchCV(verbose=3)`` prints a
# line for each fit.

if sys.stdout.isatty() and parse_version(sklearn.__version__) >= parse_version("1.9"):
    from sklearn.callback import ProgressBar

    search.set_callbacks(ProgressBar())
search.fit(X, y)

for name, value in search.best_params_.items():
    print(f"{name.removeprefix('regressor__')}: {value}")

# %%
# Three hours are enough, for a small network and for a large one. The scaler does not
# matter, since the network scales its inputs itself: crosses lie on the dots.

results = pd.DataFrame(search.cv_results_)
is_standard = results["param_regressor__scaler"].map(type) == StandardScaler
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for scaler, chosen, style in (
    ("StandardScaler", is_standard, "o-"),
    ("MinMaxScaler", ~is_standard, "kx"),
):
    for units, rows in results[chosen].groupby("param_regressor__network__units"):
        ax.plot(
            rows["param_regressor__window__length"],
            rows["mean_test_score"],
            style,
            label=f"{units} units, {scaler}",
        )
ax.set(xlabel="Length of the window (hours)", ylabel="Mean R² of two folds")
ax.legend(frameon=False)
plt.show()
