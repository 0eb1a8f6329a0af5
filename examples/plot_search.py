"""
Choose a network by GridSearchCV, and keep it
=============================================

How many bicycles will be hired in the next hour, and how many at most? The forecasts
are quantiles, so that a search has to judge them by the pinball loss, in folds that
follow each other in time. What it finds is pickled like any estimator.
"""

import tempfile
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_bike_sharing
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import interval_coverage, make_quantile_scorer
from sklstm.preprocessing import make_windows

# %%
# A day of hours is the input, the hires of the next hour are the target. The last two
# weeks of the summer are kept for the test.

summer = load_bike_sharing(as_frame=True).frame.loc["2011-06-01":"2011-09-15"]
X, y = make_windows(summer, lookback=24, target="count")
is_test = y.index >= "2011-09-01"
print(f"{(~is_test).sum()} hours to train on, {is_test.sum()} to test")

# %%
# The search
# ----------
#
# Parameters of the network are reached through ``regressor__``. One of them is its
# head: outputs that are positive and ordered by construction, or linear ones, which the
# wrapper then has to adjust more often. Networks that differ in nothing but their
# learning rate share one compiled program.

levels = (0.05, 0.5, 0.95)
model = PositiveOrderedRegressor(
    LSTMRegressor(quantiles=levels, epochs=15, batch_size=64, random_state=0)
)
search = GridSearchCV(
    model,
    {
        "regressor__head": ["linear", "positive_ordered"],
        "regressor__units": [8, 32],
        "regressor__learning_rate": [0.003, 0.01],
    },
    scoring=make_quantile_scorer(levels),
    cv=TimeSeriesSplit(3),
).fit(X[~is_test], y[~is_test])

results = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
parameters = [name for name in results if name.startswith("param_")]
names = results[parameters].astype(str).agg(", ".join, axis=1)
for name, value in search.best_params_.items():
    print(f"{name.removeprefix('regressor__')}: {value}")

# %%
# The first fold trains on the fewest weeks. The folds of one network differ by more
# than the means of the better networks do:

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for fold, marker in zip(range(3), "osD", strict=True):
    ax.plot(
        -results[f"split{fold}_test_score"],
        names,
        marker,
        color=str(0.25 * fold),
        label=f"fold {fold + 1}",
    )
ax.plot(
    -results["mean_test_score"], names, "|", color="C3", markersize=18, label="mean"
)
ax.invert_yaxis()
ax.set(xlabel="Pinball loss (hires an hour)", title="Head, learning rate, units")
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %%
# The forecast
# ------------
#
# The best network, fitted again on all training rows, in the days of the test:

best = search.best_estimator_
hours = slice(0, 96)
ConstraintDisplay.from_estimator(
    best,
    X[is_test][hours],
    y[is_test][hours],
    x=y[is_test].index[hours],
    unit="hires an hour",
    kind="fan",
)
plt.show()

low, _, high = best.predict(X[is_test]).T
covered = interval_coverage(y[is_test], low, high)
print(f"{covered:.0%} of the test hours lie in the interval that should hold 90 %")

# %%
# Fewer than 90 % are covered: the network is too sure of weeks that it has not seen.
# Constraints do not mend that.

# %%
# Keep it
# -------
#
# A fitted estimator is plain arrays: the file is small, and predicts the same bits in
# any process that loads it.

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "hires.joblib"
    joblib.dump(best, path)
    again = joblib.load(path)
    print(f"{path.stat().st_size / 1000:.0f} kB")
print("the same bits:", np.array_equal(again.predict(X), best.predict(X)))
