"""Results come back in the kind of table that was given."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal

from sklstm import adjust_predictions
from sklstm._utils.frames import take_rows
from sklstm.preprocessing import make_windows

VALUES = {"low": [3.0, -1.0, 2.0], "high": [1.0, 5.0, 2.5]}
ADJUSTED = {"low": [1.0, 0.0, 2.0], "high": [3.0, 5.0, 2.5]}
SIZES = pd.Categorical(
    ["low", "medium", "high"], categories=["low", "medium", "high"], ordered=True
)
INDEX = pd.Index([7, 7, "x"], name="row")


class Table(pd.DataFrame):
    """A DataFrame of another library, as geopandas has one."""

    @property
    def _constructor(self):
        return Table


def with_dtypes(*dtypes):
    frame = pd.DataFrame(VALUES, index=INDEX)
    return frame.astype(dict(zip(VALUES, dtypes, strict=True)))


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (["float64", "float64"], ["float64", "float64"]),
        (["float32", "float32"], ["float32", "float32"]),
        (["float32", "float64"], ["float64", "float64"]),
        (["Float64", "Float64"], ["Float64", "Float64"]),
        (["Float32", "Float32"], ["Float32", "Float32"]),
        (["double[pyarrow]", "double[pyarrow]"], ["double[pyarrow]"] * 2),
        (["float[pyarrow]", "float[pyarrow]"], ["float[pyarrow]"] * 2),
        (["Float64", "double[pyarrow]"], ["Float64", "double[pyarrow]"]),
        (["float64", "Float64"], ["float64", "Float64"]),
        (["Sparse[float]", "Sparse[float]"], ["float64", "float64"]),
        (["category", "float64"], ["float64", "float64"]),
    ],
)
def test_columns_of_pandas_keep_their_backend(given, returned):
    frame = with_dtypes(*given)

    adjusted = adjust_predictions(frame)

    expected = pd.DataFrame(ADJUSTED, index=INDEX)
    expected = expected.astype(dict(zip(VALUES, returned, strict=True)))
    pd.testing.assert_frame_equal(adjusted, expected)
    pd.testing.assert_frame_equal(frame, with_dtypes(*given))
    series = adjust_predictions(frame["high"])
    assert series.dtype == (returned[1] if given[0] != "float32" else given[1])
    assert series.name == "high"
    pd.testing.assert_index_equal(series.index, INDEX)


@pytest.mark.parametrize(
    ("integers", "floats"),
    [("Int8", "Float64"), ("int32[pyarrow]", "double[pyarrow]"), ("int16", "float64")],
)
def test_integers_of_pandas_become_floats_of_their_backend(integers, floats):
    series = pd.Series([3, -1], dtype=integers)

    assert adjust_predictions(series).dtype == floats


def test_columns_that_share_a_name_keep_it():
    frame = with_dtypes("Float64", "Float64").set_axis(["a", "a"], axis=1)

    adjusted = adjust_predictions(frame)

    assert list(adjusted.columns) == ["a", "a"]
    assert list(adjusted.dtypes) == ["Float64", "Float64"]


def test_subclasses_of_a_dataframe_come_back():
    frame = Table(VALUES, index=INDEX)

    assert type(adjust_predictions(frame)) is Table


def test_names_of_columns_on_several_levels_are_kept():
    columns = pd.MultiIndex.from_product([["day"], ["low", "high"]], names=["a", "b"])
    frame = pd.DataFrame(np.transpose(list(VALUES.values())), columns=columns)

    pd.testing.assert_index_equal(adjust_predictions(frame).columns, columns)


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64])
def test_tables_of_polars_keep_names_and_float_dtype(dtype):
    frame = pl.DataFrame(VALUES, schema_overrides=dict.fromkeys(VALUES, dtype))

    adjusted = adjust_predictions(frame)

    assert adjusted.equals(pl.DataFrame(ADJUSTED, schema=frame.schema))
    series = adjust_predictions(frame["low"])
    assert (series.name, series.dtype) == ("low", dtype)


def test_a_masked_array_without_masked_values_comes_back():
    given = np.ma.array([3.0, -1.0], mask=[False, False])

    adjusted = adjust_predictions(given)

    assert isinstance(adjusted, np.ma.MaskedArray)
    assert_array_equal(adjusted, [3.0, 0.0])


@pytest.mark.parametrize(
    "predictions",
    [
        pa.table(VALUES),
        pd.Index([3.0, -1.0]),
        pd.array([3.0, -1.0], dtype="Float64"),
        pa.array([3.0, -1.0]),
        [3.0, -1.0],
        np.array([3.0, -1.0]).view(np.recarray),
    ],
)
def test_other_kinds_become_arrays(predictions):
    assert type(adjust_predictions(predictions)) is np.ndarray


def test_columns_of_an_arrow_table_name_the_outputs():
    adjusted = adjust_predictions(pa.table(VALUES), order="high <= low")

    assert_array_equal(adjusted[:, 1], [1.0, 0.0, 2.0])


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float64", "float64"),
        ("int8", "int8"),
        ("Int64", "Int64"),
        ("Float32", "Float32"),
        ("int16[pyarrow]", "int16[pyarrow]"),
    ],
)
@pytest.mark.parametrize("horizon", [1, 2])
def test_windows_of_pandas_keep_the_backend_of_their_targets(dtype, expected, horizon):
    frame = pd.DataFrame({"a": range(6), "b": range(6)}).astype(dtype)

    _, y = make_windows(frame, lookback=2, horizon=horizon, target=["b", "a"])
    _, one = make_windows(frame, lookback=2, target="b")

    assert list(y.dtypes) == [expected] * 2 * horizon
    assert one.dtype == expected
    assert one.to_list() == [2, 3, 4, 5]


def test_windows_with_gaps_have_missing_values_of_their_backend():
    frame = pd.DataFrame({"a": pd.array([1, 2, None, 4], dtype="Int64")})

    X, y = make_windows(frame, lookback=1)

    assert_array_equal(X[:, 0, 0], [1, 2, np.nan])
    pd.testing.assert_series_equal(
        y, pd.Series([2, None, 4], index=[1, 2, 3], name="a", dtype="Float64")
    )


def test_windows_of_columns_that_share_a_name_are_chosen_by_index():
    frame = pd.DataFrame(np.arange(8.0).reshape(4, 2), columns=["a", "a"])

    assert_array_equal(make_windows(frame, lookback=1, target=1)[1], [3, 5, 7])
    with pytest.raises(ValueError, match=r"'a' is the name of 2 columns .* \[0, 1\]"):
        make_windows(frame, lookback=1, target="a")


def test_lazy_tables_of_polars_are_collected():
    lazy = pl.LazyFrame(VALUES)

    assert adjust_predictions(lazy).equals(pl.DataFrame(ADJUSTED))
    assert_array_equal(make_windows(lazy, lookback=1, target="low")[1], [-1.0, 2.0])


def test_lazy_tables_of_dask_are_computed():
    dd = pytest.importorskip("dask.dataframe")
    frame = pd.DataFrame({**VALUES, "size": SIZES})
    lazy = dd.from_pandas(frame, npartitions=2)

    adjusted = adjust_predictions(lazy[["low", "high"]])
    ordered = adjust_predictions(
        [1.0, 3.0, 2.0], sample_order="increasing", order_by=lazy["size"]
    )
    _, y = make_windows(lazy[["low", "high"]], lookback=1, target="low")

    pd.testing.assert_frame_equal(adjusted, pd.DataFrame(ADJUSTED))
    assert_array_equal(ordered, [1.0, 2.0, 3.0])
    assert_array_equal(y, [-1.0, 2.0])


def test_windows_of_an_arrow_table_are_arrays():
    X, y = make_windows(pa.table(VALUES), lookback=1, target="low")

    assert X.shape == (2, 1, 2)
    assert_array_equal(y, [-1.0, 2.0])


def test_rows_of_big_endian_tables_are_taken_although_pandas_cannot():
    table = pd.DataFrame({"a": np.arange(3).astype(">f8"), "b": [1, 2, 3]})
    with pytest.raises(ValueError, match="Big-endian"):
        table.iloc[[0, 2]]
    assert take_rows(table, [0, 2]).to_numpy().tolist() == [[0, 1], [2, 3]]
    assert take_rows(table["a"], [0, 2]).tolist() == [0, 2]
    assert not table["a"].dtype.isnative
