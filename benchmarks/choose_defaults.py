"""Compare candidates for the defaults of LSTMRegressor, on training quarters only.

Each network is trained on the first half of the rows of a data set, and scored on the
third quarter; the last quarter, on which the table of the defaults is measured, is not
read. With `--pvlib`, other series are used instead: networks are trained on their
first three quarters and scored on the last; see other_series.py. The score is the mean
R2 of the targets.
"""

import argparse
import time

import keras
import numpy as np
import pandas as pd
from defaults import DATASETS, ridge, windows
from other_series import other_series
from sklearn.metrics import r2_score
from tqdm import tqdm

from sklstm import LSTMRegressor
from sklstm._recurrent.validation import resolve_batch_size

STOP = {"early_stopping": True}
BEFORE = {"learning_rate": 1e-3, "average_epochs": 0, "patience": 10}


def _clipped():
    return keras.optimizers.Adam(5e-3, clipnorm=1.0)


def _cosine(n_steps, rate):
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, n_steps))


def _plateau():
    return [keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=4)]


class _CoolDown(keras.callbacks.Callback):
    """Let the learning rate fall to 0, in a straight line over the epochs."""

    def on_train_begin(self, logs=None):
        self.first = None
        self.rate = float(self.model.optimizer.learning_rate)

    def on_epoch_begin(self, epoch, logs=None):
        self.first = epoch if self.first is None else self.first
        n_epochs = self.params["epochs"]
        share = (n_epochs - epoch - 0.5) / (n_epochs - self.first)
        self.model.optimizer.learning_rate.assign(self.rate * share)


CANDIDATES = {
    "the defaults": STOP,
    "the defaults before": STOP | BEFORE,
    "not averaged": STOP | {"average_epochs": 0},
    "learning rate 1e-3": STOP | {"learning_rate": 1e-3},
    "learning rate 2e-3": STOP | {"learning_rate": 2e-3},
    "learning rate 3e-3": STOP | {"learning_rate": 3e-3},
    "learning rate 1e-2": STOP | {"learning_rate": 1e-2},
    "averaged over half an epoch": STOP | {"average_epochs": 0.5},
    "averaged over 2 epochs": STOP | {"average_epochs": 2},
    "averaged over 4 epochs": STOP | {"average_epochs": 4},
    "no early stopping": {"early_stopping": False},
    "patience 5": STOP | {"patience": 5},
    "patience 10": STOP | {"patience": 10},
    "patience 20": STOP | {"patience": 20},
    "validation_fraction 0.2": STOP | {"validation_fraction": 0.2},
    "units 16": STOP | {"units": 16},
    "units 64": STOP | {"units": 64},
    "units (32, 32)": STOP | {"units": (32, 32)},
    "units (32, 32), the defaults before": STOP | BEFORE | {"units": (32, 32)},
    "batches of 128": STOP | {"batch_size": 128},
    "dropout 0.1": STOP | {"dropout": 0.1},
    "clipped gradients": STOP | {"optimizer": _clipped},
    "lower rate on a plateau": STOP | {"callbacks": _plateau},
    "cosine schedule from 3e-3, 30 epochs": {
        "early_stopping": False,
        "average_epochs": 0,
        "optimizer": (_cosine, 3e-3),
        "epochs": 30,
    },
    "fit goes on with all rows": STOP | {"refit": "further"},
    "cooled down on all rows": STOP | {"refit": "cooled"},
}


def _resolved(params, n_rows):
    """Replace the functions in `params` by what they return."""
    params = dict(params)
    optimizer, callbacks = params.get("optimizer"), params.get("callbacks")
    if isinstance(optimizer, tuple):
        make, rate = optimizer
        batch = resolve_batch_size(params.get("batch_size", "auto"), n_rows)
        n_steps = params["epochs"] * -(-n_rows // batch)
        params["optimizer"] = make(n_steps, rate)
    elif callable(optimizer):
        params["optimizer"] = optimizer()
    if callable(callbacks):
        params["callbacks"] = callbacks()
    return params


def _fit(params, X, y, seed):
    params = _resolved(params, len(X))
    refit = params.pop("refit", None)
    lstm = LSTMRegressor(random_state=seed, **params).fit(X, y)
    if refit is not None:
        best = int(np.argmin(lstm.history_["val_loss"])) + 1
        changed = {"early_stopping": False, "warm_start": True}
        if refit == "further":
            changed |= {"epochs": max(best // 4, 1)}
        else:
            changed |= {"epochs": max(best // 4, 3), "callbacks": [_CoolDown()]}
        lstm.set_params(**changed).fit(X, y)
    return lstm


def training_quarters(n_rows=None):
    """Yield name, X, y and number of training rows of the first three quarters.

    With `n_rows`, this is the number of training rows before the third quarter.
    """
    for name, spec in DATASETS.items():
        X, y, _ = windows(*spec)
        first = 0 if n_rows is None else len(X) // 2 - n_rows
        X, y = X[first : len(X) * 3 // 4], y[first : len(X) * 3 // 4]
        yield name, X, y, n_rows or len(X) * 2 // 3


def rows(seeds, names, data):
    """Yield the scores of Ridge and of each candidate, data set and seed."""
    data = list(data)
    with tqdm(total=len(names) * len(data) * seeds) as progress:
        for name, X, y, n_train in data:
            predicted = ridge().fit(X[:n_train], y[:n_train]).predict(X[n_train:])
            score = r2_score(y[n_train:], predicted)
            yield {"candidate": "Ridge", "data": name, "seed": 0, "R2": score}
        for seed in range(seeds):
            for candidate in names:
                for name, X, y, n_train in data:
                    start = time.perf_counter()
                    lstm = _fit(CANDIDATES[candidate], X[:n_train], y[:n_train], seed)
                    seconds = time.perf_counter() - start
                    score = r2_score(y[n_train:], lstm.predict(X[n_train:]))
                    progress.update()
                    yield {
                        "candidate": candidate,
                        "data": name,
                        "seed": seed,
                        "R2": score,
                        "epochs": lstm.n_epochs_,
                        "seconds": seconds,
                    }


def main():
    """Print the table, and write it to the file `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of candidates")
    parser.add_argument("--rows", type=int, help="number of training rows")
    parser.add_argument("--pvlib", help="folder of pvlib's sdist, for other series")
    parser.add_argument("--out", help="a CSV file, which grows row by row")
    arguments = parser.parse_args()
    names = arguments.only or list(CANDIDATES)
    if arguments.pvlib:
        data = (
            (name, X, y, len(X) * 3 // 4)
            for name, X, y in other_series(arguments.pvlib)
        )
    else:
        data = training_quarters(arguments.rows)
    found = []
    for row in rows(arguments.seeds, names, data):
        found.append(row)
        if arguments.out:
            pd.DataFrame(found).to_csv(arguments.out, index=False)
    table = pd.DataFrame(found).pivot_table(
        index="candidate", columns="data", values="R2", sort=False
    )
    table["epochs, mean"] = pd.DataFrame(found).groupby("candidate")["epochs"].mean()
    print(table.round(3).to_string())


if __name__ == "__main__":
    main()
