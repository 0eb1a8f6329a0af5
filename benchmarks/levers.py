"""Which lever helps when? Every lever, on the three shipped data sets, over seeds.

Forecasts are one step ahead from windows of the last day (hourly data) or two weeks
(daily data), trained on the first three quarters of the rows and tested on the last
quarter. Levers after the network adjust the predictions of the same fitted network as
``raw``, so their differences from it do not depend on the seed. The day of the year is
not an input, since no training row shows what its values in the last quarter mean.
``persistence`` repeats the last row of the window.
"""

import argparse
import platform
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from figures import draw_differences
from scipy.stats import t as student
from sklearn.compose import TransformedTargetRegressor
from tqdm import tqdm

from sklstm import LSTMRegressor, adjust_predictions
from sklstm.datasets import load_bike_sharing, load_seattle_weather, load_solar
from sklstm.metrics import interval_coverage, mean_pinball_loss
from sklstm.preprocessing import SmearingTargetRegressor, make_windows

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)

# Loader, lookback, two targets of which the first never exceeds the second, whether
# these are never negative, and the target of the quantile forecasts, if any.
DATASETS = {
    "solar": (load_solar, 24, ["DHI", "GHI"], True, "GHI"),
    "solar temperatures": (load_solar, 24, ["dew_point", "temperature"], False, None),
    "seattle weather": (
        load_seattle_weather,
        14,
        ["temp_min", "temp_max"],
        False,
        "precipitation",
    ),
    "bike sharing": (load_bike_sharing, 24, ["casual", "count"], True, "count"),
}
METHODS = ("sort", "projection", "cummax")

# The only network without normalisation.
UNSCALED = "raw, not normalised"

# The main scores of point and of quantile forecasts.
SCORES = ("RMSE", "pinball loss")


def make_network(seed, epochs, **params):
    """Return the network of the study, not yet fitted.

    Each lever is trained with early stopping on the last tenth of its training rows.
    With the same number of epochs for all, that number would decide which lever wins.
    """
    return LSTMRegressor(
        units=16,
        epochs=epochs,
        early_stopping=True,
        patience=5,
        batch_size=64,
        learning_rate=0.005,
        average_epochs=0,
        random_state=seed,
        **params,
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
    yield UNSCALED, predict(make_network(seed, epochs, normalize=False))
    yield from posthoc(predict(make_network(seed, epochs)), lower)
    heads = ["positive", "ordered", "positive_ordered"] if positive else ["ordered"]
    for head in heads:
        predictions = predict(make_network(seed, epochs, head=head))
        yield f"{head} head", predictions
        if (
            positive and head != "positive_ordered"
        ):  # obeys only half of the constraints
            adjusted = adjust_predictions(predictions, method="projection")
            yield f"{head} head, projection", adjusted
    if positive:
        for name, kind in (
            ("log target", TransformedTargetRegressor),
            ("log target, smearing", SmearingTargetRegressor),
        ):
            predictions = predict(log_target(kind, make_network(seed, epochs)))
            yield name, predictions
            adjusted = adjust_predictions(predictions, method="projection")
            yield f"{name}, projection", adjusted


def quantile_levers(X, y, n_train, seed, epochs):
    """Yield the name and the test predictions of each lever of quantile forecasts."""
    train, test = slice(n_train), slice(n_train, None)

    def predict(regressor):
        return regressor.fit(X[train], y[train]).predict(X[test])

    def network(**params):
        return make_network(seed, epochs, quantiles=LEVELS, **params)

    yield UNSCALED, predict(network(normalize=False))
    yield from posthoc(predict(network()), 0.0)
    for head in ("positive", "ordered", "positive_ordered"):
        predictions = predict(network(head=head))
        yield f"{head} head", predictions
        if head != "positive_ordered":
            yield f"{head} head, sort", adjust_predictions(predictions)
    predictions = predict(log_target(TransformedTargetRegressor, network()))
    yield "log target", predictions
    yield "log target, sort", adjust_predictions(predictions)


def broken_share(predictions, lower):
    """Return the fraction of rows that violate the order or the bound."""
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
        "pinball loss": mean_pinball_loss(y, predictions, quantiles=LEVELS),
        "coverage of 90 % (%)": 100 * interval_coverage(y, low, high),
        "bias of the median": np.mean(predictions[:, 2] - y),
        "rows broken (%)": 100 * broken_share(predictions, lower),
    }


