"""SlidingWindow."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklstm.preprocessing import SlidingWindow


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

    def test_windows_are_read_only_views(self, table):
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

    def test_earlier_rows_can_be_passed_to_transform(self, table):
        window = SlidingWindow(3, step=2).fit(table)
        assert_array_equal(window.transform(table[2:7])[-1], window.transform(table)[6])

    def test_the_tags_name_the_dtypes_that_are_preserved(self, table):
        assert get_tags(SlidingWindow()).input_tags.allow_nan
        preserved = get_tags(SlidingWindow()).transformer_tags.preserves_dtype
        assert set(preserved) == {"float32", "float64"}
        for dtype in preserved:
            windows = SlidingWindow(2).fit_transform(table.astype(dtype))
            assert windows.dtype == dtype

    def test_times_that_decrease_raise(self, table):
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
