"""Displays of quantiles of several targets."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import LEVELS, Echo

from sklstm import PositiveOrderedRegressor
from sklstm.inspection import (
    ConstraintDisplay,
    FanChartDisplay,
    QuantileCalibrationDisplay,
)

RAW = np.random.default_rng(0).normal(size=(8, 6))
TARGETS = pd.DataFrame(np.arange(16.0).reshape(8, 2), columns=["GHI", "DHI"])


@pytest.fixture(scope="module")
def model():
    return PositiveOrderedRegressor(Echo(quantiles=LEVELS)).fit(RAW, TARGETS)


def test_the_quantiles_are_named_and_have_the_values_of_their_target(model):
    display = ConstraintDisplay.from_estimator(model, RAW, TARGETS)

    labels = [line.get_label() for line in display.lines_]
    assert labels[:4] == ["GHI@0.1", "GHI@0.5", "GHI@0.9", "DHI@0.1"]
    for k, line in enumerate(display.target_lines_):
        assert_array_equal(line.get_ydata(), TARGETS.iloc[:, k // 3])
    unknown = ConstraintDisplay.from_estimator(model, RAW)
    assert unknown.target_lines_ == []


def test_steps_of_quantiles_are_drawn_at_their_own_time():
    index = pd.date_range("2024-01-01", periods=8, freq="h")
    names = [f"GHI+{step}@{level}" for step in (1, 2) for level in LEVELS]
    display = ConstraintDisplay.from_predictions(RAW, RAW, x=index, output_names=names)

    for k, line in enumerate(display.lines_):
        shift = np.timedelta64(k // 3, "h")
        assert_array_equal(line.get_xdata(), index.to_numpy() + shift)


@pytest.mark.parametrize("display", [FanChartDisplay, QuantileCalibrationDisplay])
def test_displays_of_one_target_say_how_to_draw_one_of_several(model, display):
    message = r"of 2 targets, .* y_pred\[:, :3\] are those of the first"
    with pytest.raises(ValueError, match=message):
        display.from_estimator(model, RAW, TARGETS["GHI"])


def test_other_targets_and_fans_are_refused(model):
    with pytest.raises(ValueError, match=r"each of the 2 targets .* got 6"):
        ConstraintDisplay.from_estimator(model, RAW, RAW)
    with pytest.raises(ValueError, match=r"\['GHI', 'DHI'\], in this order"):
        ConstraintDisplay.from_estimator(model, RAW, TARGETS[["DHI", "GHI"]])
    with pytest.raises(ValueError, match="kind='fan' is for quantiles of one target"):
        ConstraintDisplay.from_estimator(model, RAW, kind="fan")
