"""Public functions and transformers with any arguments."""

import numpy as np
import pytest
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from test_bad_days import anything
from test_bad_days.outcomes import fuzz

from sklstm import datasets, inspection, metrics, preprocessing

none = st.none()
flags = st.sampled_from([True, False, None, "yes", 1])
counts = st.sampled_from([1, 2, 3, 0, -1, 1.0, None, "2", 10**9, np.int8(2), True])
keys = st.sampled_from(["a", "b", 0, 1, -1, 9, "zzz", ["a"], [0, 1], ["a", "a"], []])
levels = st.sampled_from(
    [(0.1, 0.9), (0.5,), [0.1, 0.5, 0.9], (0.9, 0.1), (0, 1), 0.5, (0.5, 0.5), (2.0,)]
)


def some(draw, options, most=3):
    """Return a few of the options, drawn."""
    names = draw(st.sets(st.sampled_from(sorted(options)), max_size=most))
    return {name: draw(options[name]) for name in sorted(names)}


def data(draw, n_rows, n_columns):
    """Return a table that fits, or anything else."""
    kind = draw(st.integers(0, 11))
    if kind == 0:
        return draw(anything.junk)
    if kind == 1:
        return draw(anything.tables(n_rows, n_columns, anything.numbers))
    if kind == 2:
        return draw(anything.arrays((n_rows, 3, 2)))
    return draw(anything.tables(n_rows, n_columns))


def column(draw, n_rows):
    if draw(st.integers(0, 9)) == 0:
        return draw(anything.junk)
    values = draw(anything.arrays((n_rows,)))
    return anything.as_container(values, draw(st.sampled_from(["", *anything.KINDS])))


def weights(n_rows):
    positive = st.floats(0, 3) | anything.extremes
    return none | anything.arrays((n_rows,), positive) | anything.junk


# Each returns a function without arguments, to be called once.


@st.composite
def quantile_metric(draw):
    function = draw(
        st.sampled_from([metrics.mean_pinball_loss, metrics.d2_pinball_score])
    )
    n_rows, quantiles = draw(st.integers(0, 4)), draw(levels | anything.junk)
    n_levels = len(quantiles) if isinstance(quantiles, tuple | list) else 1
    options = {
        "sample_weight": weights(n_rows),
        "multioutput": st.sampled_from(["raw_values", "uniform_average"])
        | anything.arrays((n_levels,))
        | anything.junk,
    }
    y, found = column(draw, n_rows), data(draw, n_rows, n_levels)
    options = {"quantiles": quantiles, **some(draw, options)}
    return function, lambda: function(y, found, **options)


@st.composite
def interval_metric(draw):
    n_rows = draw(st.integers(0, 4))
    y, low, high = (column(draw, n_rows) for _ in range(3))
    if draw(st.booleans()):
        low, high = draw(anything.arrays((2, n_rows), anything.numbers))
    options = some(draw, {"sample_weight": weights(n_rows)})
    coverage, width = metrics.interval_coverage, metrics.mean_interval_width
    if draw(st.booleans()):
        return coverage, lambda: coverage(y, low, high, **options)
    return width, lambda: width(low, high, **options)


@st.composite
def scorer(draw):
    make = metrics.make_quantile_scorer
    options = some(
        draw, {"metric": st.sampled_from(["pinball_loss", "d2"]) | anything.junk}
    )
    quantiles = draw(levels | anything.junk)
    return make, lambda: make(quantiles, **options)


@st.composite
def report(draw):
    n_rows, n_outputs = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    y_pred = data(draw, n_rows, n_outputs)
    options = {
        "lower": anything.bounds(n_rows, n_outputs),
        "upper": anything.bounds(n_rows, n_outputs),
        "order": anything.orders(n_outputs),
        "rules": none | st.lists(anything.statements(), max_size=2),
        "adjusted": anything.tables(n_rows, n_outputs) | anything.junk,
        "X": none | anything.junk,
        "groups": none | anything.junk,
    }
    options = some(draw, options)

    def measure():
        found = metrics.violation_report(y_pred, **options)
        found.to_frame()
        return repr(found) + found._repr_html_()

    return metrics.violation_report, measure


@st.composite
def windows(draw):
    n_rows, n_columns = draw(st.integers(0, 7)), draw(st.integers(1, 3))
    table = data(draw, n_rows, n_columns)
    labels = st.sampled_from([0, 1, "a", "b", 1.5, None])
    options = {
        "horizon": counts,
        "target": none | keys | anything.junk,
        "label": st.sampled_from(["next", "last", "first"]) | anything.junk,
        "groups": none
        | keys
        | st.lists(labels, min_size=n_rows, max_size=n_rows)
        | anything.junk,
        "known": none | keys | anything.junk,
        "pad": flags,
        "future": flags,
        "return_rows": flags,
    }
    lookback = draw(st.sampled_from([1, 2, 3]) | counts)
    options = {"lookback": lookback, **some(draw, options)}
    function = preprocessing.make_windows
    if lookback == 10**9 and options.get("pad"):
        options["pad"] = False  # asks for much memory
    return function, lambda: function(table, **options)


@st.composite
def padding(draw):
    sequences = draw(
        st.lists(
            st.integers(0, 3).flatmap(
                lambda n: anything.tables(n, 2, anything.numbers) | anything.junk
            ),
            max_size=3,
        )
        | anything.junk
    )
    options = {
        "n_timesteps": none | counts,
        "padding": st.sampled_from(["pre", "no"]) | anything.junk,
    }
    options = some(draw, options)
    if options.get("n_timesteps") == 10**9:
        options["n_timesteps"] = 4
    function = preprocessing.pad_sequences
    return function, lambda: function(sequences, **options)


