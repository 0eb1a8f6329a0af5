"""Coverage and width of intervals."""

import numpy as np
import pytest

from sklstm.metrics import interval_coverage, mean_interval_width


class TestIntervals:
    def test_the_ends_of_an_interval_are_covered(self):
        assert interval_coverage([1, 2, 3], [1, 0, 4], [1, 2, 5]) == pytest.approx(
            2 / 3
        )

    def test_crossed_bounds_cover_nothing_and_have_negative_width(self):
        assert interval_coverage([1.0], [2.0], [0.0]) == 0
        assert mean_interval_width([2.0], [0.0]) == -2

    def test_weights_count_as_repeated_rows(self):
        columns = np.array([[1.0, 0, 2], [5, 0, 1]])
        weighted = interval_coverage(*columns.T, sample_weight=[3, 1])
        assert weighted == interval_coverage(*columns[[0, 0, 0, 1]].T) == 0.75
        width = mean_interval_width(*columns.T[1:], sample_weight=[3, 1])
        assert width == mean_interval_width(*columns[[0, 0, 0, 1]].T[1:])

    def test_different_lengths_raise(self):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            interval_coverage([1, 2], [0], [3])

    def test_small_integers_do_not_wrap(self):
        low, high = np.int8([-100]), np.int8([100])
        assert mean_interval_width(low, high) == 200
        assert mean_interval_width(high, low) == -200
        assert interval_coverage(np.uint8([250]), low, high) == 0

    def test_an_interval_may_have_one_end_only(self):
        assert interval_coverage([1.0, 2.0], [-np.inf, -np.inf], [1.0, 1.0]) == 0.5
        assert mean_interval_width([0.0], [np.inf]) == np.inf

    def test_two_columns_raise(self):
        assert interval_coverage([[1.0]], [[0.0]], [[2.0]]) == 1
        with pytest.raises(
            ValueError, match=r"`y_lower` must be one column; .* \(1, 2\)"
        ):
            mean_interval_width([[0.0, 0.0]], [1.0])

    def test_missing_values_raise(self):
        message = (
            "^interval_coverage: `y_upper` must hold no missing values; got NaN in"
        )
        with pytest.raises(ValueError, match=message):
            interval_coverage([1.0], [0.0], [np.nan])

    @pytest.mark.parametrize(
        ("weight", "message"),
        [
            ([1.0], r": sample_weight.shape == \(1,\), expected \(2,\)"),
            ([1.0, -2.0], ": Negative values in data passed to `sample_weight`"),
            ([1.0, np.nan], "`sample_weight` must be finite; got NaN in 1 of 2 rows"),
        ],
    )
    def test_bad_weights_raise(self, weight, message):
        with pytest.raises(ValueError, match=message):
            interval_coverage([1, 5], [0, 0], [2, 2], sample_weight=weight)
        with pytest.raises(ValueError, match=message):
            mean_interval_width([0, 0], [2, 2], sample_weight=weight)
