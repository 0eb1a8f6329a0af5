"""adjust_predictions: kinds of input, the classic snippets, and every refusal."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from sklstm import adjust_predictions

RAW = [[3.0, -1.0, 2.0], [0.5, 0.0, 4.0]]


def test_it_is_the_classic_snippet_for_the_outputs_of_a_row():
    assert_array_equal(adjust_predictions(RAW), np.sort(np.maximum(RAW, 0), axis=1))


def test_it_is_the_classic_snippet_for_the_samples():
    predictions = np.array([3.0, -1.0, 2.0])

    adjusted = adjust_predictions(predictions, sample_order="increasing")

    assert_array_equal(adjusted, np.sort(np.maximum(predictions, 0)))


def test_order_by_says_what_down_means():
    adjusted = adjust_predictions(
        [1.0, 5.0, 2.0], sample_order="increasing", order_by=["c", "a", "b"]
    )

    assert_array_equal(adjusted, [5.0, 1.0, 2.0])


@pytest.mark.parametrize("order_by", [None, np.array([1, 1, 1])])
def test_ties_keep_the_given_order(order_by):
    adjusted = adjust_predictions(
        [4.0, 1.0, 3.0], sample_order="decreasing", method="cummax", order_by=order_by
    )

    assert_array_equal(adjusted, [4.0, 1.0, 1.0])


def test_labels_of_groups_may_be_dates_or_text():
    days = np.array(["2026-01-02", "2026-01-01", "2026-01-02"], dtype="datetime64[D]")

    for groups in (days, days.astype(str), days.astype(str).astype(object)):
        adjusted = adjust_predictions(
            [3.0, 2.0, 1.0], sample_order="increasing", groups=groups
        )
        assert_array_equal(adjusted, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_and_series_come_back_as_they_came(library):
    frame = library.DataFrame({"low": [3.0, -1.0], "high": [1.0, 5.0]})

    adjusted = adjust_predictions(frame, order="low <= high")

    assert type(adjusted) is type(frame)
    assert list(adjusted.columns) == ["low", "high"]
    assert_array_equal(adjusted.to_numpy(), [[1.0, 3.0], [0.0, 5.0]])
    series = adjust_predictions(frame["low"])
    assert type(series) is type(frame["low"])
    assert series.name == "low"
    assert series.to_list() == [3.0, 0.0]
    assert frame["low"].to_list() == [3.0, -1.0]


def test_the_index_of_a_frame_is_kept():
    index = pd.date_range("2026-01-01", periods=2)
    frame = pd.DataFrame(RAW, index=index, columns=[10, 20, 30])

    adjusted = adjust_predictions(frame)

    pd.testing.assert_index_equal(adjusted.index, index)
    assert list(adjusted.columns) == [10, 20, 30]


FLOATS = [np.float16, np.float32, np.float64, np.longdouble]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n_outputs", [3, 4])
def test_negative_zeros_of_every_dtype_keep_their_place(dtype, n_outputs):
    given = np.zeros((1, n_outputs), dtype)
    given[0, -1] = -0.0

    assert_array_equal(np.signbit(adjust_predictions(given)), np.signbit(given))


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_keep_their_dtype(dtype):
    assert adjust_predictions(np.array(RAW, dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, object])
def test_other_numbers_become_float64(dtype):
    adjusted = adjust_predictions(np.array([[3, 1]], dtype))

    assert adjusted.dtype == np.float64
    assert_array_equal(adjusted, [[1.0, 3.0]])


def test_a_bound_that_no_float32_equals_holds_all_the_same():
    values = np.array([0.0, 1.0], np.float32)

    adjusted = adjust_predictions(values, lower=0.1, upper=0.7)

    assert adjusted.dtype == np.float32
    assert adjusted.astype(np.float64).min() >= 0.1
    assert adjusted.astype(np.float64).max() <= 0.7


def test_bounds_with_no_float32_between_them_are_refused():
    with pytest.raises(ValueError, match=r"no float32 number lies between"):
        adjust_predictions(np.zeros(1, np.float32), lower=0.1, upper=0.1)


@pytest.mark.parametrize("bounds", [{"lower": 1e300}, {"lower": None, "upper": -1e300}])
def test_bounds_beyond_all_float32_are_refused(bounds):
    with pytest.raises(ValueError, match=r"no float32 number lies between"):
        adjust_predictions(np.zeros(1, np.float32), **bounds)


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
@pytest.mark.parametrize("sample_order", [None, "increasing"])
@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
def test_no_rows_are_fine(shape, sample_order, method):
    adjusted = adjust_predictions(
        np.zeros(shape), sample_order=sample_order, method=method
    )

    assert adjusted.shape == shape


def test_cummax_runs_from_the_first_output_in_either_direction():
    values = [[2.0, 5.0, 1.0]]

    rising = adjust_predictions(values, method="cummax")
    falling = adjust_predictions(values, method="cummax", order="decreasing")

    assert_array_equal(rising, [[2.0, 5.0, 5.0]])
    assert_array_equal(falling, [[2.0, 2.0, 1.0]])


@pytest.mark.parametrize(
    ("predictions", "options", "error", "message"),
    [
        ([[np.nan, 1.0], [1.0, 2.0]], {}, ValueError, "in 1 of 2 rows.*row 0"),
        ([1.0, np.inf], {}, ValueError, "must be finite; got infinity in 1 of 2 rows"),
        (["a", "b"], {}, ValueError, "must hold real numbers; got text such as 'a'"),
        ([1j], {}, ValueError, "must hold real numbers; got complex numbers"),
        (np.zeros((2, 2, 2, 2)), {}, ValueError, r"got \(2, 2, 2, 2\)"),
        (np.zeros((2, 0, 2)), {}, ValueError, r"got \(2, 0, 2\)"),
        (3.0, {}, ValueError, r"`predictions` must have shape .* got \(\)"),
        (np.zeros((2, 0)), {}, ValueError, r"`predictions` .* got \(2, 0\)"),
        ([[1.0, 2.0], [3.0]], {}, ValueError, "its rows differ in length"),
        (RAW, {"groups": [1, 2]}, ValueError, "`groups` orders the samples only"),
        (RAW, {"order_by": [1, 2]}, ValueError, "`order_by` orders the samples only"),
        (RAW, {"sample_order": "up"}, ValueError, "`sample_order` must be"),
        (RAW, {"order": "low <= high"}, ValueError, "the outputs have no names"),
    ],
)
def test_unusable_input_is_refused(predictions, options, error, message):
    with pytest.raises(error, match=message) as refusal:
        adjust_predictions(predictions, **options)
    assert str(refusal.value).startswith("adjust_predictions")


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (["u", np.nan, "u"], ValueError, "`groups` is missing in 1 of 3 rows"),
        (["u", None, "u"], ValueError, "`groups` is missing in 1 of 3 rows"),
        (["u", 1, 2], TypeError, "`groups` must hold labels of one kind"),
    ],
)
def test_labels_of_a_list_are_not_made_text(labels, error, message):
    with pytest.raises(error, match=message):
        adjust_predictions([3.0, 2.0, 1.0], sample_order="increasing", groups=labels)


@pytest.mark.parametrize(
    "predictions", [pd.Index([1.0, -2.0]), pd.array([1.0, -2.0], dtype="Float64")]
)
def test_other_arrays_of_pandas_become_plain_arrays(predictions):
    adjusted = adjust_predictions(predictions)

    assert type(adjusted) is np.ndarray
    assert_array_equal(adjusted, [1.0, 0.0])


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
def test_an_array_of_edges_is_an_order(method):
    adjusted = adjust_predictions(RAW, order=np.array([[1, 0]]), method=method)

    assert (adjusted[:, 1] <= adjusted[:, 0]).all()


def test_a_square_polars_table_keeps_its_rows():
    adjusted = adjust_predictions(pl.DataFrame([[3.0, 1.0], [4.0, 2.0]], orient="row"))

    assert_array_equal(adjusted, [[1.0, 3.0], [2.0, 4.0]])


@pytest.mark.parametrize("name", ["groups", "order_by"])
@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([1, 2, 3], ValueError, "one label for each of the 2 rows"),
        ([np.nan, 1.0], ValueError, "is missing in 1 of 2 rows"),
        ([None, "a"], ValueError, "is missing in 1 of 2 rows"),
        ([1, "a"], TypeError, "labels of one kind"),
        ([{"a": 1}, {"a": 2}], TypeError, "which can be sorted"),
        ([1j, 2j], TypeError, "which can be sorted"),
        (np.array([1j, 2j]), TypeError, "complex numbers have no order"),
    ],
)
def test_unusable_labels_are_refused(name, labels, error, message):
    options = {"sample_order": "increasing", name: labels}

    with pytest.raises(error, match=f"`{name}`.*{message}"):
        adjust_predictions(RAW, **options)


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_floats_of_any_size_are_adjusted(dtype, method):
    rows = np.array([[3, -1, 2], [0, -0.0, -0.0]], dtype)
    adjusted = adjust_predictions(rows, method=method)
    assert adjusted.dtype == dtype
    assert (np.diff(adjusted, axis=1) >= 0).all()
    assert adjusted.min() == 0
    kept = adjust_predictions(np.array([[-0.0, 0.0]], dtype), method=method)
    assert np.signbit(kept).tolist() == [[True, False]]
