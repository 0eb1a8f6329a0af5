"""Scaling and windows: values, shapes, containers, conformance."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm.preprocessing import SequenceScaler, SlidingWindow, make_windows

NEIGHBOURS = "the window of a row holds the rows before it, by definition"
SCALERS = [None, MinMaxScaler(), RobustScaler()]


def expected_failed_checks(estimator):
    if isinstance(estimator, SlidingWindow):
        return {
            "check_methods_subset_invariance": NEIGHBOURS,
            "check_methods_sample_order_invariance": NEIGHBOURS,
        }
    return {}


@parametrize_with_checks(
    [
        *map(SequenceScaler, SCALERS),
        SlidingWindow(),
        SlidingWindow(3, step=2, pad=0.0),
    ],
    expected_failed_checks=expected_failed_checks,
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


@pytest.fixture
def sequences():
    rng = np.random.default_rng(0)
    return rng.normal(loc=[0, 100], scale=[1, 20], size=(30, 5, 2))


@pytest.fixture
def table():
    """Rows whose values tell where they are: 10 * row + channel."""
    return 10.0 * np.arange(8)[:, np.newaxis] + np.arange(3)


class TestSequenceScaler:
    @pytest.mark.parametrize("scaler", SCALERS)
    def test_each_channel_is_scaled_as_one_column(self, scaler, sequences):
        scaled = SequenceScaler(scaler).fit_transform(sequences)
        assert scaled.shape == sequences.shape
        for channel in range(2):
            column = sequences[:, :, channel].reshape(-1, 1)
            plain = clone(scaler or StandardScaler()).fit_transform(column)
            assert_allclose(scaled[:, :, channel], plain.reshape(30, 5))

    def test_two_dimensions_are_one_channel(self, sequences):
        X = sequences[:, :, 1]
        assert_array_equal(
            SequenceScaler().fit_transform(X),
            SequenceScaler().fit_transform(X[:, :, np.newaxis])[:, :, 0],
        )

    @pytest.mark.parametrize("scaler", SCALERS)
    def test_inverse_transform_returns_the_units(self, scaler, sequences):
        fitted = SequenceScaler(scaler).fit(sequences)
        back = fitted.inverse_transform(fitted.transform(sequences))
        assert_allclose(back, sequences)

    def test_partial_fit_in_batches_learns_what_fit_learns(self, sequences):
        batched = SequenceScaler()
        for batch in np.array_split(sequences, 4):
            batched.partial_fit(batch)
        whole = SequenceScaler().fit(sequences)
        assert_allclose(batched.transform(sequences), whole.transform(sequences))

    def test_methods_are_those_of_the_scaler(self):
        assert not hasattr(SequenceScaler(RobustScaler()), "partial_fit")
        assert hasattr(SequenceScaler(MinMaxScaler()), "partial_fit")
        assert hasattr(SequenceScaler(RobustScaler()), "inverse_transform")

    def test_input_and_given_scaler_stay_as_they_were(self, sequences):
        before, given = sequences.copy(), StandardScaler()
        SequenceScaler(given).fit_transform(sequences)
        assert_array_equal(sequences, before)
        assert not hasattr(given, "mean_")

    def test_missing_values_pass_where_the_scaler_passes_them(self, sequences):
        sequences[0, 0, 0] = np.nan
        scaled = SequenceScaler().fit_transform(sequences)
        assert np.isnan(scaled).sum() == 1

    @pytest.mark.parametrize("shape", [(4, 5, 3), (4, 5)])
    def test_another_shape_of_sequences_is_reported(self, shape, sequences):
        scaler = SequenceScaler().fit(sequences)
        for method in (scaler.transform, scaler.inverse_transform):
            with pytest.raises(ValueError, match=r"fitted on .*\(5, 2\)"):
                method(np.zeros(shape))

    def test_four_dimensions_are_reported(self):
        with pytest.raises(ValueError, match=r"3-D, .* the shape \(2, 2, 2, 2\)"):
            SequenceScaler().fit(np.zeros((2, 2, 2, 2)))

    @pytest.mark.parametrize("encode", ["onehot", "onehot-dense"])
    def test_a_scaler_that_changes_the_columns_is_reported(self, encode, sequences):
        binner = KBinsDiscretizer(
            encode=encode, quantile_method="averaged_inverted_cdf"
        )
        with pytest.raises(ValueError, match=r"keep the number of columns"):
            SequenceScaler(binner).fit_transform(sequences)

    def test_rows_of_a_table_are_read_as_the_network_reads_them(self, sequences):
        flat = sequences.reshape(30, 10)
        scaler = SequenceScaler(MinMaxScaler(), n_timesteps=5).fit(flat)
        expected = SequenceScaler(MinMaxScaler()).fit_transform(sequences)
        assert_array_equal(scaler.transform(flat), expected.reshape(30, 10))
        assert_allclose(scaler.inverse_transform(scaler.transform(flat)), flat)

    @pytest.mark.parametrize("shape", [(30, 10), (30, 5, 2)])
    def test_steps_that_do_not_fit_are_reported(self, shape, sequences):
        with pytest.raises(ValueError, match="SequenceScaler: `n_timesteps`"):
            SequenceScaler(n_timesteps=3).fit(sequences.reshape(shape))

    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_weights_of_sequences_reach_the_scaler(self, method, sequences):
        weight = np.arange(30) % 3
        weighted = getattr(SequenceScaler(), method)(sequences, sample_weight=weight)
        repeated = SequenceScaler().fit(np.repeat(sequences, weight, axis=0))
        assert_allclose(weighted.scaler_.mean_, repeated.scaler_.mean_)
        assert_allclose(weighted.scaler_.scale_, repeated.scaler_.scale_)

    def test_weights_are_routed_to_the_scaler_that_requests_them(self, sequences):
        weight = np.arange(30) % 3
        with config_context(enable_metadata_routing=True):
            scaler = StandardScaler().set_fit_request(sample_weight="rows")
            pipeline = make_pipeline(SequenceScaler(scaler), FunctionTransformer())
            pipeline.fit(sequences, rows=weight)
        expected = SequenceScaler().fit(sequences, sample_weight=weight)
        assert_array_equal(pipeline[0].scaler_.mean_, expected.scaler_.mean_)

    def test_weights_that_no_scaler_takes_are_an_error(self, sequences):
        with pytest.raises(TypeError, match="sample_weight"):
            SequenceScaler(RobustScaler()).fit(sequences, sample_weight=np.ones(30))

    def test_what_is_no_scaler_is_told_of(self, sequences):
        with pytest.raises(ValueError, match=r"'scaler' .* of SequenceScaler must be"):
            SequenceScaler("standard").fit(sequences)

    @pytest.mark.parametrize("container", ["pandas", "polars"])
    def test_set_output_names_the_columns_of_tables(self, container):
        X = pd.DataFrame({"t-1": [1.0, 2.0, 3.0], "t": [4.0, 5.0, 6.0]})
        out = SequenceScaler().set_output(transform=container).fit_transform(X)
        assert list(out.columns) == ["t-1", "t"]
        assert_allclose(out.to_numpy().mean(), 0, atol=1e-12)

    def test_sequences_stay_arrays_whatever_the_output_container(self, sequences):
        with config_context(transform_output="pandas"):
            scaled = SequenceScaler().fit_transform(sequences)
            windows = SlidingWindow().fit_transform(sequences[0])
        assert_array_equal(scaled, SequenceScaler().fit_transform(sequences))
        assert isinstance(windows, np.ndarray)
        assert not hasattr(SequenceScaler().fit(sequences), "get_feature_names_out")


class TestSlidingWindow:
    @pytest.mark.parametrize(
        ("pad", "before"), [("edge", 0), (-1.5, -1.5), (np.nan, np.nan)]
    )
    def test_each_window_ends_at_its_row(self, pad, before, table):
        windows = SlidingWindow(3, step=2, pad=pad).fit_transform(table)
        assert windows.shape == (8, 3, 3)
        rows = np.arange(8)[:, np.newaxis] + [-4, -2, 0]
        expected = table[np.maximum(rows, 0)]
        if pad != "edge":
            expected[rows < 0] = before
        assert_array_equal(windows, expected)

    def test_one_row_fills_a_window(self):
        assert_array_equal(
            SlidingWindow(3).fit_transform([[1.0, 2.0]]), [[[1, 2], [1, 2], [1, 2]]]
        )

    def test_windows_are_views_that_cannot_be_written(self, table):
        windows = SlidingWindow(3).fit_transform(table)
        assert np.shares_memory(windows[3], windows[4])
        assert not np.shares_memory(windows, table)
        assert not windows.flags.writeable

    def test_float32_stays_float32(self, table):
        window = SlidingWindow(3, pad=0.0)
        assert window.fit_transform(table.astype(np.float32)).dtype == np.float32

    def test_channels_keep_their_names(self, table):
        X = pd.DataFrame(table, columns=["rain", "wind", "sun"])
        chain = make_pipeline(StandardScaler(), SlidingWindow(2)).fit(X)
        assert list(chain.get_feature_names_out()) == ["rain", "wind", "sun"]

    def test_rows_before_the_first_can_be_handed_over_at_predict(self, table):
        window = SlidingWindow(3, step=2).fit(table)
        assert_array_equal(window.transform(table[2:7])[-1], window.transform(table)[6])

    def test_times_that_fall_are_reported(self, table):
        times = pd.date_range("2024-01-01", periods=8, freq="h")
        shuffled = pd.DataFrame(table, index=times).iloc[[0, 2, 1]]
        message = r"SlidingWindow: .* 2024-01-01 02:00:00 is followed by .* 01:00:00"
        with pytest.raises(ValueError, match=message):
            SlidingWindow(3).fit(shuffled)

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"length": 0}, r"'length' .* of SlidingWindow must be .* Got 0"),
            ({"length": 2.5}, r"'length' .* of SlidingWindow must be an int"),
            ({"step": 0}, r"'step' .* of SlidingWindow must be .* Got 0"),
            ({"pad": "reflect"}, r"'pad' .* of SlidingWindow .* Got 'reflect'"),
            ({"pad": None}, r"'pad' .* of SlidingWindow must be .* Got None"),
        ],
    )
    def test_bad_parameters_are_named(self, params, message, table):
        with pytest.raises(ValueError, match=message):
            SlidingWindow(**params).fit(table)


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

    def test_one_target_one_step_ahead_has_one_dimension(self, table):
        assert_array_equal(make_windows(table, lookback=5, target=2)[1], [52, 62, 72])
        assert make_windows(table, lookback=5, target=2, horizon=2)[1].shape == (2, 2)
        assert make_windows(table, lookback=5, target=[2, 0])[1].shape == (3, 2)

    def test_one_dimension_is_one_channel(self):
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

    def test_missing_values_pass_in_every_container(self):
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

    def test_rows_tell_the_series_and_the_time_of_each_window(self):
        groups = np.array(["b", "a"] * 5)
        times = np.arange(10)
        X, y, rows = make_windows(
            times, lookback=2, horizon=2, groups=groups, return_rows=True
        )
        assert_array_equal(times[rows], y[:, 0])
        assert_array_equal(groups[rows], ["a"] * 2 + ["b"] * 2)
        assert_array_equal(X[:, -1, 0], times[rows] - 2)

    @pytest.mark.parametrize("kind", ["times", "periods"])
    def test_times_that_fall_within_a_series_are_reported(self, kind, table):
        index = pd.date_range("2024-01-01", periods=4, freq="D")
        index = index.to_period() if kind == "periods" else index
        panel = pd.DataFrame(table, index=index.append(index))
        with pytest.raises(ValueError, match=r"2024-01-04.* is followed by 2024-01-01"):
            make_windows(panel, lookback=2)
        X, _ = make_windows(panel, lookback=2, groups=[0] * 4 + [1] * 4)
        assert len(X) == 4
        with pytest.raises(ValueError, match=r"2024-01-04.* is followed by 2024-01-03"):
            make_windows(panel.iloc[::-1], lookback=2, groups=[0] * 4 + [1] * 4)

    def test_clocks_that_are_set_back_pass(self, table):
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

    def test_one_label_for_all_rows_changes_nothing(self, table):
        X, y = make_windows(table, lookback=3, groups=["one"] * 8)
        X_plain, y_plain = make_windows(table, lookback=3)
        assert_array_equal(X, X_plain)
        assert_array_equal(y, y_plain)

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"lookback": 8}, "together take 9 rows, but the series has 8"),
            (
                {"lookback": 3, "groups": [7] * 5 + [9] * 3},
                "together take 4 rows, but series 9 has 3",
            ),
            ({"lookback": 3, "groups": [1, 2]}, r"for each of the 8 rows; .* \(2,\)"),
            ({"lookback": 1, "groups": [1] * 7 + [np.nan]}, "missing in 1 of 8 rows"),
            ({"lookback": 0}, "make_windows: `lookback` == 0"),
            ({"lookback": 1, "horizon": 0}, "make_windows: `horizon` == 0"),
            ({"lookback": 1, "target": 3}, "between 0 and 2, .* got 3"),
            ({"lookback": 1, "target": -1}, "between 0 and 2, .* got -1"),
            ({"lookback": 1, "target": True}, "True is a name, but the data has none"),
            ({"lookback": 1, "target": "x"}, "'x' is a name, but the data has none"),
            ({"lookback": 1, "target": []}, "`target` is empty"),
            ({"lookback": 1, "target": [1, 1]}, r"names a channel twice: \[1, 1\]"),
        ],
    )
    def test_bad_arguments_are_named(self, kwargs, message, table):
        with pytest.raises(ValueError, match=message):
            make_windows(table, **kwargs)

    @pytest.mark.parametrize("target", [1.0, slice(2)])
    def test_what_names_no_channel_is_reported(self, target, table):
        with pytest.raises(TypeError, match="make_windows: `target` must be"):
            make_windows(table, lookback=1, target=target)

    @pytest.mark.parametrize(
        ("extra", "message"),
        [
            ("north", "'north'"),
            (pd.Timestamp("2024-01-01"), "times"),
            ([pd.Timedelta("1h")] * 8, "times"),
        ],
    )
    @pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
    def test_columns_of_text_and_times_are_told_of(
        self, container, extra, message, table
    ):
        frame = pd.DataFrame(table, columns=["a", "b", "c"]).assign(extra=extra)
        message = rf"make_windows: `data` must be a table of real numbers.*{message}"
        with pytest.raises(ValueError, match=message):
            make_windows(container(frame), lookback=1, target="a")
        with pytest.raises(ValueError, match="table of real numbers"):
            make_windows(container(frame[["extra"]]), lookback=1)

    def test_unknown_name_lists_the_columns(self, table):
        frame = pd.DataFrame(table, columns=["a", "b", "c"])
        with pytest.raises(ValueError, match=r"'x' is not a column .*'a', 'b', 'c'"):
            make_windows(frame, lookback=1, target="x")
