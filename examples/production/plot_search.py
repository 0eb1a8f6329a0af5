"""
Select a network with GridSearchCV, and save it
===============================================

A search over networks, what its winner still gets wrong, and its file.

How many bicycles will be hired in the next hour, and how many at most? The forecasts
are quantiles, so the search compares them by the pinball loss, in folds that follow
each other in time. The selected model can be saved like any estimator.
"""

import tempfile
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_bike_sharing
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import interval_coverage, make_quantile_scorer, violation_report
from sklstm.preprocessing import make_windows

# %%
# The input is the data of the last 24 hours, the target is the number of hires in the
# next hour. The last two weeks of the summer are the test set.

summer = load_bike_sharing(as_frame=True).frame.loc["2011-06-01":"2011-09-15"]
X, y = make_windows(summer, lookback=24, target="count")
is_test = y.index >= "2011-09-01"
print(f"{(~is_test).sum()} hours to train on, {is_test.sum()} to test")

# %%
# The search
# ----------
#
# Parameters of the network have the prefix ``regressor__``. One of them is its head:
# the outputs are positive and ordered by construction, or they are linear, and the
# wrapper adjusts them more often. Networks that differ only in their learning rate
# share one compiled program.

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
# The first fold has the fewest weeks to train on. The folds of one network differ more
# than the means of the best networks:

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
# What the wrapper adjusts
# ------------------------
#
# The best network of each head, fitted on all training rows. Linear outputs are
# negative in some nights, which the wrapper corrects. The other head only makes
# forecasts that obey, so there is nothing to adjust:

best = search.best_estimator_
X_test, y_test = X[is_test], y[is_test]
heads = {}
for head, rows in results.groupby("param_regressor__head"):
    chosen = clone(model).set_params(**rows.iloc[0]["params"])
    heads[head] = chosen.fit(X[~is_test], y[~is_test])
    share = violation_report(heads[head], X_test).share_any
    print(f"{head}: {share:.0%} of the raw forecasts break a rule")
print(violation_report(heads["linear"], X_test))

# %%
# Three days around Labor Day. Crosses mark the values that were changed:

hours = (y_test.index >= "2011-09-04") & (y_test.index < "2011-09-07")
figure, axes = plt.subplots(
    2, figsize=(8, 7), sharex=True, sharey=True, layout="constrained"
)
for ax, (head, chosen) in zip(axes, heads.items(), strict=True):
    ConstraintDisplay.from_estimator(
        chosen,
        X_test[hours],
        y_test[hours],
        x=y_test.index[hours],
        unit="hires an hour",
        kind="fan",
        ax=ax,
    )
    ax.set_title(f"Head: {head}")
plt.show()

# %%
# How much of the test set the interval covers:

low, _, high = best.predict(X_test).T
covered = interval_coverage(y_test, low, high)
print(f"{covered:.0%} of the test hours lie in the interval that should cover 90 %")

# %%
# The interval covers less than 90 %: the network is too confident in weeks that it has
# not seen. Constraints cannot correct that.

# %%
# Save it
# -------
#
# A fitted estimator consists of plain arrays: its file is small, and it makes exactly
# the same predictions in any process that loads it.

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "hires.joblib"
    joblib.dump(best, path)
    again = joblib.load(path)
    print(f"{path.stat().st_size / 1000:.0f} kB")
print("same predictions:", np.array_equal(again.predict(X), best.predict(X)))
