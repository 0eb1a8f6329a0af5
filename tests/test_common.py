"""scikit-learn's own checks of its estimators' conventions."""

import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm import PositiveOrderedRegressor


@pytest.mark.filterwarnings(
    # The checks train on targets below 0 and without an order, which is told.
    "ignore::sklstm.exceptions.ConstraintWarning"
)
@parametrize_with_checks(
    [
        PositiveOrderedRegressor(Ridge()),
        PositiveOrderedRegressor(Ridge(), method="isotonic"),
        PositiveOrderedRegressor(Ridge(), method="cummax"),
        PositiveOrderedRegressor(Ridge(), lower=None, order=None),
        PositiveOrderedRegressor(HistGradientBoostingRegressor(max_iter=5)),
        PositiveOrderedRegressor(make_pipeline(StandardScaler(), Ridge())),
        PositiveOrderedRegressor(KNeighborsRegressor()),
        PositiveOrderedRegressor(SGDRegressor(random_state=0)),
        PositiveOrderedRegressor(TransformedTargetRegressor()),
    ]
)
def test_positive_ordered_regressor_passes_the_common_checks(estimator, check):
    check(estimator)
