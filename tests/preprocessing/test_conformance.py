"""scikit-learn's common checks of the transformers."""

from sklearn.preprocessing import MinMaxScaler, RobustScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm.preprocessing import SequenceScaler, SlidingWindow

NEIGHBOURS = "the window of a row holds the rows before it, by definition"


def expected_failed_checks(estimator):
    if isinstance(estimator, SlidingWindow):
        return {
            "check_methods_subset_invariance": NEIGHBOURS,
            "check_methods_sample_order_invariance": NEIGHBOURS,
        }
    return {}


@parametrize_with_checks(
    [
        SequenceScaler(),
        SequenceScaler(MinMaxScaler()),
        SequenceScaler(RobustScaler()),
        SlidingWindow(),
        SlidingWindow(3, step=2, pad=0.0),
    ],
    expected_failed_checks=expected_failed_checks,
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)
