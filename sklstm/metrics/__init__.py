"""Metrics of quantiles and intervals, and reports of violated constraints."""

from sklstm.metrics._quantile import (
    d2_pinball_score,
    interval_coverage,
    make_quantile_scorer,
    mean_interval_width,
    mean_pinball_loss,
)
from sklstm.metrics._violation_report import ViolationReport, violation_report

__all__ = [
    "violation_report",
    "ViolationReport",
    "mean_pinball_loss",
    "d2_pinball_score",
    "interval_coverage",
    "mean_interval_width",
    "make_quantile_scorer",
]
