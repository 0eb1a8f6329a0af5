"""What counts as a number: one rule, the same in every public function and method."""

import datetime as dt
import functools
import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from regressors import Echo
from scipy import sparse
from sklearn.base import BaseEstimator

from sklstm import (
    LSTMRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    adjust_predictions,
)
from sklstm.inspection import ConstraintDisplay, LossCurveDisplay
from sklstm.inspection._rows import as_positions
from sklstm.metrics import (
    d2_pinball_score,
    interval_coverage,
    mean_interval_width,
    mean_pinball_loss,
    violation_report,
)
from sklstm.preprocessing import (
    SequenceScaler,
    SlidingWindow,
    SmearingTargetRegressor,
    make_windows,
)

X = np.zeros((3, 2))
PLAIN = [1.0, 0.0, 1.0]


# -- where data are given --------------------------------------------------------------


def echo(y=PLAIN, method="fit"):
    model = PositiveOrderedRegressor(Echo(lambda X: np.ones(len(X))), lower=None)
    return getattr(model, method)(X, y)


def predict(prediction):
    regressor = Echo(lambda X: prediction if len(X) == 3 else np.ones(len(X)))
    return PositiveOrderedRegressor(regressor).fit(X, PLAIN).predict(X)


def network(y=PLAIN, X=X, method="fit", **kwargs):
    return getattr(LSTMRegressor(1, epochs=1, random_state=0), method)(X, y, **kwargs)


fitted_network = functools.cache(network)


def smear(y=PLAIN):
    exp = {"func": np.exp, "inverse_func": np.log, "check_inverse": False}
    return SmearingTargetRegressor(**exp).fit(X, y)


def smear_echo(at_fit, at_predict=None):
    at_predict = np.array(PLAIN) if at_predict is None else at_predict
    smearing = SmearingTargetRegressor(Echo(lambda X: at_fit)).fit(X, PLAIN)
    smearing.regressor_.answer = lambda X: at_predict
    return smearing.predict(X)


def display(raw=PLAIN, adjusted=PLAIN, y_true=PLAIN):
    shown = ConstraintDisplay.from_predictions(raw, adjusted, y_true=y_true)
    return np.hstack([shown.raw, shown.adjusted, shown.y_true])


@functools.cache
def axes():
    return Figure().subplots()


def loss_curve(loss=PLAIN, val_loss=PLAIN):
    ax = axes()
    ax.clear()
    shown = LossCurveDisplay(loss=loss, val_loss=val_loss).plot(ax)
    return [line.get_ydata() for line in (shown.loss_line_, shown.val_loss_line_)]


def pinball(y_true=PLAIN, y_pred=PLAIN, **kwargs):
    return mean_pinball_loss(y_true, y_pred, quantiles=[0.5], **kwargs)


def d2(y_true=PLAIN, y_pred=PLAIN):
    return d2_pinball_score(y_true, y_pred, quantiles=[0.5])


def coverage(y_true=PLAIN, y_lower=PLAIN, y_upper=PLAIN, **kwargs):
    return interval_coverage(y_true, y_lower, y_upper, **kwargs)


def width(y_lower=PLAIN, y_upper=PLAIN):
    return mean_interval_width(y_lower, y_upper)


def report(y_pred=PLAIN, adjusted=PLAIN):
    found = violation_report(y_pred, adjusted=adjusted)
    return found.mean_shift, found.bound_mass


