"""FanChartDisplay and QuantileCalibrationDisplay."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose, assert_array_equal
from regressors import LEVELS, Echo, ForeignQuantiles
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import CalibratedQuantileRegressor, PositiveOrderedRegressor
from sklstm.inspection import FanChartDisplay, QuantileCalibrationDisplay
from sklstm.metrics import interval_coverage, make_quantile_scorer

BOTH = pytest.mark.parametrize(
    "display", [FanChartDisplay, QuantileCalibrationDisplay], ids=lambda d: d.__name__
)


@pytest.fixture
def forecasts(rng):
    """Three quantiles of each row as the columns of X, and the target."""
    y = rng.exponential(size=60)
    return np.column_stack([0.1 * y, np.ones(60), 2 + y * rng.random(60)]), y


def texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


@BOTH
@pytest.mark.parametrize(
    "wrap",
    [
        lambda regressor: regressor,
        PositiveOrderedRegressor,
        lambda regressor: make_pipeline(FunctionTransformer(), regressor),
        lambda regressor: GridSearchCV(
            regressor,
            {"quantiles": [LEVELS]},
            cv=2,
            scoring=make_quantile_scorer(LEVELS),
        ),
    ],
)
def test_levels_are_read_from_estimators(forecasts, display, wrap):
    X, y = forecasts
    drawn = display.from_estimator(wrap(Echo(quantiles=LEVELS)).fit(X, y), X, y)
    assert drawn.quantiles == LEVELS
    expected = display.from_predictions(
        **{"y_pred": X, "y_true": y, "quantiles": LEVELS}
    )
    for name in vars(expected):
        if name in ("y_pred", "share_below", "share_at_or_below"):
            assert_array_equal(getattr(drawn, name), getattr(expected, name))


@BOTH
def test_levels_that_cannot_be_read_are_given(forecasts, display):
    X, y = forecasts
    model = FrozenEstimator(ForeignQuantiles().fit(X, y))
    model = PositiveOrderedRegressor(model).fit(X, y)
    with pytest.raises(ValueError, match=r"cannot be read .* quantiles=\[0\.1, 0\.5"):
        display.from_estimator(model, X, y)
    assert display.from_estimator(model, X, y, quantiles=LEVELS).quantiles == LEVELS
    with pytest.raises(NotFittedError):
        display.from_estimator(CalibratedQuantileRegressor(Ridge(), LEVELS), X, y)


@BOTH
def test_columns_are_sorted_by_their_levels(forecasts, display):
    X, y = forecasts
    turned = display.from_predictions(
        **{"y_true": y, "y_pred": X[:, ::-1], "quantiles": LEVELS[::-1]}
    )
    assert turned.quantiles == LEVELS


@BOTH
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"quantiles": (0.1, 0.9)}, "one level for each column of `y_pred`; got 2"),
        ({"quantiles": (0.1, 0.5, 9)}, "must be a list of levels between 0 and 1"),
        ({"quantiles": 0.5}, "must be a list of levels between 0 and 1"),
        ({"y_true": [1.0]}, "inconsistent numbers of samples"),
        ({"y_true": np.zeros((60, 2))}, "`y_true` must be one column; got shape"),
        ({"y_pred": np.full((60, 3), np.nan)}, "`y_pred` must be finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused(forecasts, display, params, message):
    X, y = forecasts
    with pytest.raises(ValueError, match=message):
        display.from_predictions(
            **{"y_true": y, "y_pred": X, "quantiles": LEVELS} | params
        )
    assert not plt.get_fignums()


# -- the fan ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_quantiles", [1, 2, 3, 4])
def test_a_fan_has_a_band_for_each_pair_and_a_line_for_the_centre(n_quantiles):
    fan = np.arange(5.0)[:, np.newaxis] + np.arange(n_quantiles)
    levels = np.linspace(0.1, 0.9, n_quantiles) if n_quantiles > 1 else [0.5]
    display = FanChartDisplay.from_predictions(fan, quantiles=levels, unit="mm")
    assert len(display.bands_) == n_quantiles // 2
    assert (display.centre_line_ is not None) == n_quantiles % 2
    assert display.target_line_ is None
    assert display.ax_.get_ylabel() == "Prediction (mm)"
    if display.bands_:
        heights = display.bands_[0].get_paths()[0].vertices[:, 1]
        assert heights.min() == 0
        assert heights.max() == 4 + n_quantiles - 1
        assert texts(display)[0] == "10 % to 90 %"


def test_the_target_is_drawn_where_it_is_known(forecasts):
    X, y = forecasts
    y = pd.Series(y)
    y[40:] = None  # the future
    x = pd.date_range("2024-01-01", periods=60)
    display = FanChartDisplay.from_predictions(X, quantiles=LEVELS, y_true=y, x=x[::-1])
    drawn = display.target_line_.get_ydata()
    assert np.isnan(drawn[:20]).all()
    assert_array_equal(drawn[20:], y[:40][::-1])
    assert texts(display) == ["10 % to 90 %", "50 %", "target"]
    assert (
        FanChartDisplay.from_predictions(
            X, quantiles=LEVELS, y_true=np.full(60, np.nan)
        ).target_line_
        is None
    )


def test_many_rows_of_a_fan_are_summarised(forecasts):
    X, y = forecasts
    X, y = np.tile(X, (20, 1)), np.tile(y, 20)
    display = FanChartDisplay.from_predictions(X, quantiles=LEVELS, y_true=y)
    assert len(display.centre_line_.get_xdata()) == 200
    legend = display.ax_.get_legend()
    assert legend.get_title().get_text() == "Means of about 6 rows each"
    every = display.plot(max_rows=None)
    assert len(every.centre_line_.get_xdata()) == 1200
    with pytest.raises(TypeError, match="`max_rows` must be an instance of int"):
        display.plot(max_rows="all")


# -- calibration -----------------------------------------------------------------------


def test_shares_of_the_target_below_each_quantile(forecasts, rng):
    X, y = forecasts
    weight = rng.random(60)
    for given in (None, weight):
        display = QuantileCalibrationDisplay.from_predictions(
            y, X, quantiles=LEVELS, sample_weight=given
        )
        expected = [
            interval_coverage(y, np.full(60, -np.inf), column, sample_weight=given)
            for column in X.T
        ]
        assert_allclose(display.share_at_or_below, expected)
        assert_allclose(display.line_.get_ydata(), expected)
    assert display.n_samples == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert display.n_samples < 60


def test_levels_are_met_where_many_targets_equal_the_quantile():
    rain = np.array([0.0] * 6 + [1.0, 2.0, 3.0, 4.0])
    y_pred = np.tile([0.0, 0.0, 2.5], (10, 1))
    display = QuantileCalibrationDisplay.from_predictions(
        rain, y_pred, quantiles=[0.1, 0.9, 0.95]
    )
    assert_allclose(display.share_below, [0, 0, 0.8])
    assert_allclose(display.share_at_or_below, [0.6, 0.6, 0.8])
    # Between the shares if the level is, else at the closest.
    assert_allclose(display.line_.get_ydata(), [0.1, 0.6, 0.8])
    ends = [path.vertices[:, 1].tolist() for path in display.bars_.get_paths()]
    assert_allclose(ends, [[0, 0.6], [0, 0.6], [0.8, 0.8]])
    assert texts(display)[-1] == "below to at or below"


def test_the_range_of_chance_is_that_of_the_binomial_distribution(rng):
    levels = np.array([0.1, 0.5, 0.9])
    y_pred = np.tile(levels, (80, 1))
    inside = []
    for _ in range(200):
        y = rng.random(80)
        display = QuantileCalibrationDisplay(
            quantiles=levels,
            share_below=(y[:, np.newaxis] < y_pred).mean(axis=0),
            share_at_or_below=(y[:, np.newaxis] <= y_pred).mean(axis=0),
            n_samples=80,
        )
        inside.append(display.share_below)
    edges = display.plot().range_.get_paths()[0].vertices
    for level, shares in zip(levels, np.transpose(inside), strict=True):
        ends = edges[np.isclose(edges[:, 0], level), 1]
        within = (ends.min() <= shares) & (shares <= ends.max())
        assert 0.9 < within.mean() < 0.99


def test_several_displays_share_axes_and_their_diagonal(forecasts):
    X, y = forecasts
    model = Echo(quantiles=LEVELS).fit(X, y)
    first = QuantileCalibrationDisplay.from_estimator(model, X, y)
    second = QuantileCalibrationDisplay.from_estimator(
        model, X + 1, y, name="$ more", ax=first.ax_, color="red", marker="s"
    )
    assert second.ax_ is first.ax_
    assert second.diagonal_ is None
    assert second.range_ is None
    assert second.line_.get_color() == "red"
    assert first.line_.get_label() == "Echo"
    names = ["as the levels say", "95 % range of chance", "Echo", r"\$ more"]
    assert texts(second) == names
    high = first.ax_.get_ylim()[1]
    assert 1.05 < high < 1.6
    assert first.ax_.get_yticks().max() == 1


def test_limits_chosen_by_the_user_stay(forecasts):
    X, y = forecasts
    _, ax = plt.subplots()
    ax.set(xlim=(0, 2), ylim=(-1, 2))
    QuantileCalibrationDisplay.from_predictions(y, X, quantiles=LEVELS, ax=ax)
    assert ax.get_xlim() == (0, 2)
    assert ax.get_ylim() == (-1, 2)


@BOTH
@pytest.mark.parametrize("size", [(3.5, 3), (10, 4)])
def test_the_legend_is_complete_and_covers_no_data(forecasts, display, size):
    X, y = forecasts
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    display.from_predictions(
        **{"y_true": y, "y_pred": X, "quantiles": LEVELS, "ax": ax}
    )
    figure.canvas.draw()
    legend, inside = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert inside.x0 <= legend.x0 < legend.x1 <= inside.x1
    assert legend.y1 <= inside.y1
    top = ax.transData.transform((0, max(X.max(), y.max())))[1]
    if display is QuantileCalibrationDisplay:
        top = ax.transData.transform((0, 1))[1]
    assert top <= legend.y0