@st.composite
def transformer(draw):
    n_rows = draw(st.integers(0, 5))
    if draw(st.booleans()):
        kind = preprocessing.SlidingWindow
        options = {
            "length": counts,
            "step": counts,
            "pad": st.sampled_from(["edge", 0.0, np.nan, np.inf, 1e300, "zero", None]),
        }
        options = {"length": 2, **some(draw, options)}
        options |= {k: 3 for k, v in options.items() if v == 10**9}
    else:
        kind = preprocessing.SequenceScaler
        scalers = [
            None,
            StandardScaler(),
            MinMaxScaler(),
            RobustScaler(),
            Ridge(),
            "no",
        ]
        options = some(
            draw,
            {
                "scaler": st.sampled_from(scalers),
                "n_timesteps": st.sampled_from([None, 1, 2, 3, 0, "2", 2.0]),
            },
        )
    X = data(draw, n_rows, 2)
    other = X if draw(st.booleans()) else data(draw, n_rows, 2)

    def transform():
        fitted = kind(**options).fit(X)
        found = fitted.transform(other)
        if hasattr(fitted, "inverse_transform"):
            fitted.inverse_transform(found)
        return found

    return kind, transform


def falls(y):
    return 1 / np.asarray(y, dtype=float)


FUNCTIONS = [
    (np.log1p, np.expm1),
    (np.log, np.exp),
    (np.exp, np.log),
    (falls, falls),
    (np.sqrt, np.square),
    (len, None),
    (None, np.exp),
]


@st.composite
def smearing(draw):
    kind = preprocessing.SmearingTargetRegressor
    n_rows = draw(st.integers(0, 5))
    X = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    y = data(draw, n_rows, draw(st.integers(1, 2)))
    functions = st.sampled_from(FUNCTIONS)
    func, inverse = draw(functions)
    options = {
        "transformer": st.sampled_from([StandardScaler(), MinMaxScaler(), Ridge(), 1]),
        "check_inverse": flags,
        "regressor": st.sampled_from([None, LinearRegression()]),
    }
    options = some(draw, options)
    if "transformer" not in options:
        options |= {"func": func, "inverse_func": inverse}
    params = some(draw, {"sample_weight": anything.arrays((n_rows,), st.floats(1, 3))})

    def fit():
        with np.errstate(all="ignore"):  # of functions that are ours
            fitted = kind(**options).fit(X, y, **params)
        return fitted.predict(X)

    return kind, fit


@st.composite
def display(draw):
    n_rows, n_outputs = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["constraints", "fan", "loss", "calibration"]))
    names = st.sampled_from(
        [None, ["a"], ["a", "b"], "ab", [1, 2], ["$a$", "_b"], [None]]
    )
    x = none | anything.arrays((n_rows,)) | anything.junk
    target = none | anything.tables(n_rows, n_outputs) | anything.junk
    ours = {"x": x, "unit": st.sampled_from([None, "mm", "$", 1])}
    plot = {"max_rows": counts}
    quantiles = draw(levels | anything.junk)
    n_levels = len(quantiles) if isinstance(quantiles, tuple | list) else 1
    ax = Figure().subplots()
    if kind == "constraints":
        cls = inspection.ConstraintDisplay
        raw, adjusted = data(draw, n_rows, n_outputs), data(draw, n_rows, n_outputs)
        plot |= {"kind": st.sampled_from(["lines", "points", "fan"]) | anything.junk}
        options = some(draw, {"y_true": target, "output_names": names, **ours, **plot})
        return cls, lambda: cls.from_predictions(raw, adjusted, ax=ax, **options)
    if kind == "fan":
        cls = inspection.FanChartDisplay
        y_pred = data(draw, n_rows, n_levels)
        options = some(draw, {"y_true": target, **ours, **plot})
        options["quantiles"] = quantiles
        return cls, lambda: cls.from_predictions(y_pred, ax=ax, **options)
    if kind == "loss":
        cls = inspection.LossCurveDisplay
        losses = {"val_loss": none | anything.arrays((n_rows,)) | anything.junk}
        options = some(draw, {**losses, "loss_name": st.sampled_from(["loss", "", 1])})
        loss = column(draw, n_rows)
        return cls, lambda: cls(loss=loss, **options).plot(ax)
    cls = inspection.QuantileCalibrationDisplay
    y, y_pred = column(draw, n_rows), data(draw, n_rows, n_levels)
    options = {
        "sample_weight": weights(n_rows),
        "name": st.sampled_from(["a", None, 1]),
    }
    options = {"quantiles": quantiles, **some(draw, options)}
    return cls, lambda: cls.from_predictions(y, y_pred, ax=ax, **options)


@st.composite
def loader(draw):
    load = draw(st.sampled_from([datasets.load_solar, datasets.load_seattle_weather]))
    options = some(draw, {"return_X_y": flags, "as_frame": flags})
    return load, lambda: load(**options)


CALLS = {
    "quantile metric": (quantile_metric, 3),
    "interval metric": (interval_metric, 1),
    "scorer": (scorer, 1),
    "report": (report, 3),
    "windows": (windows, 4),
    "padding": (padding, 1),
    "transformer": (transformer, 3),
    "smearing": (smearing, 3),
    "display": (display, 2),
    "loader": (loader, 0.1),
}


@pytest.mark.parametrize("what", CALLS)
def test_an_answer_or_an_explanation(what):
    strategy, share = CALLS[what]
    fuzz(strategy(), share)
