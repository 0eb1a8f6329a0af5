"""scikit-learn's own checks of its estimators' conventions."""

import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm import LSTMRegressor, PositiveOrderedRegressor


@pytest.mark.filterwarnings(
    # The checks train on targets below 0 and without an order, which is told.
    "ignore::sklstm.exceptions.ConstraintWarning"
)
@parametrize_with_checks(
    [
        PositiveOrderedRegressor(Ridge()),
        PositiveOrderedRegressor(Ridge(), method="projection"),
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


MINIBATCHES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a row of weight 2 is one step of a minibatch, a repeated row may be two"
    )
}


def _declared(estimator):
    return MINIBATCHES


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::sklstm.exceptions.ConstraintWarning"  # as above
)
@parametrize_with_checks(
    [
        LSTMRegressor(units=3, epochs=2),
        PositiveOrderedRegressor().set_params(regressor__units=3, regressor__epochs=2),
    ],
    expected_failed_checks=_declared,
)
def test_small_networks_pass_the_common_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklstm.exceptions.ConstraintWarning")
@parametrize_with_checks(
    [LSTMRegressor(), PositiveOrderedRegressor()], expected_failed_checks=_declared
)
def test_the_defaults_pass_the_common_checks(estimator, check):
    """The score of training too, which networks made small are excused from."""
    assert not get_tags(LSTMRegressor()).regressor_tags.poor_score
    check(estimator)
