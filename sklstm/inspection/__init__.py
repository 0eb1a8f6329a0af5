"""Figures: what the constraints changed, quantiles, and how a network learned.

As with scikit-learn's displays, ``from_estimator`` or ``from_predictions`` creates and
draws one; ``plot`` draws it again on other axes.
"""

from sklstm.inspection._constraint_display import ConstraintDisplay
from sklstm.inspection._fan_chart_display import FanChartDisplay
from sklstm.inspection._loss_curve_display import LossCurveDisplay
from sklstm.inspection._quantile_calibration_display import QuantileCalibrationDisplay

__all__ = [
    "ConstraintDisplay",
    "FanChartDisplay",
    "LossCurveDisplay",
    "QuantileCalibrationDisplay",
]