# How messages begin, and what is given the data.
ENTRIES = [
    ("adjust_predictions: `predictions`", adjust_predictions),
    ("PositiveOrderedRegressor: `y`", lambda v: echo(v).regressor_.y_),
    ("PositiveOrderedRegressor: `y`", lambda v: echo(v, "partial_fit").regressor_.y_),
    ("PositiveOrderedRegressor: `y`", lambda v: echo().score(X, v)),
    ("LSTMRegressor: `y`", lambda v: network(v).predict(X)),
    ("LSTMRegressor: `y`", lambda v: network(v, method="partial_fit").predict(X)),
    ("LSTMRegressor: `y`", lambda v: fitted_network().score(X, v)),
    ("SmearingTargetRegressor: `y`", lambda v: smear(v).predict(X)),
    ("SmearingTargetRegressor: `y`", lambda v: smear().score(X, v)),
    ("SmearingTargetRegressor: the prediction of Echo", lambda v: smear_echo(v)),
    ("mean_pinball_loss: `y_true`", lambda v: pinball(y_true=v)),
    ("mean_pinball_loss: `y_pred`", lambda v: pinball(y_pred=v)),
    ("d2_pinball_score: `y_true`", lambda v: d2(y_true=v)),
    ("d2_pinball_score: `y_pred`", lambda v: d2(y_pred=v)),
    ("interval_coverage: `y_true`", lambda v: coverage(y_true=v)),
    ("interval_coverage: `y_lower`", lambda v: coverage(y_lower=v)),
    ("interval_coverage: `y_upper`", lambda v: coverage(y_upper=v)),
    ("mean_interval_width: `y_lower`", lambda v: width(y_lower=v)),
    ("mean_interval_width: `y_upper`", lambda v: width(y_upper=v)),
    ("violation_report: `y_pred`", lambda v: report(y_pred=v)),
    ("violation_report: `adjusted`", lambda v: report(adjusted=v)),
    ("ConstraintDisplay: `raw`", lambda v: display(raw=v)),
    ("ConstraintDisplay: `adjusted`", lambda v: display(adjusted=v)),
]
# Their messages about missing values say what the regressor did.
PREDICTION = [("PositiveOrderedRegressor: the prediction of Echo", predict)]
# Here values may be missing.
WITH_GAPS = [
    ("make_windows: `data`", lambda v: make_windows(v, lookback=1)[0]),
    ("ConstraintDisplay: `y_true`", lambda v: display(y_true=v)),
]
LOSSES = [
    ("LossCurveDisplay: `loss`", lambda v: loss_curve(loss=v)),
    ("LossCurveDisplay: `val_loss`", lambda v: loss_curve(val_loss=v)),
]
# Weights must have one dimension, as everywhere in scikit-learn.
WEIGHTS = [
    ("PositiveOrderedRegressor: `sample_weight`", lambda v: echo().score(X, PLAIN, v)),
    (
        "LSTMRegressor: `sample_weight`",
        lambda v: network(sample_weight=v).predict(X),
    ),
    (
        "LSTMRegressor: `sample_weight`",
        lambda v: fitted_network().score(X, PLAIN, v),
    ),
    ("SmearingTargetRegressor: `sample_weight`", lambda v: smear().score(X, PLAIN, v)),
    ("mean_pinball_loss: `sample_weight`", lambda v: pinball(sample_weight=v)),
    ("interval_coverage: `sample_weight`", lambda v: coverage(sample_weight=v)),
    (
        "SequenceScaler: `sample_weight`",
        lambda v: SequenceScaler().fit(np.eye(3), sample_weight=v).scaler_.mean_,
    ),
]
# These have two dimensions, and scikit-learn takes text of digits for numbers here.
SAMPLES = [
    ("SlidingWindow: `X`", lambda v: SlidingWindow(length=1).fit_transform(v)),
    ("SequenceScaler: `X`", lambda v: SequenceScaler().fit_transform(v)),
]
SAMPLES_WITHOUT_GAPS = [("LSTMRegressor: `X`", lambda v: network(X=v).predict(v))]


def sweep(entries, kinds):
    """Parametrize a test with every entry and every kind of data."""
    return pytest.mark.parametrize(
        ("subject", "entry", "values", "message"),
        [
            pytest.param(
                *(subject, entry, *(kind if isinstance(kind, Kind) else (kind, ""))),
                id=f"{subject}-{i}-{name}",
            )
            for i, (subject, entry) in enumerate(entries)
            for name, kind in kinds.items()
        ],
    )


class Kind(NamedTuple):
    """A kind of data, and what messages call it."""

    values: object
    message: str


# -- kinds of data ---------------------------------------------------------------------

