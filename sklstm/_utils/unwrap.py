"""Find an estimator within Pipelines, searches and frozen estimators."""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline


def find_within(estimator, attribute, X=None, *, also_in=()):
    """Find what has an attribute within Pipelines, searches and frozen estimators.

    Parameters
    ----------
    estimator : object
        Fitted.
    attribute : str
        What is looked for.
    X : array-like, default=None
        Samples, which the steps of a Pipeline transform on the way.
    also_in : tuple of str, default=()
        Further attributes in which to look.

    Returns
    -------
    found : object or None
        The outermost estimator that has the attribute; None if there is none.
    X : array-like or None
        The samples as that estimator takes them.
    """
    if isinstance(estimator, FrozenEstimator):
        return find_within(estimator.estimator, attribute, X, also_in=also_in)
    if isinstance(estimator, Pipeline):
        if X is not None and len(estimator) > 1:
            X = estimator[:-1].transform(X)
        return find_within(estimator[-1], attribute, X, also_in=also_in)
    if hasattr(estimator, attribute):
        return estimator, X
    for name in ("best_estimator_", *also_in):
        if hasattr(estimator, name):
            return find_within(getattr(estimator, name), attribute, X, also_in=also_in)
    return None, X
