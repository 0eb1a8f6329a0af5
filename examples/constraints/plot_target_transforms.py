"""
Transformed targets: constraints in original units, unbiased means
==================================================================

Scalers and logarithms of the target: where constraints go, and unbiased means.

Targets are often scaled or log-transformed. Two things can then go wrong without being
noticed. Constraints that are applied to the transformed target do not hold for the
original target, and the inverse of a log transform returns something close to the
median instead of the mean. This example shows the right order of nesting, and Duan's
smearing.
"""

import textwrap
import warnings

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.datasets import load_bike_sharing
from sklstm.exceptions import ConstraintWarning
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import violation_report
from sklstm.preprocessing import SmearingTargetRegressor

X, y = load_bike_sharing(return_X_y=True, as_frame=True)
X["hour_and_kind_of_day"] = X["hour"] + 24 * X["workingday"]
regressor = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["hour_and_kind_of_day", "weather"]),
        (SplineTransformer(), ["day_of_year", "temperature", "humidity", "wind"]),
    ),
    Ridge(),
)

# %%
# Constraints in original units
# -----------------------------
#
# Casual and registered hires are parts of all hires, and none of them is negative. The
# scaler belongs *inside*:
# ``PositiveOrderedRegressor(TransformedTargetRegressor(...))``.

rules = {"lower": 0.0, "order": ["casual <= count", "registered <= count"]}
outside = PositiveOrderedRegressor(
    TransformedTargetRegressor(regressor, transformer=StandardScaler()),
    **rules,
).fit(X, y)


def report(predictions):
    return violation_report(pd.DataFrame(predictions, columns=y.columns), **rules)


print(report(outside.predict_raw(X)), end="\n\n")
print(report(outside.predict(X)))

# %%
# Three days in March; crosses mark the values that were changed:

days = slice("2011-03-08", "2011-03-10")
ConstraintDisplay.from_estimator(
    outside, X.loc[days], y.loc[days], x=X.loc[days].index, unit="hires an hour"
)
plt.show()

# %%
# The other nesting applies the constraints to the scaled target. There, 0 is the mean,
# and the order is lost, since each column is scaled on its own. The names of the
# columns are lost, too. ``fit`` warns that the target itself violates the constraints:

inside = TransformedTargetRegressor(
    PositiveOrderedRegressor(regressor, lower=0.0, order=[[0, 2], [1, 2]]),
    transformer=StandardScaler(),
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ConstraintWarning)
    inside.fit(X, y)
print(textwrap.fill(str(caught[0].message), 88))

# %%
# The warning is right: no prediction is below the mean of its target any more.

lowest = {
    "target": y.min(),
    "constraints outside": outside.predict(X).min(axis=0),
    "constraints inside": inside.predict(X).min(axis=0),
    "mean of the target": y.mean(),
}
print(pd.DataFrame(lowest, index=y.columns).round(1).T)

# %%
# Unbiased means of a log-transformed target
# ------------------------------------------
#
# A linear model of the log of the casual hires is better than one of the hires, since
# their causes multiply. But the exponential of the mean of a logarithm is lower than
# the mean. :class:`~sklstm.preprocessing.SmearingTargetRegressor` averages over the
# residuals instead. Each model predicts weeks that it was not fitted on.

casual = y["casual"]
weeks = X["day_of_year"] // 7
log = {"func": np.log1p, "inverse_func": np.expm1}
models = {
    "no transform": regressor,
    "log": TransformedTargetRegressor(regressor, **log),
    "log, smeared": SmearingTargetRegressor(regressor, **log),
}
predicted = pd.DataFrame(
    {
        name: cross_val_predict(model, X, casual, groups=weeks, cv=GroupKFold(5))
        for name, model in models.items()
    },
    index=X.index,
)
scores = {
    name: {
        "mean prediction": prediction.mean(),
        "RMSE": root_mean_squared_error(casual, prediction),
        "MAE": mean_absolute_error(casual, prediction),
    }
    for name, prediction in predicted.items()
}
print(pd.DataFrame(scores).T.round(1))
print(f"mean of the target: {casual.mean():.1f} hires an hour")

# %%
# Means by hour of the day:

by_hour = predicted.groupby(X["hour"]).mean()
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.plot(casual.groupby(X["hour"]).mean(), "o", color="black", label="target")
for (name, values), style in zip(by_hour.items(), [":", "--", "-"], strict=True):
    ax.plot(values, style, label=name)
ax.set(xlabel="Hour of the day", ylabel="Casual hires an hour, mean")
ax.legend(frameon=False)
plt.show()

# %%
# Smearing has limits: it assumes that the residuals of the logarithm have the same
# distribution in every row. Quantiles do not need it, since a monotone transform maps
# quantiles to quantiles; the estimator therefore does not accept regressors that
# predict them.
