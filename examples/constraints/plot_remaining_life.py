"""
Remaining life of machines, which can only fall
===============================================

Predictions that can only fall, along the cycles of each machine.

How many more cycles will an engine run before it fails? A network that reads the
sensors of the last cycles makes a new prediction after each cycle. These predictions
jump up and down, and some are negative. The true remaining life never rises, and it
ends at 0. This example declares both.

The data are simulated: 60 engines that were run to failure. Their wear grows from 0 to
1, and two noisy sensors measure it.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.metrics import root_mean_squared_error

from sklstm import LSTMRegressor, PositiveOrderedRegressor, adjust_predictions
from sklstm.metrics import violation_report
from sklstm.preprocessing import make_windows

rng = np.random.default_rng(0)


def run_to_failure(engine):
    """Return the table of an engine: a row for each cycle until it fails."""
    n_cycles = rng.integers(80, 220)
    cycle = np.arange(1, n_cycles + 1)
    wear = (cycle / n_cycles) ** rng.uniform(1.5, 2.5)
    load = rng.choice([0.6, 0.8, 1.0], size=n_cycles)  # changes with each mission
    return pd.DataFrame(
        {
            "engine": engine,
            "load": load,
            "temperature": 500 + 80 * load + 30 * wear + rng.normal(0, 2, n_cycles),
            "vibration": 2 + load + 3 * wear + rng.normal(0, 0.2, n_cycles),
            "life": n_cycles - cycle,
        },
        index=pd.Index(cycle, name="cycle"),
    )


engines = pd.concat([run_to_failure(engine) for engine in range(1, 61)])
print(engines.groupby("engine").size().describe()[["min", "50%", "max"]].to_string())

# %%
# Windows of a long table
# -----------------------
#
# With ``label="last"``, the target is the life in the last row of a window, and the
# life is not a channel. The column ``engine`` separates the series, and is not a
# channel, either. With ``pad``, there is a window for each cycle, from the first one:
# the network skips the steps before it.
#
# A new engine shows no wear, so its life cannot be predicted yet. The target is
# therefore capped, as is usual for such data: 100 means "100 cycles or more".

LONGEST = 100
engines["life"] = engines["life"].clip(upper=LONGEST)
X, y, rows = make_windows(
    engines,
    lookback=30,
    target="life",
    label="last",
    groups="engine",
    pad=True,
    return_rows=True,
)
engine = engines["engine"].to_numpy()[rows]
cycle = engines.index.to_numpy()[rows]
print(f"X {X.shape}, of which {np.isnan(X).any(axis=(1, 2)).mean():.0%} are padded")

# %%
# Declare what is known
# ---------------------
#
# Rows of one engine resemble each other, so whole engines are held out, not rows. The
# order acts down the rows of each engine, along its cycles. X is 3-D and has no columns
# to name, so both are passed with the call. With ``method="cummax"``, which for a
# falling order is the running minimum, a prediction does not depend on later cycles, so
# it can be used in operation. The first cycles are not tested: with hardly any history,
# a prediction is a guess, and the running minimum would keep a low one for ever.

is_test = (engine > 45) & (cycle >= 10)
model = PositiveOrderedRegressor(
    LSTMRegressor(
        units=16, learning_rate=0.01, epochs=25, batch_size=128, random_state=0
    ),
    lower=0,
    upper=LONGEST,
    sample_order="decreasing",
    method="cummax",
)
is_train = engine <= 45
model.fit(X[is_train], y[is_train], groups=engine[is_train], order_by=cycle[is_train])

X_test, y_test = X[is_test], y[is_test]
when = {"groups": engine[is_test], "order_by": cycle[is_test]}
raw = model.predict_raw(X_test)
adjusted = model.predict(X_test, **when)
print(violation_report(model, X_test, **when))

# %%
# The report shows how often the raw predictions were out of bounds. The table below
# compares the order and the errors. In hindsight, when all cycles of an engine are
# known, the projection finds the closest falling curve. Since the true life falls, this
# never increases the squared error. The running minimum has no such guarantee, since it
# keeps predictions that were too low by chance; here it costs a little accuracy:

in_hindsight = adjust_predictions(
    raw, lower=0, upper=LONGEST, sample_order="decreasing", method="projection", **when
)
predictions = {
    "raw": raw,
    "running minimum": adjusted,
    "projection, in hindsight": in_hindsight,
}
is_same = np.diff(engine[is_test]) == 0  # as in the row before
for name, values in predictions.items():
    rises = (np.diff(values) > 0)[is_same].mean()
    error = root_mean_squared_error(y_test, values)
    print(f"{name:<25} rises in {rises:3.0%} of the cycles, RMSE {error:.1f} cycles")

# %%
# Three test engines: the one with the shortest life, one in between, and the one with
# the longest. As expected, all predictions improve as the failure approaches:

fig, axes = plt.subplots(1, 3, figsize=(9, 3.5), sharey=True, layout="constrained")
test_engines = pd.Series(engine[is_test]).value_counts()
for ax, number in zip(axes, test_engines.index[[-1, 7, 0]], strict=True):
    one = engine[is_test] == number
    cycles = cycle[is_test][one]
    ax.plot(cycles, raw[one], ".", color="0.6", markersize=4, label="raw")
    ax.plot(cycles, in_hindsight[one], "--", color="C0", label="projection")
    ax.plot(cycles, adjusted[one], color="C1", label="running minimum")
    ax.plot(cycles, y_test.to_numpy()[one], color="black", label="true")
    ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    ax.set(title=f"Engine {number}", xlabel="Cycle")
axes[0].set_ylabel("Remaining life (cycles)")
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
# Engines in operation
# --------------------
#
# Suppose that each test engine has run for only some of its cycles, and that its life
# is not known. With ``future``, :func:`~sklstm.preprocessing.make_windows` returns the
# last window of each engine, without a target, and the positions of their last rows
# lead back to the table. Each engine has one row here, which no earlier row can lower;
# pass all windows of an engine to keep its running minimum.

age = engines.groupby("engine").size() * rng.uniform(0.3, 1, size=60)
is_past = engines.index <= engines["engine"].map(age)
running = engines[is_past & (engines["engine"] > 45)]
now, last = make_windows(
    running.drop(columns="life"),
    lookback=30,
    label="last",
    groups="engine",
    pad=True,
    future=True,
    return_rows=True,
)
today = pd.DataFrame(
    {
        "engine": running["engine"].iloc[last],
        "cycle": running.index[last],
        "predicted life": model.predict(now, groups=running["engine"].iloc[last]),
        "true life": running["life"].iloc[last],
    }
)
print(today.round().astype(int).sort_values("predicted life").to_string(index=False))
