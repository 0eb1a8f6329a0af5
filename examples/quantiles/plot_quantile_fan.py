"""
Rain forecasts whose quantiles do not cross
===========================================

Quantiles of tomorrow's rain from one network, ordered and never negative.

A network that predicts several quantiles of tomorrow's rain has one output for each. It
does not know that they are ordered, or that rain is never negative.
:class:`~sklstm.PositiveOrderedRegressor` ensures both, exactly and for each prediction.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_seattle_weather
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import (
    d2_pinball_score,
    interval_coverage,
    mean_interval_width,
    mean_pinball_loss,
    violation_report,
)
from sklstm.preprocessing import make_windows

# %%
# The input is the weather of the last two weeks, the target is the rain of the next
# day. The last of the four years is the test set.

weather = load_seattle_weather(as_frame=True).frame
X, y = make_windows(weather, lookback=14, target="precipitation")
is_test = y.index >= "2015"
X_train, X_test = X[~is_test], X[is_test]
y_train, y_test = y[~is_test], y[is_test]

levels = (0.05, 0.25, 0.5, 0.75, 0.95)
model = PositiveOrderedRegressor(
    LSTMRegressor(
        units=16, quantiles=levels, learning_rate=0.01, epochs=20, random_state=0
    )
)
model.fit(X_train, y_train)

# %%
# Rules that the network violates
# -------------------------------
#
# The report has a line for every rule: how many days violate it, by how many mm, and
# what the adjustment changed over all days. ``bound_mass`` is the share of days that
# the adjustment moved exactly to a boundary, that is, to 0 mm or to the neighbouring
# quantile.

raw, adjusted = (
    pd.DataFrame(values, index=y_test.index, columns=[f"{q:.0%}" for q in levels])
    for values in (model.predict_raw(X_test), model.predict(X_test))
)
print(violation_report(raw, adjusted=adjusted))

# %%
# After the adjustment, no violation is left:

print(f"{violation_report(adjusted).share_any:.0%} of the days violate a rule")

# %%
# The adjustment does not cost accuracy: if the target obeys the rules, neither sorting
# nor clipping at 0 ever increases the sum of the pinball losses of a day.

scores = {
    name: {
        "pinball loss (mm)": mean_pinball_loss(y_test, fan, quantiles=levels),
        "D²": d2_pinball_score(y_test, fan, quantiles=levels),
        "coverage of 5 % to 95 %": interval_coverage(y_test, fan["5%"], fan["95%"]),
        "its width (mm)": mean_interval_width(fan["5%"], fan["95%"]),
    }
    for name, fan in {"raw": raw, "adjusted": adjusted}.items()
}
print(pd.DataFrame(scores).round(3))

# %%
# The fan
# -------
#
# Sixty days of spring, once completely and once close to 0 mm: the bands are the
# adjusted quantiles, the dotted lines the raw ones, and each cross marks a value that
# was changed.

days = slice(60, 120)
fig, (whole, close) = plt.subplots(2, figsize=(8, 7), sharex=True, layout="constrained")
display = ConstraintDisplay.from_predictions(
    raw[days],
    adjusted[days],
    y_true=y_test[days],
    x=y_test.index[days],
    unit="mm/day",
    kind="fan",
    ax=whole,
)
display.plot(ax=close, kind="fan")
close.set_ylim(-0.9, 2)
close.get_legend().remove()
plt.show()

# %%
# The adjustment only changes the days that violate a rule.

is_changed = (raw != adjusted).any(axis=1)
breaks_rule = (raw < 0).any(axis=1) | (np.diff(raw, axis=1) < 0).any(axis=1)
print(f"{is_changed.mean():.0%} of the days are changed")
print(f"{breaks_rule.mean():.0%} of the days violate a rule")
print("They are the same days:", is_changed.equals(breaks_rule))