NUMBERS = {
    "list of int": [1, 0, 1],
    "list of bool": [True, False, True],
    "list of Decimal": [Decimal("1"), Decimal("0"), Decimal("1")],
    "list of Fraction": [Fraction(1), Fraction(0), Fraction(1)],
    "list of NumPy's": [np.float32(1), np.int8(0), np.bool_(True)],
    "tuple": (1, 0.0, True),
    "bool": np.array([True, False, True]),
    "int8": np.array([1, 0, 1], dtype=np.int8),
    "uint64": np.array([1, 0, 1], dtype=np.uint64),
    "float16": np.array(PLAIN, dtype=np.float16),
    "float32": np.array(PLAIN, dtype=np.float32),
    "object": np.array([1, 0.0, True], dtype=object),
    "one column": np.array(PLAIN)[:, np.newaxis],
    "nothing masked": np.ma.array(PLAIN, mask=[False] * 3),
    "pandas": pd.Series(PLAIN, index=[3, 3, 0]),
    "pandas bool": pd.Series([True, False, True]),
    "pandas object": pd.Series([1, 0.0, True], dtype=object),
    "pandas Int64": pd.Series([1, 0, 1], dtype="Int64"),
    "pandas Float32": pd.Series(PLAIN, dtype="Float32"),
    "pandas boolean": pd.Series([True, False, True], dtype="boolean"),
    "pandas Arrow": pd.Series(PLAIN, dtype="double[pyarrow]"),
    "pandas Arrow decimal": pd.Series(
        [Decimal(1), Decimal(0), Decimal(1)], dtype=pd.ArrowDtype(pa.decimal128(5, 2))
    ),
    "pandas sparse": pd.Series(PLAIN, dtype="Sparse[float]"),
    "pandas categories": pd.Series(PLAIN, dtype="category"),
    "pandas array": pd.array([1, 0, 1], dtype="Int64"),
    "pandas index": pd.Index(PLAIN),
    "pandas frame": pd.DataFrame({"a": [1, 0, 1]}),
    "polars": pl.Series([1, 0, 1]),
    "polars bool": pl.Series([True, False, True]),
    "polars decimal": pl.Series([1, 0, 1]).cast(pl.Decimal(5, 2)),
    "polars frame": pl.DataFrame({"a": [1, 0, 1]}),
    "arrow": pa.array(PLAIN),
}
DIGITS = {
    "list of digits": ["1", "0", "1"],
    "digits among numbers": np.array([1.0, "0", 1.0], dtype=object),
    "digits": np.array(["1", "0", "1"]),
    "bytes": np.array([b"1", b"0", b"1"]),
    "pandas digits": pd.Series(["1", "0", "1"]),
    "pandas digits as objects": pd.Series(["1", "0", "1"], dtype=object),
    "pandas digits in Arrow": pd.Series(["1", "0", "1"], dtype="string[pyarrow]"),
    "polars digits": pl.Series(["1", "0", "1"]),
}
TIMES = [dt.datetime(2026, 1, day) for day in (1, 2, 3)]
NO_NUMBERS = {
    "text": Kind(["a", "b", "c"], "text such as 'a'"),
    "pandas text": Kind(pd.Series(["a", "b", "c"]), "text such as 'a'"),
    "pandas categories": Kind(pd.Categorical(["a", "b", "c"]), "text such as 'a'"),
    "polars enum": Kind(pl.Series(["a"] * 3, dtype=pl.Enum(["a"])), "text such as 'a'"),
    "dates": Kind([time.date() for time in TIMES], "dates or times"),
    "datetime64": Kind(np.array(TIMES, dtype="datetime64[s]"), "dates or times"),
    "pandas times": Kind(pd.Series(TIMES), "dates or times"),
    "pandas zone": Kind(pd.Series(TIMES).dt.tz_localize("UTC"), "dates or times"),
    "pandas period": Kind(pd.Series(TIMES).dt.to_period("D"), "dates or times"),
    "pandas NaT": Kind(pd.Series([pd.NaT] * 3, dtype=object), "dates or times"),
    "polars times": Kind(pl.Series(TIMES), "dates or times"),
    "polars times, all missing": Kind(
        pl.Series([None] * 3, dtype=pl.Datetime), "dates or times"
    ),
    "polars time of day": Kind(pl.Series([dt.time(1)] * 3), "dates or times"),
    "timedelta": Kind([dt.timedelta(1)] * 3, "spans of time"),
    "pandas timedelta": Kind(pd.to_timedelta([1, 0, 1], unit="h"), "spans of time"),
    "polars duration": Kind(pl.Series([dt.timedelta(1)] * 3), "spans of time"),
    "complex": Kind([1j, 0j, 1j], "complex numbers such as"),
    "complex array": Kind(np.array([1j, 0j, 1j]), "complex numbers such as"),
    "objects": Kind([{"a": 1}] * 3, "objects of type dict such as {'a': 1}"),
    "intervals": Kind(pd.Series(pd.interval_range(0, 3)), "objects of type Interval"),
}
GAPS = {
    "NaN": Kind([1.0, np.nan, 1.0], "NaN"),
    "None": Kind([1.0, None, 1.0], "NaN"),
    "NA": Kind([1.0, pd.NA, 1.0], "NaN"),
    "masked": Kind(np.ma.array(PLAIN, mask=[0, 1, 0]), "masked values"),
    "masked int": Kind(np.ma.array([1, 0, 1], mask=[0, 1, 0]), "masked values"),
    "masked object": Kind(
        np.ma.array(np.array([1, "", 1], dtype=object), mask=[0, 1, 0]),
        "masked values",
    ),
    "list of masked": Kind([1.0, np.ma.masked, 1.0], "NaN|masked values"),
    "rows of masked": Kind(
        [np.ma.array([v], mask=[not v]) for v in PLAIN], "masked values"
    ),
    "pandas NaN": Kind(pd.Series([1, np.nan, 1]), "NaN"),
    "pandas Int64": Kind(pd.Series([1, None, 1], dtype="Int64"), "NaN"),
    "pandas boolean": Kind(pd.Series([True, None, True], dtype="boolean"), "NaN"),
    "pandas Arrow": Kind(pd.Series([1, None, 1], dtype="int64[pyarrow]"), "NaN"),
    "pandas frame": Kind(pd.DataFrame({"a": [1, None, 1]}), "NaN"),
    "polars": Kind(pl.Series([1, None, 1]), "NaN"),
    "polars bool": Kind(pl.Series([True, None, True]), "NaN"),
    "arrow": Kind(pa.array([1, None, 1]), "NaN"),
}


