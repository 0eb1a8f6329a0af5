"""Figures: what the constraints changed, and how a network learned.

As with scikit-learn's displays, ``from_estimator`` or ``from_predictions`` creates and
draws one; ``plot`` draws it again on other axes.
"""

from sklstm.inspection._constraint_display import ConstraintDisplay
from sklstm.inspection._loss_curve_display import LossCurveDisplay

__all__ = ["ConstraintDisplay", "LossCurveDisplay"]
