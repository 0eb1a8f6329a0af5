"""make_windows."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from sklstm.preprocessing import SlidingWindow, make_windows


class TestMakeWindows:
    @pytest.mark.parametrize("horizon", [1, 3])
    def test_targets_are_the_rows_that_follow_the_window(self, horizon, table):
        X, y = make_windows(table, lookback=4, horizon=horizon)
        assert len(X) == len(y) == 8 - 4 - horizon + 1
        for i in range(len(X)):
            assert_array_equal(X[i], table[i : i + 4])
            assert_array_equal(y[i], table[i + 4 : i + 4 + horizon].ravel())

    def test_windows_of_one_series_are_a_read_only_view(self, table):
        X, y = make_windows(table, lookback=4)
        assert np.shares_memory(X, table)
        assert not X.flags.writeable
        assert not np.shares_memory(y, table)
        assert y.flags.writeable

    def test_a_single_target_one_step_ahead_is_1d(self, table):
        assert_array_equal(make_windows(table, lookback=5, target=2)[1], [52, 62, 72])
        assert make_windows(table, lookback=5, target=2, horizon=2)[1].shape == (2, 2)
        assert make_windows(table, lookback=5, target=[2, 0])[1].shape == (3, 2)

    def test_1d_data_is_one_channel(self):
        X, y = make_windows([1, 2, 3, 4], lookback=3)
        assert_array_equal(X, [[[1], [2], [3]]])
        assert_array_equal(y, [4])

    def test_pandas_names_and_times_are_those_of_the_rows_forecast(self, table):
        times = pd.date_range("2024-01-01", periods=8, freq="h", name="time")
        frame = pd.DataFrame(table, columns=["GHI", "DHI", "wind"], index=times)
        X, y = make_windows(frame, lookback=4, horizon=2, target=["DHI", "GHI"])
        assert list(y.columns) == ["DHI+1", "GHI+1", "DHI+2", "GHI+2"]
        assert_array_equal(y.index, times[4:7])
        assert y.loc[times[5], "GHI+2"] == frame.loc[times[6], "GHI"]
        assert X.shape == (3, 4, 3)

        _, one = make_windows(frame, lookback=4, target="DHI")
        pd.testing.assert_series_equal(one, frame["DHI"].iloc[4:], check_freq=False)
        _, from_series = make_windows(frame["DHI"], lookback=4)
        pd.testing.assert_series_equal(one, from_series)

    def test_polars_gives_the_same_values_and_names(self, table):
        frame = pd.DataFrame(table, columns=["GHI", "DHI", "wind"])
        kwargs = {"lookback": 3, "horizon": 2, "target": ["wind", "GHI"]}
        X, y = make_windows(pl.DataFrame(frame), **kwargs)
        X_pandas, y_pandas = make_windows(frame, **kwargs)
        assert isinstance(y, pl.DataFrame)
        assert y.columns == list(y_pandas.columns)
        assert_array_equal(X, X_pandas)
        assert_array_equal(y, y_pandas)
        _, one = make_windows(pl.DataFrame(frame)["wind"], lookback=3)
        assert isinstance(one, pl.Series)
        assert one.name == "wind"

    def test_polars_keeps_the_rows_of_a_square_target(self, table):
        frame = pl.DataFrame(table, schema=["a", "b", "c"])
        _, y = make_windows(frame, lookback=5)
        assert_array_equal(y, table[5:])

    def test_missing_values_are_kept_in_every_container(self):
        expected = [[1.0], [np.nan], [3.0]]
        for data in (
            [1.0, None, 3.0, 4.0],
            pd.Series([1.0, None, 3.0, 4.0]),
            pd.Series([1, None, 3, 4], dtype="Int64"),
            pl.Series("v", [1, None, 3, 4]),
        ):
            X, _ = make_windows(data, lookback=3)
            assert X.dtype == np.float64
            assert_array_equal(X[0], expected)

    def test_returned_rows_give_the_series_and_time_of_each_window(self):
        groups = np.array(["b", "a"] * 5)
        times = np.arange(10)
        X, y, rows = make_windows(
            times, lookback=2, horizon=2, groups=groups, return_rows=True
        )
        assert_array_equal(times[rows], y[:, 0])
        assert_array_equal(groups[rows], ["a"] * 2 + ["b"] * 2)
        assert_array_equal(X[:, -1, 0], times[rows] - 2)

    @pytest.mark.parametrize("kind", ["times", "periods"])
    def test_times_that_decrease_within_a_series_raise(self, kind, table):
        index = pd.date_range("2024-01-01", periods=4, freq="D")
        index = index.to_period() if kind == "periods" else index
        panel = pd.DataFrame(table, index=index.append(index))
        with pytest.raises(ValueError, match=r"2024-01-04.* is followed by 2024-01-01"):
            make_windows(panel, lookback=2)
        X, _ = make_windows(panel, lookback=2, groups=[0] * 4 + [1] * 4)
        assert len(X) == 4
        with pytest.raises(ValueError, match=r"2024-01-04.* is followed by 2024-01-03"):
            make_windows(panel.iloc[::-1], lookback=2, groups=[0] * 4 + [1] * 4)

    def test_repeated_times_of_a_clock_change_pass(self, table):
        first = pd.Timestamp("2024-10-26 23:00", tz="Europe/Berlin")
        times = pd.date_range(first, periods=8, freq="h").tz_localize(None)
        frame = pd.DataFrame(table, index=times)
        assert not frame.index.is_unique
        assert len(make_windows(frame, lookback=2)[0]) == 6
        assert len(SlidingWindow(2).fit_transform(frame)) == 8

    def test_labels_may_be_a_column(self, table):
        frame = pd.DataFrame(table).assign(station=[0, 1] * 4)
        X, _ = make_windows(table, lookback=2, groups=frame[["station"]])
        assert_array_equal(
            X, make_windows(table, lookback=2, groups=frame["station"])[0]
        )

    def test_a_column_may_be_called_schema(self, table):
        frame = pd.DataFrame(table, columns=["schema", "b", "c"])
        assert make_windows(frame, lookback=2, target="schema")[1].name == "schema"

    def test_a_tuple_may_be_a_name_or_a_list(self, table):
        columns = pd.MultiIndex.from_tuples([("x", "p"), ("x", "q"), ("z", "q")])
        frame = pd.DataFrame(table, columns=columns)
        _, y = make_windows(frame, lookback=3, target=("x", "q"))
        assert_array_equal(y, table[3:, 1])
        _, y = make_windows(table, lookback=3, target=(1, 2))
        assert_array_equal(y, table[3:, 1:])

    def test_no_window_spans_two_series(self):
        # Interleaved rows: each value tells its series (hundreds) and its place.
        groups = np.array(["b", "a"] * 5)
        values = np.where(groups == "a", 100.0, 200.0) + np.arange(10)
        X, y = make_windows(values, lookback=2, groups=groups)
        assert X.shape == (6, 2, 1)
        spans = np.column_stack([X[:, :, 0], y])
        assert (spans // 100 == np.repeat([1, 2], 3)[:, np.newaxis]).all()
        assert (np.diff(spans, axis=1) == 2).all()

    def test_series_of_groups_keep_their_index(self, table):
        frame = pd.DataFrame(table, index=list("abcdefgh"))
        _, y = make_windows(frame, lookback=2, target=0, groups=[0, 1] * 4)
        assert_array_equal(y, frame.loc[y.index, 0])

    def test_a_single_group_equals_no_groups(self, table):
        X, y = make_windows(table, lookback=3, groups=["one"] * 8)
        X_plain, y_plain = make_windows(table, lookback=3)
        assert_array_equal(X, X_plain)
        assert_array_equal(y, y_plain)

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"lookback": 8}, "need 9 rows together, but the series has only 8"),
            (
                {"lookback": 3, "groups": [7] * 5 + [9] * 3},
                "need 4 rows together, but series 9 has only 3",
            ),
            ({"lookback": 3, "groups": [1, 2]}, r"for each of the 8 rows; .* \(2,\)"),
            ({"lookback": 1, "groups": [1] * 7 + [np.nan]}, "missing in 1 of 8 rows"),
            ({"lookback": 0}, "make_windows: `lookback` == 0"),
            ({"lookback": 1, "horizon": 0}, "make_windows: `horizon` == 0"),
            ({"lookback": 1, "target": 3}, "=3 is not the index .* of data are 0 to 2"),
            ({"lookback": 1, "target": -1}, "=-1 is not the .* of data are 0 to 2"),
            ({"lookback": 1, "target": True}, "True is a name, but data is a ndarray"),
            ({"lookback": 1, "target": "x"}, "'x' is a name, but data is a ndarray"),
            ({"lookback": 1, "target": []}, "`target` is empty"),
            ({"lookback": 1, "target": [1, 1]}, r"names a column twice; got \[1, 1\]"),
        ],
    )
    def test_bad_arguments_are_named(self, kwargs, message, table):
        with pytest.raises(ValueError, match=message):
            make_windows(table, **kwargs)

    @pytest.mark.parametrize("target", [1.0, slice(2)])
    def test_a_target_that_cannot_name_a_channel_raises(self, target, table):
        with pytest.raises(TypeError, match="make_windows: `target` must be"):
            make_windows(table, lookback=1, target=target)

    @pytest.mark.parametrize(
        ("extra", "message"),
        [
            ("north", "text such as 'north' in column 'extra'. Encode it"),
            ("1", "text of digits such as '1' in column 'extra'. Convert it"),
            (pd.Timestamp("2024-01-01"), "dates or times .* in column 'extra'. Turn"),
            ([pd.Timedelta("1h")] * 8, "spans of time .* in column 'extra'. Turn it"),
        ],
    )
    @pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
    def test_columns_of_text_and_times_raise(self, container, extra, message, table):
        frame = pd.DataFrame(table, columns=["a", "b", "c"]).assign(extra=extra)
        message = rf"^make_windows: `data` must hold real numbers; got {message}"
        with pytest.raises(ValueError, match=message):
            make_windows(container(frame), lookback=1, target="a")
        with pytest.raises(ValueError, match=message):
            make_windows(container(frame[["extra"]]), lookback=1)

    def test_unknown_name_lists_the_columns(self, table):
        frame = pd.DataFrame(table, columns=["a", "b", "c"])
        with pytest.raises(ValueError, match=r"'x' is not the name .*'a', 'b', 'c'"):
            make_windows(frame, lookback=1, target="x")
