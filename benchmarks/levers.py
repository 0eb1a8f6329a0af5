"""Which lever helps when? Every lever, on the three shipped data sets, over seeds.

One step ahead from windows of the last day (hourly data) or two weeks (daily), trained
on the first three quarters of the rows and tested on the last. Levers after the network
are measured on the predictions of the same fitted network as ``raw``, so that their
differences from it owe nothing to the seed. The day of the year is no input: no
training row could teach what it means in the last quarter.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from tqdm import tqdm

from sklstm import LSTMRegressor, adjust_predictions
from sklstm.datasets import load_bike_sharing, load_seattle_weather, load_solar
from sklstm.metrics import interval_coverage, mean_pinball_loss
from sklstm.preprocessing import SmearingTargetRegressor, make_windows

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

# Loader, lookback, two targets of which the first never exceeds the second, whether
# these are never negative, and the target of the quantile forecasts.
DATASETS = {
    "solar": (load_solar, 24, ["DHI", "GHI"], True, "GHI"),
    "seattle weather": (
        load_seattle_weather,
        14,
        ["temp_min", "temp_max"],
        False,
        "precipitation",
    ),
    "bike sharing": (load_bike_sharing, 24, ["casual", "count"], True, "count"),
}
METHODS = ("sort", "isotonic", "cummax")


def make_network(seed, epochs, **params):
    """Return the one network of the study, not yet fitted."""
    return LSTMRegressor(
        units=16, epochs=epochs, batch_size=64, random_state=seed, **params
    )


def posthoc(raw, lower):
    """Yield the name and the predictions of each lever after the network."""
    yield "raw", raw
    if lower is not None:
        yield "clip", adjust_predictions(raw, lower=lower, order=None)
    for method in METHODS:
        yield method, adjust_predictions(raw, lower=lower, method=method)


def log_target(kind, network):
    """Return a regressor of the logarithm of 1 plus the target."""
    return kind(network, func=np.log1p, inverse_func=np.expm1, check_inverse=False)


def point_levers(X, y, n_train, positive, seed, epochs):
    """Yield the name and the test predictions of each lever of point forecasts."""
    train, test = slice(n_train), slice(n_train, None)

    def predict(regressor):
        return regressor.fit(X[train], y[train]).predict(X[test])

    lower = 0.0 if positive else None
    yield from posthoc(predict(make_network(seed, epochs)), lower)
    heads = ["ordered"] + ["positive", "positive_ordered"] * positive
    for head in heads:
        predictions = predict(make_network(seed, epochs, head=head))
        yield f"{head} head", predictions
        if head == "positive":
            adjusted = adjust_predictions(predictions, method="isotonic")
            yield "positive head, isotonic", adjusted
    if positive:
        for name, kind in (
            ("log target", TransformedTargetRegressor),
            ("log target, smearing", SmearingTargetRegressor),
        ):
            predictions = predict(log_target(kind, make_network(seed, epochs)))
            yield name, predictions
            adjusted = adjust_predictions(predictions, method="isotonic")
            yield f"{name}, isotonic", adjusted


def quantile_levers(X, y, n_train, seed, epochs):
    """Yield the name and the test predictions of each lever of quantile forecasts."""
    train, test = slice(n_train), slice(n_train, None)

    def predict(head):
        network = make_network(seed, epochs, head=head, quantiles=LEVELS)
        return network.fit(X[train], y[train]).predict(X[test])

    yield from posthoc(predict("linear"), 0.0)
    for head in ("positive", "ordered", "positive_ordered"):
        predictions = predict(head)
        yield f"{head} head", predictions
        if head == "positive":
            yield "positive head, sort", adjust_predictions(predictions)


def broken_share(predictions, lower):
    """Return the share of rows that break the order or the bound."""
    broken = np.any(np.diff(predictions, axis=1) < 0, axis=1)
    if lower is not None:
        broken |= np.any(predictions < lower, axis=1)
    return broken.mean()


def point_scores(y, predictions, lower):
    """Return the scores of a point forecast, in the unit of the target."""
    error = predictions - y
    return {
        "RMSE": np.sqrt(np.mean(error**2)),
        "MAE": np.mean(np.abs(error)),
        "bias": np.mean(error),
        "rows broken (%)": 100 * broken_share(predictions, lower),
    }


def quantile_scores(y, predictions, lower):
    """Return the scores of a quantile forecast, in the unit of the target."""
    low, high = predictions[:, 0], predictions[:, -1]
    return {
        "pinball": mean_pinball_loss(y, predictions, quantiles=LEVELS),
        "coverage of 90 % (%)": 100 * interval_coverage(y, low, high),
        "bias of the median": np.mean(predictions[:, 2] - y),
        "rows broken (%)": 100 * broken_share(predictions, lower),
    }


def summarize(records, main):
    """Return a table: means over seeds, the spread of `main`, its paired difference.

    Parameters
    ----------
    records : list of dict
        One for each data set, seed and lever, with its scores.
    main : str
        The score whose standard deviation over the seeds is shown, and whose
        difference from ``raw`` of the same seed.
    """
    frame = pd.DataFrame(records)
    raw = frame[frame["lever"] == "raw"].set_index(["data", "seed"])[main]
    index = pd.MultiIndex.from_frame(frame[["data", "seed"]])
    frame["difference from raw"] = frame[main] - raw.loc[index].to_numpy()
    groups = frame.drop(columns="seed").groupby(["data", "lever"], sort=False)
    table = groups.mean()
    deviation = groups[[main, "difference from raw"]].std(ddof=1)
    table.insert(1, f"sd of {main}", deviation[main])
    table["sd of difference"] = deviation["difference from raw"]
    return table.reset_index().round(3)


def run(seeds, epochs, datasets=tuple(DATASETS)):
    """Return the tables of point and of quantile forecasts."""
    points, quantiles = [], []
    tasks = [(name, seed) for name in datasets for seed in range(seeds)]
    for name, seed in tqdm(tasks, desc="levers"):
        loader, lookback, targets, positive, target = DATASETS[name]
        frame = loader(as_frame=True).frame.drop(columns="day_of_year")
        columns = list(dict.fromkeys([*targets, target]))
        X, y = make_windows(frame, lookback=lookback, target=columns)
        n_train = len(X) * 3 // 4
        lower = 0.0 if positive else None
        here = {"data": name, "seed": seed}
        both, single = y[targets].to_numpy(), y[target].to_numpy()
        for lever, predictions in point_levers(
            X, both, n_train, positive, seed, epochs
        ):
            scores = point_scores(both[n_train:], predictions, lower)
            points.append(here | {"lever": lever} | scores)
        for lever, predictions in quantile_levers(X, single, n_train, seed, epochs):
            scores = quantile_scores(single[n_train:], predictions, 0.0)
            quantiles.append(here | {"lever": lever} | scores)
    return summarize(points, "RMSE"), summarize(quantiles, "pinball")


def main():
    """Run the study; print the tables, and write them where `--out` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="one seed, one epoch")
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    seeds, epochs = arguments.seeds, arguments.epochs
    if arguments.quick:
        seeds, epochs = 2, 1
    with warnings.catch_warnings():
        # A head that its target does not fit is part of the study.
        warnings.simplefilter("ignore")
        tables = run(seeds, epochs)
    for name, table in zip(("point", "quantile"), tables, strict=True):
        print(f"\n{name} forecasts\n{table.to_string(index=False)}")
        if arguments.out:
            arguments.out.mkdir(exist_ok=True)
            table.to_csv(arguments.out / f"levers_{name}.csv", index=False)


if __name__ == "__main__":
    main()
