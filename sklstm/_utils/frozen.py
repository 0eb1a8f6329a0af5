"""Trained objects of any library in scikit-learn's FrozenEstimator."""

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, TargetTags
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.unwrap import parameters_of, walk_parameters


class FrozenObject(FrozenEstimator):
    """A FrozenEstimator around an object without scikit-learn's interface.

    scikit-learn's own class needs the tags of the object, and checks whether it is
    fitted. Here, a frozen object is assumed to be trained.
    """

    def fit(self, X, y=None, *args, **kwargs):
        """Do nothing."""
        return self

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        return Tags(estimator_type="regressor", target_tags=TargetTags(required=False))


def with_frozen_objects(estimator, *, owner):
    """Return the estimator with each frozen object of another library replaced.

    Parameters
    ----------
    estimator : object
        A FrozenEstimator, or an estimator that may have some as parameters. It is not
        changed.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    object
        A clone if anything was replaced, else `estimator` itself.

    Raises
    ------
    ValueError
        If the estimator contains itself.
    """
    if _is_frozen_object(estimator):
        return FrozenObject(estimator.estimator)
    parts = list(walk_parameters(estimator, owner=owner))
    if not any(map(_is_frozen_object, parts)):
        return estimator
    replaced = {
        name: FrozenObject(value.estimator)
        for name, value in parameters_of(estimator, deep=True).items()
        if _is_frozen_object(value)
    }
    return clone(estimator).set_params(**replaced)


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
