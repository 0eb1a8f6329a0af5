"""Data in unusual memory, dtypes, tables and numbers of rows: the same predictions."""

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recurrent.networks import tiny
from regressors import Echo
from sklearn.linear_model import LinearRegression

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    adjust_predictions,
)
from sklstm.preprocessing import (
    SequenceScaler,
    SlidingWindow,
    SmearingTargetRegressor,
    make_windows,
)

# Small whole numbers, which every dtype holds.
X = np.random.default_rng(0).integers(0, 9, size=(40, 4)).astype(float)
Y = np.sort(X[:, :2], axis=1) + 1


def read_only(values):
    values = values.copy()
    values.setflags(write=False)
    return values


def zoned(values):
    index = pd.date_range("2026-03-28", periods=len(values), freq="h", tz="Europe/Oslo")
    return pd.DataFrame(values, index=index)


def multiple(values):
    columns = pd.MultiIndex.from_product([["a", "b"], range(values.shape[1] // 2)])
    return pd.DataFrame(values, columns=columns)


LAYOUTS = {
    "read-only": read_only,
    "Fortran": np.asfortranarray,
    "reversed": lambda v: v[::-1, ::-1].copy()[::-1, ::-1],
    "every other": lambda v: np.repeat(np.repeat(v, 2, axis=0), 2, axis=1)[::2, ::2],
    "unaligned": lambda v: np.frombuffer(b" " + v.tobytes(), v.dtype, offset=1).reshape(
        v.shape
    ),
}
DTYPES = ["f2", "g", ">f8", ">i4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "O"]
TABLES = {
    "unordered index": lambda v: pd.DataFrame(v, index=np.arange(len(v))[::-1]),
    "repeated index": lambda v: pd.DataFrame(v, index=[0] * len(v)),
    "time zone": zoned,
    "levels of columns": multiple,
    "big-endian": lambda v: pd.DataFrame(v.astype(">f8")),
    "nullable": lambda v: pd.DataFrame(v).astype("Float64"),
    "Arrow": lambda v: pd.DataFrame(v).astype("double[pyarrow]"),
    "categories": lambda v: pd.DataFrame(v).astype("category"),
    "polars": lambda v: pl.DataFrame(v),
    "pyarrow": lambda v: pa.table({str(i): c for i, c in enumerate(v.T)}),
}
KINDS = LAYOUTS | {name: lambda v, t=name: v.astype(t) for name in DTYPES} | TABLES


def windows(X, Y):
    return np.ravel(make_windows(X, lookback=2)[0])


USES = {
    "adjust": lambda X, Y: adjust_predictions(X, method="projection"),
    "ordered": lambda X, Y: (
        PositiveOrderedRegressor(LinearRegression()).fit(X, Y).predict(X)
    ),
    "multi": lambda X, Y: (
        MultiQuantileRegressor(
            Echo(mean, quantiles=0.5), [0.5], quantile_param="quantiles"
        )
        .fit(X, first(Y))
        .predict(X)
    ),
    "calibrated": lambda X, Y: (
        CalibratedQuantileRegressor(
            LinearRegression(), [0.4, 0.6], calibration_fraction=0.5
        )
        .fit(X, first(Y))
        .predict(X)
    ),
    "smearing": lambda X, Y: SmearingTargetRegressor().fit(X, Y).predict(X),
    "scaler": lambda X, Y: SequenceScaler().fit_transform(X),
    "window": lambda X, Y: SlidingWindow(2).fit_transform(X),
    "windows": windows,
}


def mean(X):
    values = X.to_pandas() if isinstance(X, pa.Table) else X
    return np.asarray(values, dtype=float).mean(axis=1)


def first(Y):
    if isinstance(Y, pd.DataFrame):
        return Y.iloc[:, 0]
    if isinstance(Y, pl.DataFrame):
        return Y[:, 0]
    return Y.column(0) if isinstance(Y, pa.Table) else Y[:, 0]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_data_does_not_matter(use, kind):
    convert = KINDS[kind]
    given, target = convert(X), convert(Y)
    kept = np.array(X), np.array(Y)

    found = USES[use](given, target)

    expected = USES[use](X, Y)
    coarse = 1e-2 if kind == "f2" else 1e-9
    assert np.shape(found) == np.shape(expected)
    assert_allclose(
        np.asarray(found, dtype=float),
        expected,
        rtol=coarse,
        atol=coarse,
    )
    assert_array_equal(X, kept[0])
    assert_array_equal(Y, kept[1])


@pytest.mark.parametrize("use", ["adjust", "multi", "windows"])
def test_columns_may_have_one_name_where_scikit_learn_does_not_forbid_it(use):
    given = pd.DataFrame(X, columns=["a"] * 4)
    assert_array_equal(USES[use](given, Y), USES[use](X, Y))


@pytest.fixture(scope="module")
def network():
    return tiny(units=1, epochs=1, warm_start=True).fit(X, Y)


def mapped(value, folder):
    """Return what joblib loads from a file that is mapped into memory, read-only."""
    path = folder / str(len(list(folder.iterdir())))
    joblib.dump(value, path)
    return joblib.load(path, mmap_mode="r")


def test_data_and_estimators_may_be_mapped_into_memory(network, tmp_path):
    rows, target = mapped(X, tmp_path), mapped(Y.copy(), tmp_path)
    assert isinstance(rows, np.memmap)
    refitted = tiny(units=1, epochs=1, warm_start=True).fit(rows, target)
    assert_array_equal(refitted.predict(rows), network.predict(X))
    wrapped = PositiveOrderedRegressor(LinearRegression()).fit(rows, target)
    for fitted in (refitted, wrapped, SmearingTargetRegressor().fit(rows, target)):
        loaded = mapped(fitted, tmp_path)
        assert_array_equal(loaded.predict(rows), fitted.predict(X))
    loaded = mapped(refitted, tmp_path)
    loaded.fit(rows, target)
    assert_array_equal(loaded.weights_[0], network.fit(X, Y).weights_[0])


def test_one_row_and_a_million():
    values = np.tile(X[:, :3], (25_000, 1))
    adjusted = adjust_predictions(values, method="projection")
    assert_array_equal(adjusted[:40], adjusted[-40:])
    assert_array_equal(
        adjust_predictions(values[:1], method="projection")[0], adjusted[0]
    )
    model = PositiveOrderedRegressor(LinearRegression()).fit(X, Y)
    many = model.predict(np.tile(X, (25_000, 1)))
    assert_allclose(many[-40:], model.predict(X))
    assert_allclose(model.predict(X[:1]), many[:1])


def test_one_output_and_five_hundred():
    wide = np.random.default_rng(0).normal(size=(20, 500))
    for method in ("sort", "projection", "cummax"):
        adjusted = adjust_predictions(wide, method=method)
        assert (np.diff(adjusted) >= 0).all()
        assert (adjusted >= 0).all()
    rule = " + ".join(f"y[{i}]" for i in range(499)) + " == y[499]"
    total = adjust_predictions(wide[:2], order=None, rules=[rule])
    summed = total[:, 0].copy()
    for column in total.T[1:499]:
        summed = summed + column
    assert_array_equal(summed, total[:, 499])
    chain = [f"y[{i}] + 0.001 <= y[{i + 1}]" for i in range(499)]
    gaps = adjust_predictions(wide, order=chain)
    assert (gaps[:, :-1] + 0.001 <= gaps[:, 1:]).all()


@pytest.mark.parametrize("n_features", [1, 0])
def test_one_feature_and_none(n_features):
    rows = X[:, :n_features]
    model = PositiveOrderedRegressor(Echo(lambda X: np.zeros((len(X), 2))))
    assert model.fit(rows, Y).predict(rows).shape == Y.shape
    if n_features == 0:
        message = r"0 feature\(s\).*LSTMRegressor|LSTMRegressor.*no empty axis"
        with pytest.raises(ValueError, match=message):
            tiny().fit(rows, Y)


def test_sparse_rows_reach_a_regressor_that_takes_them():
    rows = pd.DataFrame(X).astype(pd.SparseDtype("float64", 0.0))
    model = PositiveOrderedRegressor(LinearRegression())
    expected = model.fit(X, Y).predict(X)
    assert_allclose(model.fit(rows, Y).predict(rows), expected)


@pytest.mark.parametrize("value", [5e-324, 1e-310, -0.0, 1.7e308])
def test_tiny_and_huge_numbers_keep_their_bits(value):
    values = np.array([[value, value], [0.0, abs(value)]])
    adjusted = adjust_predictions(values, lower=None, method="projection")
    assert adjusted.tobytes() == values.tobytes()
    halves = adjust_predictions([[abs(value), 0.0]], method="projection")
    assert halves[0, 0] == halves[0, 1]
