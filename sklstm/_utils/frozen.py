"""Trained objects of any library, as scikit-learn's FrozenEstimator marks them."""

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, TargetTags
from sklearn.utils.validation import check_is_fitted


class FrozenObject(FrozenEstimator):
    """A FrozenEstimator around an object that knows nothing of scikit-learn.

    scikit-learn's own class asks it for tags, and whether it is fitted. That it is
    trained is what freezing it says.
    """

    def fit(self, X, y=None, *args, **kwargs):
        """Do nothing."""
        return self

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        return Tags(estimator_type="regressor", target_tags=TargetTags(required=False))


def with_frozen_objects(estimator):
    """Return the estimator, with frozen objects of other libraries fit for use.

    Parameters
    ----------
    estimator : object
        A FrozenEstimator, or an estimator that may hold some among its parameters. Not
        changed.

    Returns
    -------
    object
        A clone if anything had to be replaced, else `estimator` itself.
    """
    if _is_frozen_object(estimator):
        return FrozenObject(estimator.estimator)
    if not hasattr(estimator, "get_params"):
        return estimator
    parameters = estimator.get_params(deep=True)
    if not isinstance(parameters, dict):  # a mock
        return estimator
    replaced = {
        name: FrozenObject(value.estimator)
        for name, value in parameters.items()
        if _is_frozen_object(value)
    }
    return clone(estimator).set_params(**replaced) if replaced else estimator


def _is_frozen_object(estimator):
    if not isinstance(estimator, FrozenEstimator):
        return False
    if isinstance(estimator, FrozenObject):
        return False
    try:
        estimator.estimator.__sklearn_tags__()
        check_is_fitted(estimator.estimator)
    except NotFittedError:
        return False
    except (AttributeError, TypeError):
        return True
    return False
