"""
A network that is already trained
=================================

From a script of plain Keras to an estimator that obeys physics, without training.

This example begins where many projects do: with a script that trains a network in plain
Keras, on scaled data. Its forecasts of solar irradiance are negative at night, and the
diffuse part exceeds the total. The trained network becomes an estimator of scikit-learn
whose forecasts obey physics. It is not trained again.
"""

import keras
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.datasets import load_solar
from sklstm.inspection import ConstraintDisplay
from sklstm.metrics import violation_report
from sklstm.preprocessing import make_windows

# %%
# The script
# ----------
#
# Windows of 24 hours, and diffuse and global irradiance (DHI and GHI) one hour later.
# The first nine months are for training.

TARGETS = ["DHI", "GHI"]
solar = load_solar(as_frame=True).frame[["DHI", "GHI", "temperature", "dew_point"]]
X, y = make_windows(solar, lookback=24, target=TARGETS)
n_train = len(X) * 3 // 4
X_train, y_train, X_test, y_test = X[:n_train], y[:n_train], X[n_train:], y[n_train:]

x_scaler = StandardScaler().fit(X_train.reshape(-1, X.shape[2]))
y_scaler = StandardScaler().fit(y_train.to_numpy())

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input(X.shape[1:]),
        keras.layers.LSTM(16),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(2),
    ]
)
model.compile(optimizer="adam", loss="mse")
history = model.fit(
    x_scaler.transform(X_train.reshape(-1, X.shape[2])).reshape(X_train.shape),
    y_scaler.transform(y_train.to_numpy()),
    epochs=5,
    batch_size=128,
    verbose=0,
)
print(f"mean squared error in training: {history.history['loss'][-1]:.3f}")

# %%
# From the network to an estimator
# --------------------------------
#
# Constraints hold in the units of the predictions, so the scalers become layers: a
# Normalization in front, and a Rescaling at the end. The weights stay as they are.

in_units = keras.Sequential(
    [
        keras.Input(X.shape[1:]),
        keras.layers.Normalization(mean=x_scaler.mean_, variance=x_scaler.var_),
        *model.layers,
        keras.layers.Rescaling(y_scaler.scale_, y_scaler.mean_),
    ]
)
network = LSTMRegressor.from_keras(in_units)
by_keras = in_units(X_test).numpy()
print(
    f"largest difference: {np.abs(network.predict(X_test) - by_keras).max():.1e} W/m²"
)

# %%
# Declare what you know
# ---------------------
#
# ``FrozenEstimator`` marks the network as trained, so that ``fit`` only resolves the
# declaration. The names of the outputs are those of the columns of ``y``.

forecaster = PositiveOrderedRegressor(
    FrozenEstimator(network), order=["0 <= DHI <= GHI"]
).fit(X_train, y_train)
print(violation_report(forecaster, X_test).to_frame().round(3))

# %%
# Three days of autumn: the network predicts negative irradiance at night, and more
# diffuse than global irradiance in the evening. A cross marks each value that was
# changed.

raw = pd.DataFrame(forecaster.predict_raw(X_test), columns=TARGETS)
adjusted = pd.DataFrame(forecaster.predict(X_test), columns=TARGETS)
hours = slice(24, 96)
ConstraintDisplay.from_predictions(
    raw[hours],
    adjusted[hours],
    y_true=y_test[hours],
    x=solar.index[-len(y_test) :][hours],
    unit="W/m²",
)
plt.show()

# %%
# A network of any other kind
# ---------------------------
#
# What ``from_keras`` cannot take over, such as a layer of another kind, is used as it
# is. Keras then predicts:

keras.config.disable_interactive_logging()
as_it_is = PositiveOrderedRegressor(
    FrozenEstimator(in_units), order=["0 <= DHI <= GHI"]
).fit(X_train[:100], y_train[:100])
difference = np.abs(as_it_is.predict(X_test) - adjusted).to_numpy().max()
print(f"largest difference: {difference:.1e} W/m²")