def as_rows(values):
    """Return values with a second dimension, as X has it."""
    if isinstance(values, pd.Series):
        return values.to_frame("a")
    if isinstance(values, pl.Series):
        return pl.DataFrame({"a": values})
    if isinstance(values, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.DataFrame({"a": values})
    if isinstance(values, list | tuple):
        is_row = isinstance(values[0], np.ndarray)
        return values if is_row else [[value] for value in values]
    if isinstance(values, pa.Array):
        return pa.table({"a": values})
    is_array = isinstance(values, np.ndarray)
    return values.reshape(-1, 1) if is_array else values


SPARSE = {"sparse": sparse.eye_array(3)}
# scikit-learn does not take NA in lists.
GAPS_IN_SAMPLES = {name: kind for name, kind in GAPS.items() if name != "NA"}


def one_dimension(kinds):
    with_two = {"one column", "rows of masked", "pandas frame", "polars frame"}
    return {name: kind for name, kind in kinds.items() if name not in with_two}


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch):
    monkeypatch.setattr(ConstraintDisplay, "plot", lambda self: self)


# -- the rule --------------------------------------------------------------------------


@sweep(ENTRIES + PREDICTION + WITH_GAPS, NUMBERS)
def test_numbers_of_every_kind_mean_the_same(subject, entry, values, message):
    if "prediction of Echo" in subject and isinstance(values, tuple):
        pytest.skip("a tuple is a prediction with its standard deviation")
    assert_allclose(np.ravel(entry(values)), np.ravel(entry(PLAIN)), rtol=1e-3)


@sweep(WEIGHTS + LOSSES, one_dimension(NUMBERS))
def test_weights_of_every_kind_mean_the_same(subject, entry, values, message):
    assert_allclose(entry(values), entry(PLAIN), rtol=1e-3)


@sweep(SAMPLES + SAMPLES_WITHOUT_GAPS, NUMBERS | DIGITS)
def test_samples_of_every_kind_mean_the_same(subject, entry, values, message):
    if isinstance(getattr(values, "dtype", None), pd.SparseDtype):
        pytest.skip("scikit-learn takes a DataFrame of sparse columns as sparse")
    assert_allclose(entry(as_rows(values)), entry(as_rows(PLAIN)), rtol=1e-3)


