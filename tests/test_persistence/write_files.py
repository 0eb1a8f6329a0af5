"""Write the files that every later release must load, with what they predict.

Run it once for each release, with the lowest supported dependencies, since scikit-learn
and NumPy load what earlier releases of theirs have written, but not the reverse::

    .venv-lowest/bin/python tests/test_persistence/write_files.py
"""

import pickle
from pathlib import Path
from zipfile import ZIP_DEFLATED

import joblib
import numpy as np
import pandas as pd
import skops.io
from sklearn.linear_model import QuantileRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import (
    LSTMRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    __version__,
)

KINDS = ("pickle", "joblib", "skops")

FOLDER = Path(__file__).parent / "files" / __version__


def network(**params):
    """Return a tiny network."""
    return LSTMRegressor(**{"units": 2, "epochs": 2, "random_state": 0} | params)


def rows_for(name, X):
    """Return X as the estimator of this name takes it."""
    if name == "from_keras":
        return X[:, :, np.newaxis]
    return pd.DataFrame(X, columns=list("abcd")) if name == "by_row" else X


def from_keras():
    """Return a network with Dense layers, which is already fitted."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    return LSTMRegressor.from_keras(
        keras.Sequential(
            [
                keras.Input((4, 1)),
                layers.Bidirectional(layers.LSTM(2)),
                layers.Dense(2, activation="relu"),
                layers.Dense(2, activation="sigmoid"),
            ]
        )
    )


def estimators(X, y):
    """Return fitted estimators by name."""
    chain = "0 <= low + 0.125 <= high"
    return {
        "lstm": network(units=(2, 2), head="ordered").fit(X, y),
        "wrapped": PositiveOrderedRegressor(network(), order=[chain]).fit(X, y),
        "by_row": PositiveOrderedRegressor(
            Ridge(), upper={"high": "0.5 * a + 9"}, rules=["low + high <= 5"]
        ).fit(rows_for("by_row", X), y),
        "quantiles": PositiveOrderedRegressor(network(quantiles=[0.1, 0.5, 0.9])).fit(
            X, y["high"]
        ),
        "pipeline": make_pipeline(
            StandardScaler(), PositiveOrderedRegressor(network(warm_start=True))
        ).fit(X, y),
        "multi_quantile": PositiveOrderedRegressor(
            MultiQuantileRegressor(QuantileRegressor(alpha=0.0)),
            output_weight=[1, 2, 1],
        ).fit(X, y["high"]),
        "from_keras": from_keras(),
    }


def main():
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4))
    low, width = np.abs(rng.normal(size=(2, 40))).round(3)
    low, width = np.minimum(low, 2.0), np.minimum(width, 0.75)
    fitted = estimators(X, pd.DataFrame({"low": low, "high": low + width + 0.125}))
    predictions = {}
    for name, estimator in fitted.items():
        predictions[name] = estimator.predict(rows_for(name, X))
        (FOLDER / f"{name}.pickle").write_bytes(pickle.dumps(estimator, protocol=5))
        joblib.dump(estimator, FOLDER / f"{name}.joblib")
        path = FOLDER / f"{name}.skops"
        skops.io.dump(estimator, path, compression=ZIP_DEFLATED, compresslevel=9)
    np.savez_compressed(FOLDER / "expected.npz", X=X, **predictions)


if __name__ == "__main__":
    main()
