"""Forecasts of several steps: each step is drawn at its own time."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sklstm.inspection import ConstraintDisplay
from sklstm.preprocessing import make_windows

HOUR = np.timedelta64(1, "h")
TIMES = pd.date_range("2024-01-01", periods=30, freq="h")
SERIES = pd.DataFrame(
    np.random.default_rng(0).normal(size=(30, 2)), index=TIMES, columns=["GHI", "DHI"]
)


def draw(y, x="index", *, with_target=True, **kwargs):
    raw = y.to_numpy()
    return ConstraintDisplay.from_predictions(
        y,
        np.maximum(raw, 0),
        y_true=raw if with_target else None,
        x=y.index if isinstance(x, str) else x,
        **kwargs,
    )


@pytest.mark.parametrize("target", ["GHI", ["DHI", "GHI"]])
@pytest.mark.parametrize("stride", [1, 2])
def test_each_step_is_drawn_at_its_own_time(target, stride):
    _, y = make_windows(SERIES, lookback=5, horizon=3, target=target)
    display = draw(y[::stride])
    for drawn in (display.lines_, display.raw_lines_, display.target_lines_):
        for line, name in zip(drawn, y.columns, strict=True):
            step = int(name[-1]) - 1
            assert_array_equal(
                line.get_xdata(), y.index[::stride].to_numpy() + step * HOUR
            )
    # A target and its time: those of the series, whichever the step.
    for line, name in zip(display.target_lines_, y.columns, strict=True):
        assert_array_equal(line.get_ydata(), SERIES.loc[line.get_xdata(), name[:-2]])
    changed_times, changed = display.marks_.get_data()
    assert all(
        value in SERIES.loc[time].to_numpy()
        for time, value in zip(changed_times, changed, strict=True)
    )
    assert display.ax_.get_xlabel() == ""


def test_without_targets_rows_are_taken_to_be_one_step_apart():
    _, y = make_windows(SERIES, lookback=5, horizon=3, target="GHI")
    display = draw(y, with_target=False)
    assert_array_equal(display.lines_[2].get_xdata(), y.index.to_numpy() + 2 * HOUR)
    numbered = draw(y, x=None, with_target=False)
    assert_array_equal(numbered.lines_[2].get_xdata(), np.arange(len(y)) + 2)
    assert numbered.ax_.get_xlabel() == "Row"
    decimal = draw(y, x=0.1 * np.arange(len(y)), with_target=False)
    np.testing.assert_allclose(
        decimal.lines_[1].get_xdata(), 0.1 * np.arange(1, len(y) + 1)
    )


@pytest.mark.parametrize(
    "rows", [slice(None, None, 3), [0, 1, 3, 4], [5], [2, 2, 2]], ids=str
)
def test_where_the_step_is_unknown_the_axis_says_what_it_shows(rows):
    _, y = make_windows(SERIES, lookback=5, horizon=3, target="GHI")
    y = y.iloc[rows]
    display = draw(y)
    for line in display.lines_:
        assert_array_equal(line.get_xdata(), y.index)
    assert display.ax_.get_xlabel() == "Time (first step of each forecast)"


def test_a_fan_has_one_time_a_row():
    _, y = make_windows(SERIES, lookback=5, horizon=2, target="GHI")
    display = draw(y, kind="fan")
    assert display.ax_.get_xlabel() == "Time (first step of each forecast)"
    assert_array_equal(display.raw_lines_[1].get_xdata(), y.index)


@pytest.mark.parametrize(
    "names",
    [["a", "b", "c"], [1, 2, 3], ["a+1", "a+3", "a+2+"], ["a+1", "a+2", "a+4"], None],
)
def test_other_names_are_drawn_at_the_times_given(names):
    values = np.random.default_rng(0).normal(size=(30, 3))
    display = ConstraintDisplay.from_predictions(
        values, values, x=TIMES, output_names=names
    )
    assert_array_equal(display.lines_[2].get_xdata(), TIMES)
    assert display.ax_.get_xlabel() == ""


def test_each_output_may_be_given_its_times():
    _, y = make_windows(SERIES, lookback=5, horizon=2, target="GHI")
    y = y[::7]
    x = y.index.to_numpy()[:, np.newaxis] + np.arange(2) * HOUR
    display = draw(y.iloc[::-1], x=x[::-1])
    assert_array_equal(display.lines_[1].get_xdata(), x[:, 1])
    assert_array_equal(display.lines_[1].get_ydata(), np.maximum(y["GHI+2"], 0))
    with pytest.raises(ValueError, match=r"one value for each row .* \(4, 2\)"):
        draw(y, x=x, kind="fan")