@sweep(ENTRIES + PREDICTION + WITH_GAPS + WEIGHTS + LOSSES, NO_NUMBERS | DIGITS)
def test_other_values_are_refused_by_kind(subject, entry, values, message):
    message = message or "text of digits such as b?'[01]'.* Convert it"
    with pytest.raises(ValueError, match=f"{message}") as refusal:
        entry(values)
    assert str(refusal.value).startswith(f"{subject} must hold real numbers; got ")


@sweep(SAMPLES + SAMPLES_WITHOUT_GAPS, NO_NUMBERS)
def test_samples_that_are_not_numbers_are_refused_by_kind(
    subject, entry, values, message
):
    is_complex = "complex" in message  # for which scikit-learn has a message
    with pytest.raises((TypeError, ValueError)) as refusal:
        entry(as_rows(values))
    if is_complex:
        assert "Complex data not supported" in str(refusal.value)
    else:
        assert str(refusal.value).startswith(f"{subject} must hold real numbers; got ")
        assert re.search(rf"{message}.* in column (0|'a')", str(refusal.value))


@sweep(ENTRIES, GAPS)
def test_missing_values_are_refused(subject, entry, values, message):
    column = " in column 'a'" if hasattr(values, "columns") else ""
    message = rf"got ({message}) in 1 of 3 rows, the first of them row 1{column}\.$"
    with pytest.raises(ValueError, match=message) as refusal:
        entry(values)
    assert str(refusal.value).startswith(f"{subject} must ")


@sweep(WEIGHTS, one_dimension(GAPS))
def test_missing_weights_are_refused(subject, entry, values, message):
    with pytest.raises(ValueError, match=f"must be finite; got ({message}) in 1 of 3"):
        entry(values)


@sweep(PREDICTION, GAPS)
def test_missing_predictions_are_refused(subject, entry, values, message):
    with pytest.raises(ValueError, match="Echo predicted NaN or infinity in 1 of 3"):
        entry(values)


@sweep(LOSSES, one_dimension(GAPS))
def test_missing_losses_become_nan(subject, entry, values, message):
    assert_array_equal(entry(values), entry([1.0, np.nan, 1.0]))


@sweep(WITH_GAPS, GAPS)
def test_missing_values_become_nan_where_they_may_be(subject, entry, values, message):
    expected = entry([1.0, np.nan, 1.0])
    assert_array_equal(np.ravel(entry(values)), np.ravel(expected))


@sweep(SAMPLES, GAPS_IN_SAMPLES)
def test_missing_values_of_samples_become_nan(subject, entry, values, message):
    expected = entry(as_rows([1.0, np.nan, 1.0]))
    assert_array_equal(entry(as_rows(values)), expected)


@sweep(SAMPLES_WITHOUT_GAPS, GAPS_IN_SAMPLES)
def test_missing_values_of_samples_are_refused(subject, entry, values, message):
    with pytest.raises(
        ValueError, match=r"Input X contains NaN|got masked values in 1"
    ):
        entry(as_rows(values))


# -- masks in what is passed on to another library -------------------------------------

OUTER = {
    "PositiveOrderedRegressor": PositiveOrderedRegressor,
    "SmearingTargetRegressor": SmearingTargetRegressor,
    "MultiQuantileRegressor": lambda inner: MultiQuantileRegressor(
        inner, [0.5], quantile_param="quantile"
    ),
}


class Listener(BaseEstimator):
    """Keep what it is given; predict the first column, 0 where it is missing."""

    def __init__(self, quantile=None):
        self.quantile = quantile

    def fit(self, X, y, sample_weight=None):
        self.seen = [X]
        return self

    partial_fit = fit

    def predict(self, X, base=None):
        self.seen.append(X)
        return np.nan_to_num(np.asarray(X, dtype=float)[:, 0])


def listener(model):
    """Return the fitted listener inside."""
    return getattr(model, "regressors_", [getattr(model, "regressor_", None)])[0]