def summarize(records, main):
    """Return a table: means over seeds, the spread of `main`, its paired difference.

    A difference is ``clear`` if its 95 % interval (Student's t over the seeds) does not
    contain zero. This is a statement about seeds, not about other years or places.

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
    n_seeds = groups.size()
    reach = student.ppf(0.975, n_seeds - 1) * table["sd of difference"] / n_seeds**0.5
    is_clear = table["difference from raw"].abs() > reach
    table["clear"] = np.where(is_clear, "yes", "")
    # Adding 0 turns -0.0 into 0.0.
    numbers = table.columns.drop("clear")
    table[numbers] = table[numbers].round(3) + 0.0
    return table.reset_index()


def run(seeds, epochs, datasets=tuple(DATASETS)):
    """Return the tables of point and of quantile forecasts."""
    points, quantiles = [], []
    tasks = [(name, seed) for name in datasets for seed in range(seeds)]
    for name, seed in tqdm(tasks, desc="levers"):
        loader, lookback, targets, positive, target = DATASETS[name]
        frame = loader(as_frame=True).frame.drop(columns="day_of_year")
        X, y = make_windows(frame, lookback=lookback, target=targets)
        y = y.to_numpy()
        n_train = len(X) * 3 // 4
        lower = 0.0 if positive else None
        here = {"data": name, "seed": seed}
        last = X[n_train:, -1, [frame.columns.get_loc(one) for one in targets]]
        for lever, predictions in [
            ("persistence", last),
            *point_levers(X, y, n_train, positive, seed, epochs),
        ]:
            scores = point_scores(y[n_train:], predictions, lower)
            points.append(here | {"lever": lever} | scores)
        if target is None:
            continue
        y = frame[target].to_numpy()[lookback:]
        for lever, predictions in quantile_levers(X, y, n_train, seed, epochs):
            scores = quantile_scores(y[n_train:], predictions, 0.0)
            quantiles.append(here | {"lever": lever} | scores)
    return summarize(points, SCORES[0]), summarize(quantiles, SCORES[1])


def versions(modules):
    """Return a table of the versions of Python and of modules."""
    found = {name: import_module(name).__version__ for name in modules}
    found = {"Python": platform.python_version()} | found
    return pd.DataFrame(found.items(), columns=["software", "version"])


def as_text(table):
    """Return a table with its numbers as text: percents to 1 digit, scores to 3."""
    digits = {name: 1 if "%" in name else 3 for name in table.select_dtypes("number")}
    return table.assign(
        **{name: table[name].map(f"{{:.{n}f}}".format) for name, n in digits.items()}
    )


def show(tables, study, folder, modules, kinds=("point", "quantile")):
    """Print the tables of a study and the versions; write them to a folder, if any."""
    named = dict(zip(kinds, tables, strict=True)) | {"versions": versions(modules)}
    for kind, table in named.items():
        table = as_text(table)
        print(f"\n{kind}\n{table.to_string(index=False)}")
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            table.to_csv(folder / f"{study}_{kind}.csv", index=False)


def main():
    """Run the study, print the tables, and write them to the folder `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=60, help="at most")
    parser.add_argument("--quick", action="store_true", help="two seeds, one epoch")
    parser.add_argument("--out", type=Path, help="a folder for CSV files")
    arguments = parser.parse_args()
    seeds, epochs = arguments.seeds, arguments.epochs
    if arguments.quick:
        seeds, epochs = 2, 1
    tables = run(seeds, epochs)
    modules = ("sklstm", "sklearn", "numpy", "tensorflow", "keras")
    show(tables, "levers", arguments.out, modules)
    if arguments.out:
        for kind, main, table in zip(
            ("point", "quantile"), SCORES, tables, strict=True
        ):
            figure = draw_differences(table, main, seeds)
            figure.savefig(arguments.out / f"levers_{kind}.png", dpi=130)


if __name__ == "__main__":
    main()
