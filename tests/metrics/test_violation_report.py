"""violation_report."""

import sys

import numpy as np
import pandas as pd
import pytest
from regressors import QuantileFan

from sklstm import adjust_predictions
from sklstm.metrics import violation_report


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

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
    @pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
    def test_mass_at_a_bound_that_the_dtype_does_not_have_is_counted(
        self, method, dtype
    ):
        raw = np.array([[0.0], [0.3]], dtype=dtype)
        adjusted = adjust_predictions(raw, lower=0.1, upper=0.2, method=method)
        report = violation_report(raw, lower=0.1, upper=0.2, adjusted=adjusted)
        assert adjusted.dtype == dtype
        assert report.bound_mass.tolist() == [0.5, 0.5]
        assert report.mean_shift[0] == pytest.approx(0, abs=1e-3)

    def test_sums_of_small_floats_do_not_overflow(self):
        raw = np.full((2000, 1), -1000.0, dtype=np.float16)
        report = violation_report(raw, adjusted=np.zeros_like(raw))
        assert report.mean_violation.tolist() == [1000]
        assert report.mean_shift.tolist() == [1000]
        assert report.bound_mass.tolist() == [1]

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

    def test_an_estimator_without_constraints_is_reported(self):
        fan = QuantileFan().fit(np.ones((3, 1)), [1.0, 2.0, 3.0])
        with pytest.raises(TypeError, match="QuantileFan has no `predict_raw`"):
            violation_report(fan, np.ones((3, 1)))

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
    @pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
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
        with pytest.raises(
            ValueError, match=r"^violation_report: `y_pred` must be finite"
        ):
            violation_report([np.nan])
        with pytest.raises(
            ValueError, match=r"^violation_report: `y_pred` .* got \(2, 2"
        ):
            violation_report(np.zeros((2, 2, 2)))
