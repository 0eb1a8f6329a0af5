"""Labels of every kind keep their own order, wherever they are given."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo

from sklstm import PositiveOrderedRegressor, adjust_predictions
from sklstm._utils.labels import label_at, rank_labels
from sklstm.preprocessing import make_windows

# Every kind of labels holds the middle one, the largest and the smallest of three, and
# then the same again. Most are in another order if they are read as text.
NUMBERS = [9, 10, -1] * 2
TEXT = ["b", "c", "a"] * 2
DAYS = [dt.date(2026, 1, 9), dt.date(2026, 1, 10), dt.date(2025, 12, 31)] * 2
TIMES = [dt.datetime(day.year, day.month, day.day, 5) for day in DAYS]
# The wall clock in Berlin shows 02:30, 02:10 and 02:00: it was set back in between.
AUTUMN = pd.to_datetime(
    ["2026-10-25T00:30", "2026-10-25T01:10", "2026-10-25T00:00"] * 2
)
AUTUMN = AUTUMN.tz_localize("UTC").tz_convert("Europe/Berlin")
SIZES = ["medium", "large", "small"] * 2
FROM_SMALL = ["small", "medium", "large"]
ORDERED = pd.Categorical(SIZES, categories=FROM_SMALL, ordered=True)
UNORDERED = pd.Categorical(SIZES, categories=FROM_SMALL)
PAIRS = [("a", 10), ("b", 1), ("a", 9)] * 2
PAIRS_BY_KEY = {"a": [a for a, _ in PAIRS], "b": [b for _, b in PAIRS]}

RANKS = [1, 2, 0, 1, 2, 0]

# Those that can be a column of a DataFrame.
PANDAS = {
    "int": pd.Series(NUMBERS, index=[5, 5, 0, 3, 2, 1]),
    "object": pd.Series(NUMBERS, dtype=object),
    "text": pd.Series(TEXT),
    "string": pd.Series(TEXT, dtype="string"),
    "arrow text": pd.Series(TEXT, dtype="string[pyarrow]"),
    "nullable int": pd.Series([2**60, 2**60 + 1, 1] * 2, dtype="Int64"),
    "nullable float": pd.Series(NUMBERS, dtype="Float64"),
    "arrow int": pd.Series(NUMBERS, dtype="int64[pyarrow]"),
    "arrow date": pd.Series(DAYS, dtype=pd.ArrowDtype(pa.date32())),
    "arrow dictionary": pd.Series(
        TEXT, dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
    ),
    "times": pd.Series(TIMES),
    "zone": pd.Series(AUTUMN),
    "period": pd.Series(pd.PeriodIndex(DAYS, freq="D")),
    "timedelta": pd.Series(pd.to_timedelta(NUMBERS, unit="h")),
    "interval": pd.Series(
        pd.arrays.IntervalArray.from_tuples([(9, 10), (9, 11), (1, 2)] * 2)
    ),
    "sparse": pd.Series([9, 10, 0] * 2, dtype="Sparse[int]"),
    "ordered": pd.Series(ORDERED),
    "unordered": pd.Series(UNORDERED),
    "categories of numbers": pd.Series(pd.Categorical(NUMBERS)),
    "cut": pd.cut(pd.Series([9.5, 10.5, -1.0] * 2), [-2, 9, 10, 11]),
}
POLARS = {
    "int": pl.Series(NUMBERS),
    "text": pl.Series(TEXT),
    "date": pl.Series(DAYS),
    "zone": pl.Series(AUTUMN),
    "duration": pl.Series([dt.timedelta(hours=hours) for hours in NUMBERS]),
    "enum": pl.Series(SIZES, dtype=pl.Enum(FROM_SMALL)),
    "object": pl.Series(NUMBERS, dtype=pl.Object),
    "struct": pl.Series([{"a": a, "b": b} for a, b in PAIRS]),
}
if pl.Series(["b", "a"], dtype=pl.Categorical).rank("dense").to_list() == [2, 1]:
    # Older releases of Polars sort categories by their first appearance.
    POLARS["categorical"] = pl.Series(TEXT, dtype=pl.Categorical)
LISTS = {
    "int": NUMBERS,
    "float": [9.0, 10.0, -np.inf] * 2,
    "bool and int": [True, 2, False] * 2,
    "text": TEXT,
    "Decimal": [Decimal(number) for number in NUMBERS],
    "dates": DAYS,
    "times of day": [dt.time(9), dt.time(10), dt.time(1)] * 2,
    "Timestamp": [pd.Timestamp(time) for time in TIMES],
    "Period": [pd.Period(day, "D") for day in DAYS],
    "datetime64": [np.datetime64(day) for day in DAYS],
}
ARRAYS = {
    "int": np.array(NUMBERS),
    "uint": np.array([9, 2**63, 1] * 2, dtype=np.uint64),
    "float": np.array(NUMBERS, dtype=float),
    "text": np.array(TEXT),
    "object": np.array(TEXT, dtype=object),
    "datetime64": np.array(DAYS, dtype="datetime64[D]"),
    "timedelta64": np.array(NUMBERS, dtype="timedelta64[h]"),
    "nothing masked": np.ma.array(NUMBERS, mask=[False] * 6),
    "one column": np.array(NUMBERS)[:, np.newaxis],
}
OTHERS = {
    "tuple": tuple(NUMBERS),
    "pandas index": pd.DatetimeIndex(TIMES),
    "pandas array": pd.array(NUMBERS, dtype="Int64"),
    "pandas categorical": ORDERED,
    "pandas categorical index": pd.CategoricalIndex(UNORDERED),
    "pandas frame": pd.DataFrame({"key": ORDERED}),
    "polars frame": pl.DataFrame({"key": POLARS["enum"]}),
    "arrow": pa.array(DAYS),
    "arrow chunks": pa.chunked_array([["b"], ["c", "a", "b"], ["c", "a"]]),
}
SEVERAL_KEYS = {
    "list of tuples": PAIRS,
    "list of lists": [list(pair) for pair in PAIRS],
    "pandas of tuples": pd.Series(PAIRS),
    "array": np.array([[1, 10], [2, 1], [1, 9]] * 2),
    "structured array": np.array(PAIRS, dtype="U1,i8"),
    "pandas frame": pd.DataFrame(PAIRS_BY_KEY),
    "pandas frame of categories": pd.DataFrame({"a": [1, 2, 1] * 2, "b": ORDERED}),
    "pandas multi-index": pd.MultiIndex.from_tuples(PAIRS),
    "polars frame": pl.DataFrame(PAIRS_BY_KEY),
    "arrow table": pa.table(PAIRS_BY_KEY),
}
KINDS = {
    f"{group}: {name}": labels
    for group, kinds in {
        "pandas": PANDAS,
        "polars": POLARS,
        "list": LISTS,
        "array": ARRAYS,
        "other": OTHERS,
        "keys": SEVERAL_KEYS,
    }.items()
    for name, labels in kinds.items()
}
every_kind = pytest.mark.parametrize("labels", KINDS.values(), ids=KINDS)

# What the labels make of 1 ... 6: sorted along them, and within each label.
ALONG_THE_LABELS = [3.0, 5.0, 1.0, 4.0, 6.0, 2.0]
FALLING = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
WITHIN_THE_LABELS = [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]


@every_kind
def test_labels_are_ranked_in_their_own_order(labels):
    assert_array_equal(rank_labels(labels, 6, "groups", "owner"), RANKS)


@every_kind
def test_adjusted_arrays_are_ordered_along_labels_and_within_them(labels):
    along = adjust_predictions(FALLING, sample_order="increasing", order_by=labels)
    within = adjust_predictions(FALLING, sample_order="increasing", groups=labels)

    assert_array_equal(along, ALONG_THE_LABELS)
    assert_array_equal(within, WITHIN_THE_LABELS)


@every_kind
def test_adjusted_predictions_are_ordered_along_labels_and_within_them(labels):
    for options, expected in (
        ({"order_by": lambda X: labels}, ALONG_THE_LABELS),
        ({"group_by": lambda X: labels}, WITHIN_THE_LABELS),
    ):
        assert_array_equal(predict(np.zeros((6, 1)), **options), expected)


@every_kind
def test_windows_come_series_by_series_in_the_order_of_the_labels(labels):
    _, y, rows = make_windows(
        np.arange(6.0), lookback=1, groups=labels, return_rows=True
    )

    assert_array_equal(rows, [5, 3, 4])
    assert_array_equal(y, [5, 3, 4])


def predict(X, **options):
    model = PositiveOrderedRegressor(
        Echo(lambda X: np.array(FALLING)[: len(X)]),
        sample_order="increasing",
        **options,
    )
    model.set_params(target_check="ignore")
    return model.fit(X, np.zeros(6)).predict(X)


@pytest.mark.parametrize("key", ["key", 1])
@pytest.mark.parametrize("labels", PANDAS.values(), ids=PANDAS)
def test_columns_of_pandas_keep_their_own_order(labels, key):
    X = pd.DataFrame({"value": 0.0, "key": labels.array})

    assert_array_equal(predict(X, order_by=key), ALONG_THE_LABELS)
    assert_array_equal(predict(X, group_by=key), WITHIN_THE_LABELS)


@pytest.mark.parametrize("key", ["key", 1])
@pytest.mark.parametrize("labels", POLARS.values(), ids=POLARS)
def test_columns_of_polars_keep_their_own_order(labels, key):
    X = pl.DataFrame({"value": [0.0] * 6, "key": labels})

    assert_array_equal(predict(X, order_by=key), ALONG_THE_LABELS)
    assert_array_equal(predict(X, group_by=key), WITHIN_THE_LABELS)


@pytest.mark.parametrize("labels", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("container", [list, lambda X: np.array(X, dtype=object)])
def test_columns_of_lists_and_objects_keep_their_own_order(labels, container):
    X = container([[0.0, label] for label in labels])

    assert_array_equal(predict(X, order_by=1), ALONG_THE_LABELS)
    assert_array_equal(predict(X, group_by=1), WITHIN_THE_LABELS)


def test_columns_may_share_a_name_where_an_index_tells_them_apart():
    X = pd.DataFrame(np.transpose([[0] * 6, NUMBERS]), columns=["key", "key"])

    assert_array_equal(predict(X, order_by=1), ALONG_THE_LABELS)


@pytest.mark.parametrize(
    ("X", "keys"),
    [
        (pd.DataFrame(PAIRS_BY_KEY), ["a", "b"]),
        (pl.DataFrame(PAIRS_BY_KEY), ["a", 1]),
        (PAIRS, [0, 1]),
    ],
)
def test_several_columns_may_be_keys(X, keys):
    assert_array_equal(predict(X, order_by=keys), ALONG_THE_LABELS)
    assert_array_equal(predict(X, group_by=keys), WITHIN_THE_LABELS)


MISSING = {
    "list, None": ["a", None, "b"],
    "list, NaN": [1.0, np.nan, 2.0],
    "list, NaN among text": ["a", np.nan, "b"],
    "list, NA": [1, pd.NA, 2],
    "list, NaT": [TIMES[0], pd.NaT, TIMES[1]],
    "list, Decimal": [Decimal(1), Decimal("NaN"), Decimal(2)],
    "list, masked": [1, np.ma.masked, 2],
    "array, NaN": np.array([1, np.nan, 2]),
    "array, NaT": np.array(["2026", "NaT", "2027"], dtype="datetime64[D]"),
    "array, masked": np.ma.array([1, 2, 3], mask=[False, True, False]),
    "array, masked text": np.ma.array(["a", "b", "c"], mask=[False, True, False]),
    "pandas, NaT": pd.Series([TIMES[0], None, TIMES[1]]),
    "pandas, text": pd.Series(["a", None, "b"]),
    "pandas, nullable": pd.Series([1, None, 2], dtype="Int64"),
    "pandas, arrow": pd.Series([1, None, 2], dtype="int64[pyarrow]"),
    "pandas, category": pd.Categorical(["a", None, "b"]),
    "pandas, period": pd.PeriodIndex(["2026", "NaT", "2027"], freq="Y"),
    "polars, null": pl.Series([1, None, 2]),
    "polars, NaN": pl.Series([1.0, np.nan, 2.0]),
    "polars, enum": pl.Series(["a", None, "b"], dtype=pl.Enum(["a", "b"])),
    "arrow": pa.array(["a", None, "b"]),
    "list of tuples": [("a", 1), ("a", None), ("b", 1)],
    "pandas frame": pd.DataFrame({"a": [1, 2, 3], "b": ["a", None, "b"]}),
    "polars frame": pl.DataFrame({"a": [1, 2, 3], "b": ["a", None, "b"]}),
    "masked rows": np.ma.array([[1, 2]] * 3, mask=[[0, 0], [0, 1], [0, 0]]),
}


@pytest.mark.parametrize("labels", MISSING.values(), ids=MISSING)
def test_missing_labels_are_refused(labels):
    message = r"^adjust_predictions: `groups` is missing in 1 of 3 rows"
    with pytest.raises(ValueError, match=message):
        adjust_predictions([3.0, 2.0, 1.0], sample_order="increasing", groups=labels)
    with pytest.raises(ValueError, match=r"^make_windows: `groups` is missing"):
        make_windows([3.0, 2.0, 1.0], lookback=1, groups=labels)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ("abc", ValueError, r"one label for each of the 3 rows; .* shape \(\)"),
        ({"a", "b", "c"}, ValueError, r"one label for each of the 3 rows; .* \(\)"),
        (np.zeros((3, 2, 2)), ValueError, r"one label for each .* shape \(3, 2, 2\)"),
        (np.zeros((3, 0)), ValueError, "one key or more; got none"),
        ([("a", 1), ("b",), ("c", 2)], ValueError, "same number of keys"),
        ([("a", 1), "b", ("c", 2)], ValueError, "same number of keys"),
        ([(), (), ()], ValueError, "same number of keys"),
        (["a", 1, 2.0], TypeError, "labels of one kind"),
        ([TIMES[0], AUTUMN[0], TIMES[1]], TypeError, "labels of one kind"),
        (pd.Series([{"a": 1}, {"a": 2}, {}]), TypeError, "which can be sorted"),
        (
            pd.Series([{"a": 1}] * 3, dtype=pd.ArrowDtype(pa.struct({"a": pa.int8()}))),
            TypeError,
            "which can be sorted",
        ),
    ],
)
def test_labels_that_cannot_be_sorted_are_refused(labels, error, message):
    with pytest.raises(error, match=f"^adjust_predictions: `groups` must .*{message}"):
        adjust_predictions([3.0, 2.0, 1.0], sample_order="increasing", groups=labels)


def test_no_rows_have_no_ranks():
    for labels in ([], np.zeros((0, 2)), pd.Series([], dtype="category")):
        assert rank_labels(labels, 0, "groups", "owner").shape == (0,)


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["b", "a"], "'a'"),
        (np.array([2, 1]), "1"),
        (np.array(["b", "a"]), "'a'"),
        (pd.Series(["b", "a"], dtype="category"), "'a'"),
        (pl.Series(["b", "a"]), "'a'"),
        ([("b", 1), ("a", 2)], "('a', 2)"),
        (pl.DataFrame({"a": ["b", "a"], "b": [1, 2]}), "('a', 2)"),
        (np.array(["2026", "2025"], dtype="datetime64[Y]"), "np.datetime64('2025')"),
    ],
)
def test_labels_are_shown_as_they_were_given(labels, shown):
    assert repr(label_at(labels, 1, "groups", "owner")) == shown
