"""More rows than a figure can show are summarised, and the legend says so."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklstm.inspection import ConstraintDisplay

N_ROWS = 8640  # 200 stretches would be of 43.2 rows each


@pytest.fixture
def hires(rng):
    hour = np.arange(N_ROWS)[:, np.newaxis]
    raw = [50, 100, 150] * (1 + np.sin(hour / 24)) + rng.normal(0, 20, (N_ROWS, 3))
    return raw, np.maximum(raw, 0)


def title(display):
    return display.ax_.get_legend().get_title().get_text()


def test_lines_are_means_within_the_range_of_the_rows(hires):
    raw, adjusted = hires
    display = ConstraintDisplay.from_predictions(raw, adjusted, y_true=raw[:, :1])
    assert title(display) == (
        "Means of about 43 rows each, shaded from lowest to highest"
    )
    means = np.transpose([line.get_ydata() for line in display.lines_])
    assert means.shape == (200, 3)
    assert_allclose(means.mean(axis=0), adjusted.mean(axis=0), rtol=1e-3)
    assert_allclose(means[0], adjusted[:43].mean(axis=0))
    for j, band in enumerate(display.range_bands_):
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == adjusted[:, j].min()
        assert heights.max() == adjusted[:, j].max()
    assert_allclose(display.raw_lines_[0].get_ydata()[0], raw[:43, 0].mean())
    assert_allclose(display.target_lines_[0].get_ydata()[0], raw[:43, 0].mean())


def test_the_largest_change_of_each_stretch_is_marked(hires):
    raw, adjusted = hires
    display = ConstraintDisplay.from_predictions(raw, adjusted)
    rows, values = display.marks_.get_data()
    assert 0 < len(rows) <= 200
    assert values.min() == raw.min()
    change = np.abs(raw - adjusted)
    edges = np.linspace(0, N_ROWS, 201).astype(int)
    largest = [block.max() for block in np.split(change, edges[1:-1])]
    assert_array_equal(-values, [change for change in largest if change > 0])
    share = (raw != adjusted).any(axis=1).mean()
    assert (
        display.marks_.get_label() == f"largest changes ({share:.0%} of rows changed)"
    )


def test_a_fan_is_drawn_of_means(hires):
    raw, adjusted = hires
    display = ConstraintDisplay.from_predictions(raw, adjusted, kind="fan")
    assert title(display) == "Means of about 43 rows each"
    assert_allclose(display.lines_[0].get_ydata()[0], adjusted[:43, 1].mean())
    assert display.range_bands_ == []


def test_times_are_those_of_rows_and_missing_targets_do_not_count(hires):
    raw, adjusted = hires
    times = pd.date_range("2024-01-01", periods=N_ROWS, freq="h")
    y_true = raw.copy()
    y_true[:20] = np.nan
    y_true[43:86] = np.nan
    display = ConstraintDisplay.from_predictions(
        raw[::-1], adjusted[::-1], y_true=y_true[::-1], x=times[::-1]
    )
    shown = display.lines_[0].get_xdata()
    assert_array_equal(shown, times[np.searchsorted(times, shown)])
    assert shown[0] == times[21]
    target = display.target_lines_[0].get_ydata()
    assert target[0] == pytest.approx(raw[20:43, 0].mean())
    assert np.isnan(target[1])


def test_every_row_is_drawn_on_demand_and_where_there_are_few(hires):
    raw, adjusted = hires
    display = ConstraintDisplay.from_predictions(raw, adjusted, max_rows=None)
    assert len(display.lines_[0].get_xdata()) == N_ROWS
    assert title(display) == ""
    few = ConstraintDisplay.from_predictions(raw[:1000], adjusted[:1000])
    assert len(few.lines_[0].get_xdata()) == 1000
    assert few.range_bands_ == []
    assert len(few.plot(max_rows=999).lines_[0].get_xdata()) == 200


@pytest.mark.parametrize(("max_rows", "error"), [(0, ValueError), (1.5, TypeError)])
def test_bad_numbers_of_rows_are_reported(hires, max_rows, error):
    with pytest.raises(error, match="ConstraintDisplay: `max_rows`"):
        ConstraintDisplay.from_predictions(*hires, max_rows=max_rows)


def test_fewer_rows_than_stretches_can_be_summarised(hires):
    raw, adjusted = hires
    display = ConstraintDisplay.from_predictions(raw[:7], adjusted[:7], max_rows=5)
    assert len(display.lines_[0].get_ydata()) == 5
