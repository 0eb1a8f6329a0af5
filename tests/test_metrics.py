"""Metrics: equal to scikit-learn's by level, and reports that count right."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import QuantileRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklstm import adjust_predictions
from sklstm.metrics import (
    d2_pinball_score,
    interval_coverage,
    make_quantile_scorer,
    mean_interval_width,
    mean_pinball_loss,
    violation_report,
)

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture
def forecast():
    rng = np.random.default_rng(0)
    y_true = rng.gamma(2.0, size=50)
    y_pred = y_true[:, np.newaxis] + rng.normal(size=(50, 3)) + [-1, 0, 1]
    return y_true, y_pred, rng.uniform(0.5, 2, size=50)


class TestQuantileMetrics:
    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_each_level_has_the_value_of_scikit_learn(
        self, function, weighted, forecast
    ):
        y_true, y_pred, weight = forecast
        kwargs = {"sample_weight": weight if weighted else None}
        by_level = [
            getattr(sklearn.metrics, function.__name__)(
                y_true, y_pred[:, i], alpha=level, **kwargs
            )
            for i, level in enumerate(LEVELS)
        ]
        raw = function(
            y_true, y_pred, quantiles=LEVELS, multioutput="raw_values", **kwargs
        )
        assert_allclose(raw, by_level)
        mean = function(y_true, y_pred, quantiles=LEVELS, **kwargs)
        assert mean == pytest.approx(np.mean(by_level))
        assert isinstance(mean, float)

    def test_one_level_takes_one_dimension(self, forecast):
        y_true, y_pred, _ = forecast
        assert mean_pinball_loss(
            y_true, y_pred[:, 1], quantiles=[0.5]
        ) == pytest.approx(np.abs(y_true - y_pred[:, 1]).mean() / 2)

    def test_frames_and_series_are_taken(self, forecast):
        y_true, y_pred, _ = forecast
        assert d2_pinball_score(
            pd.Series(y_true), pd.DataFrame(y_pred), quantiles=LEVELS
        ) == d2_pinball_score(y_true, y_pred, quantiles=LEVELS)

    @pytest.mark.parametrize(
        "levels", [[10, 50, 90], [0.1, 0.5, np.nan], [], 0.5, [[0.1, 0.5, 0.9]], "abc"]
    )
    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    def test_what_are_no_levels_is_reported(self, function, levels, forecast):
        message = f"{function.__name__}: `quantiles` must be levels between 0 and 1"
        with pytest.raises(ValueError, match=message):
            function(*forecast[:2], quantiles=levels)
        with pytest.raises(ValueError, match="make_quantile_scorer: `quantiles` must"):
            make_quantile_scorer(levels)

    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    def test_levels_that_do_not_fit_the_columns_are_reported(self, function, forecast):
        with pytest.raises(ValueError, match="got 2 levels for 3 columns"):
            function(*forecast[:2], quantiles=[0.1, 0.9])

    def test_unknown_multioutput_is_reported(self, forecast):
        with pytest.raises(ValueError, match="mean_pinball_loss: `multioutput`"):
            mean_pinball_loss(*forecast[:2], quantiles=LEVELS, multioutput="variance")


class QuantileFan(RegressorMixin, BaseEstimator):
    """One linear quantile regression for each level: 2-D predictions of a 1-D y."""

    def __init__(self, alpha=0.0):
        self.alpha = alpha

    def fit(self, X, y):
        self.models_ = [
            QuantileRegressor(quantile=level, alpha=self.alpha).fit(X, y)
            for level in LEVELS
        ]
        return self

    def predict(self, X):
        return np.column_stack([model.predict(X) for model in self.models_])


class TestQuantileScorer:
    @pytest.fixture
    def data(self):
        rng = np.random.default_rng(0)
        X = rng.uniform(size=(60, 1))
        return X, 5 * X[:, 0] + rng.normal(size=60)

    def test_grid_search_picks_the_fan_with_the_lower_loss(self, data):
        search = GridSearchCV(
            QuantileFan(),
            {"alpha": [0.0, 10.0]},
            scoring=make_quantile_scorer(LEVELS),
            cv=3,
        ).fit(*data)
        assert search.best_params_ == {"alpha": 0.0}
        means = search.cv_results_["mean_test_score"]
        assert (means < 0).all()

    def test_scores_are_those_of_the_metrics(self, data):
        X, y = data
        fan = QuantileFan().fit(X, y)
        loss = mean_pinball_loss(y, fan.predict(X), quantiles=LEVELS)
        d2 = d2_pinball_score(y, fan.predict(X), quantiles=LEVELS)
        assert make_quantile_scorer(LEVELS)(fan, X, y) == -loss
        assert make_quantile_scorer(LEVELS, metric="d2")(fan, X, y) == d2

    def test_scorer_survives_pickle(self, data):
        scorer = make_quantile_scorer(np.array(LEVELS))
        loaded = pickle.loads(pickle.dumps(scorer))
        before, after = (
            cross_val_score(QuantileFan(), *data, scoring=one, cv=3)
            for one in (scorer, loaded)
        )
        assert_array_equal(before, after)

    def test_unknown_metric_is_reported(self):
        with pytest.raises(ValueError, match=r"`metric` must be .* got 'mse'"):
            make_quantile_scorer(LEVELS, metric="mse")


class TestIntervals:
    def test_bounds_count_as_covered(self):
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

    def test_lengths_that_differ_are_reported(self):
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

    def test_columns_side_by_side_are_reported(self):
        assert interval_coverage([[1.0]], [[0.0]], [[2.0]]) == 1
        with pytest.raises(
            ValueError, match=r"`y_lower` must be one column; .* \(1, 2\)"
        ):
            mean_interval_width([[0.0, 0.0]], [1.0])

    def test_missing_values_are_reported(self):
        with pytest.raises(ValueError, match="interval_coverage: `y_upper` holds NaN"):
            interval_coverage([1.0], [0.0], [np.nan])

    @pytest.mark.parametrize("weight", [[1.0], [1.0, -2.0], [1.0, np.nan]])
    def test_bad_weights_are_reported(self, weight):
        with pytest.raises(ValueError, match=r"(?i)sample.weight"):
            interval_coverage([1, 5], [0, 0], [2, 2], sample_weight=weight)
        with pytest.raises(ValueError, match=r"(?i)sample.weight"):
            mean_interval_width([0, 0], [2, 2], sample_weight=weight)


class TestViolationReport:
    RAW = pd.DataFrame(
        {"low": [-2.0, 1.0, 4.0, 5.0], "high": [1.0, 0.0, 8.0, 11.0]},
    )
    RULES = {"lower": {"low": 0.0}, "upper": {"high": 10.0}, "order": "low <= high"}

    def test_each_rule_is_measured_by_hand(self):
        report = violation_report(self.RAW, **self.RULES).to_frame()
        # Bounds are carried along the order: high >= 0 and low <= 10 are rules too.
        assert list(report.index) == [
            "'low' >= 0.0",
            "'high' >= 0.0",
            "'low' <= 10.0",
            "'high' <= 10.0",
            "'low' <= 'high'",
        ]
        assert report["share"].tolist() == [0.25, 0, 0, 0.25, 0.25]
        assert report["mean_violation"].tolist() == [2, 0, 0, 1, 1]
        assert report["max_violation"].tolist() == [2, 0, 0, 1, 1]

    def test_mean_is_over_the_rows_that_break_the_rule(self):
        report = violation_report([-1.0, -3.0, 5.0, 5.0])
        assert report.mean_violation.tolist() == [2]
        assert report.max_violation.tolist() == [3]
        assert report.share.tolist() == [0.5]

    def test_a_row_that_breaks_two_rules_counts_once_in_the_whole(self):
        report = violation_report([[-1.0, -2.0], [1.0, 2.0]])
        assert (report.share > 0).sum() == 3
        assert report.share_any == 0.5
        assert report.n_samples == 2

    def test_shift_and_mass_tell_what_the_adjustment_did(self):
        adjusted = [[0.0, 1.0], [0.5, 0.5], [4.0, 8.0], [5.0, 10.0]]
        report = violation_report(self.RAW, **self.RULES, adjusted=adjusted).to_frame()
        assert report.loc["'low' >= 0.0", "mean_shift"] == (2 - 0.5) / 4
        assert report.loc["'low' >= 0.0", "bound_mass"] == 0.25
        assert report.loc["'high' <= 10.0", "mean_shift"] == (0.5 - 1) / 4
        assert report.loc["'low' <= 'high'", "mean_shift"] == (-2 + 1 - 1) / 4
        assert report.loc["'low' <= 'high'", "bound_mass"] == 0.25

    def test_rows_on_the_boundary_before_are_no_mass_of_the_adjustment(self):
        report = violation_report([0.0, -1.0], adjusted=[0.0, 0.0])
        assert report.bound_mass.tolist() == [0.5]

    @pytest.mark.parametrize("method", ["sort", "isotonic", "cummax"])
    def test_mass_at_a_bound_that_float32_does_not_have_is_counted(self, method):
        raw = np.array([[0.0], [0.3]], dtype=np.float32)
        adjusted = adjust_predictions(raw, lower=0.1, method=method)
        report = violation_report(raw, lower=0.1, adjusted=adjusted)
        assert report.bound_mass.tolist() == [0.5]
        assert report.mean_shift[0] == pytest.approx(0.05)

    def test_bounds_between_two_numbers_of_float32_can_be_reported(self):
        raw = np.array([[0.0], [0.3]], dtype=np.float32)
        report = violation_report(raw, lower=0.1, upper=0.1, order=None, adjusted=raw)
        assert report.share.tolist() == [0.5, 0.5]
        assert report.bound_mass.tolist() == [0, 0]

    def test_columns_in_another_order_are_refused(self):
        swapped = self.RAW[["high", "low"]]
        message = (
            r"`adjusted` must be those .* \['low', 'high'\].* got \['high', 'low'\]"
        )
        with pytest.raises(ValueError, match=message):
            violation_report(self.RAW, adjusted=swapped)

    def test_only_no_row_is_shown_as_no_percent(self):
        values = np.ones((10_000, 1))
        values[0] = -1
        assert "<0.1%" in str(violation_report(values))
        assert ">99.9%" in str(violation_report(-values))

    def test_an_estimator_in_place_of_predictions_is_reported(self):
        with pytest.raises(TypeError, match=r"the estimator QuantileFan.*`predict`"):
            violation_report(QuantileFan())

    def test_missing_pandas_is_reported_with_its_cure(self, monkeypatch):
        report = violation_report([1.0])
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match=r"needs pandas; .*sklstm\[pandas\]"):
            report.to_frame()

    def test_obeying_predictions_report_nothing(self):
        report = violation_report([[0.0, 0.0], [1.0, 3.0]])
        assert report.share_any == 0
        assert (report.share == 0).all()
        assert (report.max_violation == 0).all()
        assert report.mean_shift is None

    def test_no_rules_make_an_empty_report(self):
        report = violation_report([[1.0, -2.0]], lower=None, order=None)
        assert report.rules == ()
        assert report.share_any == 0
        assert len(report.to_frame()) == 0
        assert "any of 0 rules, 1 rows" in str(report)

    def test_printed_table_has_a_line_for_each_rule_and_one_for_all(self):
        lines = str(violation_report(self.RAW, **self.RULES)).splitlines()
        assert lines[0].split() == ["rule", "share", "mean_violation", "max_violation"]
        assert lines[-1].startswith("any of 5 rules, 4 rows")
        assert lines[-1].endswith("75.0%")
        assert len(lines) == 7
        assert len({len(line) for line in lines[:-1]}) == 1

    def test_partial_orders_are_reported(self):
        order = ["a <= c", "b <= c"]
        frame = pd.DataFrame([[3.0, 1.0, 2.0]], columns=["a", "b", "c"])
        report = violation_report(frame, lower=None, order=order)
        assert report.share.tolist() == [1, 0]

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("method", ["sort", "isotonic", "cummax"])
    def test_adjusted_predictions_break_no_rule_with_zero_tolerance(
        self, dtype, method, rng
    ):
        rules = {"lower": 0.1, "upper": [0.7, 0.7, 1.3], "order": "increasing"}
        raw = rng.normal(size=(500, 3)).astype(dtype)
        adjusted = adjust_predictions(raw, method=method, **rules)
        before = violation_report(raw, **rules, adjusted=adjusted)
        after = violation_report(adjusted, **rules)
        assert before.share_any > 0.5
        assert after.share_any == 0
        assert after.max_violation.max() == 0
        assert (before.bound_mass[before.share > 0] > 0).any()

    def test_errors_name_the_function(self):
        with pytest.raises(ValueError, match="violation_report: `adjusted`"):
            violation_report([1.0, 2.0], adjusted=[1.0])
        with pytest.raises(ValueError, match=r"violation_report: .*'x'"):
            violation_report(self.RAW, order="x <= low")
        with pytest.raises(ValueError, match="NaN"):
            violation_report([np.nan])
        with pytest.raises(ValueError, match=r"dim 3.*violation_report"):
            violation_report(np.zeros((2, 2, 2)))