@pytest.mark.parametrize("owner", OUTER)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, object])
def test_masked_samples_reach_the_regressor_as_missing(owner, dtype):
    X = np.ma.array(np.ones((3, 2), dtype=dtype), mask=[[0, 0], [1, 0], [0, 0]])
    for samples in (X, list(X)):
        model = OUTER[owner](Listener()).fit(samples, PLAIN)
        expected = [1.0, 0.0, 1.0]
        assert_allclose(np.ravel(model.predict(samples)), expected)
        for seen in listener(model).seen:
            assert not isinstance(seen, np.ma.MaskedArray)
            missing = np.isnan(np.asarray(seen, dtype=float))
            assert_array_equal(missing, X.mask[: len(seen)])
            assert seen.dtype == (dtype if X.dtype.kind in "fO" else np.float64)


@pytest.mark.parametrize("owner", OUTER)
def test_samples_without_masked_values_reach_the_regressor_as_they_are(owner):
    for X in (np.ma.ones((3, 2)), np.ones((3, 2)), [[1, 2.0]] * 3):
        model = OUTER[owner](Listener())
        model.fit(X, PLAIN)
        assert listener(model).seen[0] is X


@pytest.mark.parametrize("owner", OUTER)
@pytest.mark.parametrize("name", ["sample_weight", "step__sample_weight"])
def test_masked_weights_do_not_reach_the_regressor(owner, name):
    weight = np.ma.array(PLAIN, mask=[False, True, False])
    with pytest.raises(ValueError, match=rf"{owner}: `{name}` must be finite; got mas"):
        OUTER[owner](Listener()).fit(X, PLAIN, **{name: weight})
    model = OUTER[owner](Listener()).fit(X, PLAIN)
    with pytest.raises(ValueError, match=rf"{owner}: `base` must be finite; got mask"):
        model.predict(X, base=weight)


def test_masked_parts_do_not_reach_the_regressor():
    weight = np.ma.array(PLAIN, mask=[False, True, False])
    masked = np.ma.array(np.ones((3, 2)), mask=[[0, 0], [1, 0], [0, 0]])
    model = PositiveOrderedRegressor(Listener()).partial_fit(X, PLAIN)
    with pytest.raises(ValueError, match="`sample_weight` must be finite; got masked"):
        model.partial_fit(X, PLAIN, sample_weight=weight)
    model.partial_fit(masked, PLAIN)
    assert np.isnan(model.regressor_.seen[0][1, 0])


@sweep(
    ENTRIES + PREDICTION + WITH_GAPS + WEIGHTS + LOSSES, {"sparse": sparse.eye_array(3)}
)
def test_sparse_data_are_refused(subject, entry, values, message):
    with pytest.raises(TypeError) as refusal:
        entry(values)
    assert str(refusal.value).startswith(f"{subject} must be dense; got a sparse dia")


RAGGED = {
    "lists": [[1.0], [2.0, 3.0], [4.0]],
    "masked": [np.ma.zeros(1), np.ma.zeros(2), np.ma.zeros(1)],
}


@sweep(ENTRIES + PREDICTION + WITH_GAPS, RAGGED)
def test_ragged_lists_are_refused(subject, entry, values, message):
    with pytest.raises(ValueError, match="its rows differ in length") as refusal:
        entry(values)
    assert str(refusal.value).startswith(subject)


@pytest.mark.parametrize("values", [[0, 9, 2], np.array([0, 9, 2], dtype="M8[D]")])
def test_masked_positions_of_a_display_are_missing(values):
    masked = np.ma.array(values, mask=[False, True, False])

    positions, _ = as_positions(masked, 3, 1, "ConstraintDisplay")

    assert_array_equal(np.isnan(positions[:, 0]), [False, True, False])


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (
            np.ma.array(PLAIN, mask=[0, 1, 0]),
            "finite; got masked values in 1 of 3 rows",
        ),
        (np.array(["a", "b", "c"]), "hold real numbers; got text such as 'a'"),
    ],
)
def test_smearing_refuses_later_predictions_that_are_not_numbers(prediction, message):
    message = f"^SmearingTargetRegressor: the prediction of Echo must .*{message}"
    with pytest.raises(ValueError, match=message):
        smear_echo(PLAIN, prediction)
