"""ConstraintDisplay."""

from decimal import Decimal

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from inspection.rows import ADJUSTED, RAW
from matplotlib import pyplot as plt
from numpy.testing import assert_array_equal
from regressors import LEVELS, Echo
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.inspection import ConstraintDisplay


def crossing():
    """A regressor that predicts three quantiles that cross."""
    return Echo(lambda X: np.tile([2.0, 1.0, 3.0], (len(X), 1)), quantiles=LEVELS)


class TestConstraintDisplay:
    def test_lines_are_the_predictions_and_marks_the_changes(self):
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, unit="mm")
        for j in range(3):
            assert_array_equal(display.lines_[j].get_ydata(), ADJUSTED[:, j])
            assert_array_equal(display.raw_lines_[j].get_ydata(), RAW[:, j])
        assert display.marks_.get_xydata().tolist() == [[1, 2], [1, 1], [2, -1]]
        assert display.marks_.get_label() == "changed (67% of rows)"
        assert display.ax_.get_ylabel() == "Prediction (mm)"
        assert display.figure_ is display.ax_.figure

    @pytest.mark.parametrize("n_outputs", [1, 2, 3, 4])
    def test_a_fan_has_a_band_for_each_pair_and_a_line_for_the_centre(self, n_outputs):
        fan = np.arange(5.0)[:, np.newaxis] + np.arange(n_outputs)
        display = ConstraintDisplay.from_predictions(fan, fan, kind="fan")
        assert len(display.bands_) == n_outputs // 2
        assert len(display.lines_) == n_outputs % 2
        if display.bands_:
            heights = display.bands_[0].get_paths()[0].vertices[:, 1]
            assert heights.min() == 0
            assert heights.max() == 4 + n_outputs - 1

    def test_legend_names_outputs_styles_and_bands(self):
        frame = pd.DataFrame(RAW, columns=["low", "mid", "high"])
        display = ConstraintDisplay.from_predictions(
            frame, ADJUSTED, y_true=ADJUSTED, kind="lines"
        )
        texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert texts == ["low", "mid", "high", "raw", "target", "changed (67% of rows)"]
        display.plot(kind="fan")
        texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert texts[:2] == ["low to high", "mid"]

    def test_colors_of_the_outputs_differ_in_brightness(self):
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED)
        weights = [0.2126, 0.7152, 0.0722]  # relative luminance, Rec. 709
        grey = [
            mpl.colors.to_rgb(line.get_color()) @ np.array(weights)
            for line in display.lines_
        ]
        assert np.diff(grey).min() > 0.1

    @pytest.mark.parametrize("kind", ["lines", "fan"])
    @pytest.mark.parametrize("y_true", [ADJUSTED[:, 1], ADJUSTED])
    def test_targets_are_drawn_if_given(self, y_true, kind):
        display = ConstraintDisplay.from_predictions(
            RAW, ADJUSTED, y_true=y_true, kind=kind
        )
        columns = y_true.reshape(3, -1)
        assert len(display.target_lines_) == columns.shape[1]
        assert_array_equal(display.target_lines_[0].get_ydata(), columns[:, 0])
        # That of all outputs has the color of none of them.
        first = display.raw_lines_[0].get_color()
        is_same = mpl.colors.same_color(display.target_lines_[0].get_color(), first)
        assert is_same == (columns.shape[1] == 3)

    def test_columns_of_other_names_are_taken_by_position(self):
        raw = pd.DataFrame(RAW[:, :2], columns=["low", "high"])
        y_true = pd.DataFrame(RAW[:, :2], columns=["observed low", "observed high"])
        display = ConstraintDisplay.from_predictions(raw, raw, y_true=y_true)
        assert len(display.target_lines_) == 2
        display = ConstraintDisplay.from_predictions(
            raw, raw, y_true=y_true.iloc[:, :1]
        )
        assert len(display.target_lines_) == 1

    def test_columns_in_another_order_are_refused(self):
        raw = pd.DataFrame(RAW[:, :2], columns=["low", "high"])
        other = raw[["high", "low"]]
        message = r"must be those of the predictions, \['low', 'high'\]"
        with pytest.raises(ValueError, match=rf"`adjusted` {message}"):
            ConstraintDisplay.from_predictions(raw, other)
        with pytest.raises(ValueError, match=rf"`y_true` {message}"):
            ConstraintDisplay.from_predictions(raw, raw, y_true=other)
        model = PositiveOrderedRegressor(Ridge()).fit(RAW, raw.abs().cumsum(axis=1))
        with pytest.raises(ValueError, match=rf"`y` {message}"):
            ConstraintDisplay.from_estimator(model, RAW, other)

    @pytest.mark.parametrize("y_true", [RAW[:, :2], [["a"], ["b"], ["c"]]])
    def test_targets_that_do_not_fit_are_refused(self, y_true):
        with pytest.raises(
            ValueError, match=r"`y_true` must (have one column|hold real)"
        ):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, y_true=y_true)
        assert not plt.get_fignums()

    def test_one_output_may_have_one_dimension(self):
        display = ConstraintDisplay.from_predictions(RAW[:, 0], ADJUSTED[:, 0])
        assert len(display.lines_) == 1

    def test_dates_are_formatted_concisely(self):
        times = pd.date_range("2024-01-01", periods=3, freq="12h")
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=times)
        display.figure_.canvas.draw()
        labels = [label.get_text() for label in display.ax_.get_xticklabels()]
        assert max(map(len, labels)) < len("2024-01-01")
        assert_array_equal(display.marks_.get_xdata(), times.to_numpy()[[1, 1, 2]])

    @pytest.mark.parametrize(
        "times",
        [
            pd.date_range("2024-07-01 12:00", periods=3, freq="h", tz="US/Eastern"),
            pd.date_range("2024-07-01 12:00", periods=3, freq="h").to_pydatetime(),
            pd.period_range("2024-07-01 12:00", periods=3, freq="h"),
            ["2024-07-01T12:00", "2024-07-01T13:00", "2024-07-01T14:00"],
            pl.Series(
                pd.date_range("2024-07-01 12:00", periods=3, freq="h", tz="US/Eastern")
            ),
        ],
        ids=["zone", "datetime", "period", "text", "polars"],
    )
    def test_times_of_any_kind_are_shown_in_their_own_time_zone(self, times):
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=times)
        expected = np.arange("2024-07-01T12", "2024-07-01T15", dtype="datetime64[h]")
        assert_array_equal(display.lines_[0].get_xdata(), expected)
        assert isinstance(
            display.ax_.xaxis.get_major_formatter(), mpl.dates.ConciseDateFormatter
        )

    def test_numbers_and_time_spans_label_the_axis(self):
        for numbers in ([1, 2, 3], [Decimal(1), Decimal(2), Decimal(3)]):
            x = np.array(numbers, dtype=object)
            display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=x)
            assert display.lines_[0].get_xdata().tolist() == [1, 2, 3]
        leads = pd.Series([1.0, 2.0, 3.0], name="lead ($k$)")
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=leads)
        assert display.ax_.get_xlabel() == r"lead (\$k\$)"
        spans = pd.timedelta_range("1h", periods=3, freq="30min", name="lead")
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=spans)
        assert display.ax_.get_xlabel() == "lead (hours)"
        assert display.lines_[0].get_xdata().tolist() == [1, 1.5, 2]
        display = ConstraintDisplay.from_predictions(
            RAW, ADJUSTED, x=list(spans.to_pytimedelta()), unit=r"W m$^{-2}$"
        )
        assert display.ax_.get_xlabel() == "Time (hours)"
        assert display.ax_.get_ylabel() == r"Prediction (W m$^{-2}$)"

    @pytest.mark.parametrize("x", [["a", "b", "c"], [None, None, object()]])
    def test_x_that_is_neither_numbers_nor_times_raises(self, x):
        with pytest.raises(TypeError, match="`x` must hold numbers or times; got"):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=x)

    def test_rows_are_drawn_in_the_order_of_x(self):
        display = ConstraintDisplay.from_predictions(
            RAW, ADJUSTED, y_true=ADJUSTED[:, 0], x=[2, 3, 1]
        )
        assert display.lines_[0].get_xdata().tolist() == [1, 2, 3]
        assert_array_equal(display.lines_[0].get_ydata(), ADJUSTED[[2, 0, 1], 0])
        assert_array_equal(display.raw_lines_[1].get_ydata(), RAW[[2, 0, 1], 1])
        assert_array_equal(display.target_lines_[0].get_ydata(), ADJUSTED[[2, 0, 1], 0])
        assert display.marks_.get_xydata().tolist() == [[1, -1], [3, 2], [3, 1]]

    @pytest.mark.parametrize("kind", ["lines", "fan"])
    def test_a_single_row_is_visible(self, kind):
        display = ConstraintDisplay.from_predictions(RAW[1:2], ADJUSTED[1:2], kind=kind)
        assert all(line.get_marker() == "o" for line in display.lines_)
        assert all(band.get_linewidth()[0] > 0 for band in display.bands_)

    @pytest.mark.parametrize("layout", [None, "constrained"])
    def test_the_legend_of_given_axes_is_inside_the_figure(self, layout):
        figure, axes = plt.subplots(1, 2, layout=layout)
        ConstraintDisplay.from_predictions(RAW, ADJUSTED, ax=axes[1])
        figure.canvas.draw()
        legend = axes[1].get_legend().get_window_extent()
        assert legend.x0 > 0
        assert legend.x1 < figure.bbox.x1

    def test_names_are_shown_literally_and_wrapped(self):
        long = "a name that is far too long for a single line of a legend"
        display = ConstraintDisplay.from_predictions(
            RAW, ADJUSTED, output_names=pd.Index(["_low", "US$ to $", long])
        )
        texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert texts[:2] == [" _low", r"US\$ to \$"]
        assert texts[2].replace("\n", " ") == long
        assert "\n" in texts[2]

    def test_a_small_share_is_not_shown_as_zero_percent(self):
        raw = np.ones((1000, 1))
        raw[0] = -1
        display = ConstraintDisplay.from_predictions(raw, np.maximum(raw, 0))
        assert display.marks_.get_label() == "changed (<1% of rows)"

    def test_given_axes_are_used(self):
        _, ax = plt.subplots()
        display = ConstraintDisplay.from_predictions(RAW, ADJUSTED, ax=ax)
        assert display.ax_ is ax
        assert display.plot().ax_ is not ax

    @pytest.mark.parametrize("in_pipeline", [False, True])
    def test_from_estimator_draws_predict_raw_and_predict(self, in_pipeline):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(40, 2))
        y = pd.DataFrame(np.sort(np.maximum(X, 0), axis=1), columns=["low", "high"])
        model = PositiveOrderedRegressor(Ridge())
        if in_pipeline:
            model = make_pipeline(StandardScaler(), model)
        model.fit(X, y)
        display = ConstraintDisplay.from_estimator(model, X, y, unit="m")
        assert_array_equal(
            np.transpose([line.get_ydata() for line in display.lines_]),
            model.predict(X),
        )
        assert (display.raw.min(axis=0) < 0).any()
        assert display.lines_[1].get_label() == "high"
        assert_array_equal(display.y_true, y)

    def test_quantiles_of_the_regressor_name_the_outputs(self):
        model = PositiveOrderedRegressor(crossing()).fit([[0.0]] * 4, [1.0] * 4)
        display = ConstraintDisplay.from_estimator(model, [[0.0]] * 4, kind="fan")
        assert display.bands_[0].get_label() == "0.1 quantile to 0.9 quantile"

    @pytest.mark.parametrize(
        "wrap",
        [
            make_pipeline,
            lambda model: make_pipeline(StandardScaler(), make_pipeline(model)),
            lambda model: FrozenEstimator(make_pipeline(StandardScaler(), model)),
            lambda model: GridSearchCV(
                make_pipeline(StandardScaler(), model),
                {"positiveorderedregressor__regressor__alpha": [1.0, 2.0]},
                cv=2,
            ),
            lambda model: make_pipeline(
                StandardScaler(),
                GridSearchCV(model, {"regressor__alpha": [1.0, 2.0]}, cv=2),
            ),
        ],
    )
    def test_the_constraints_are_found_within_other_estimators(self, wrap, daily_range):
        X, y = daily_range
        model = PositiveOrderedRegressor(Ridge())
        wrapped = wrap(model)
        if isinstance(wrapped, FrozenEstimator):
            wrapped.estimator.fit(X, y)
        else:
            wrapped.fit(X, y)
        display = ConstraintDisplay.from_estimator(wrapped, X)
        assert_array_equal(display.adjusted, wrapped.predict(X))
        assert (display.raw < 0).any()

    def test_from_estimator_predicts_only_once(self):
        noise = Echo(
            lambda X: np.sort(np.random.default_rng().uniform(size=(len(X), 3))),
            quantiles=LEVELS,
        )
        model = PositiveOrderedRegressor(noise).fit([[0.0]] * 4, [1.0] * 4)
        display = ConstraintDisplay.from_estimator(model, [[0.0]] * 4)
        assert_array_equal(display.raw, display.adjusted)

    @pytest.mark.parametrize(
        "model",
        [
            PositiveOrderedRegressor(Ridge()),
            make_pipeline(PositiveOrderedRegressor(Ridge())),
            GridSearchCV(PositiveOrderedRegressor(Ridge()), {}),
        ],
    )
    def test_unfitted_estimators_raise(self, model):
        with pytest.raises(NotFittedError):
            ConstraintDisplay.from_estimator(model, [[0.0]])

    def test_an_estimator_without_constraints_raises(self):
        model = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])
        with pytest.raises(TypeError, match="Ridge has no `predict_raw`"):
            ConstraintDisplay.from_estimator(model, [[0.0]])

    def test_bad_arguments_raise(self):
        with pytest.raises(
            ValueError, match=r"the same shape; got \(3, 3\) and \(2, 3\)"
        ):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED[:2])
        with pytest.raises(
            ValueError, match=r"each of the 3 rows, .* got shape \(2,\)"
        ):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, x=[1, 2])
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, y_true=[1, 2])
        with pytest.raises(ValueError, match="`kind` must be 'lines' or 'fan'"):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, kind="bars")
        with pytest.raises(ValueError, match="2 output names for 3 outputs"):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, output_names=["a", "b"])
        with pytest.raises(TypeError, match="must be a list of names; got 'abc'"):
            ConstraintDisplay.from_predictions(RAW, ADJUSTED, output_names="abc")
        assert not plt.get_fignums()  # nothing was drawn
