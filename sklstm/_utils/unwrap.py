"""Look inside Pipelines, searches and other estimators that hold estimators.

Every walk ends, also where an estimator contains itself or makes up attributes as mocks
do: what is held is looked up among parameters and instance attributes only.
"""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

# Where estimators that hold another one keep it: fitted, if it is, else as given.
_INNER = (
    "best_estimator_",
    "regressor_",
    "final_estimator_",
    "estimator",
    "regressor",
    "final_estimator",
)


def parameters_of(estimator, *, deep=False):
    """Return the parameters of an estimator, with those of inner ones if `deep`.

    Classes and objects that know nothing of parameters have none.
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return {}
    parameters = estimator.get_params(deep=deep)
    return parameters if isinstance(parameters, dict) else {}


def name_of(estimator):
    """Return the name of the class, of a FrozenEstimator that of what is frozen."""
    frozen = isinstance(estimator, FrozenEstimator)
    return type(estimator.estimator if frozen else estimator).__name__


def walk_inwards(estimator, names=_INNER):
    """Yield an estimator, the one that it holds, and so on.

    Parameters
    ----------
    estimator : object
        Fitted or not.
    names : tuple of str
        The attributes in which an estimator may hold another, the preferred one first.
        A Pipeline holds its last step, a FrozenEstimator what is frozen.

    Yields
    ------
    object
        From the outermost to the innermost, each once.
    """
    seen = set()
    while estimator is not None and id(estimator) not in seen:
        seen.add(id(estimator))
        yield estimator
        estimator = _inner_estimator(estimator, names)


def _inner_estimator(estimator, names):
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1] if estimator.steps else None
    if isinstance(estimator, FrozenEstimator):
        return estimator.estimator
    held = getattr(estimator, "__dict__", {})
    return next((held[name] for name in names if held.get(name) is not None), None)


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
    for found in walk_inwards(estimator, ("best_estimator_", *also_in)):
        if isinstance(found, Pipeline):
            if X is not None and len(found) > 1:
                X = found[:-1].transform(X)
        elif not isinstance(found, FrozenEstimator) and hasattr(found, attribute):
            return found, X
    return None, X


def walk_parameters(estimator, *, owner, around=()):
    """Yield an estimator and all that it holds as parameters, also in lists.

    What is frozen is left out, since nothing trains it.

    Parameters
    ----------
    estimator : object
        Fitted or not.
    owner : str
        Name of the caller, for error messages.
    around : tuple of object
        The estimators that hold this one.

    Yields
    ------
    object

    Raises
    ------
    ValueError
        If an estimator contains itself.
    """
    if any(estimator is outer for outer in around):
        raise ValueError(
            f"{owner}: `regressor` must not contain itself, but "
            f"{type(estimator).__name__} does. Give each place an estimator of its own."
        )
    if isinstance(estimator, list | tuple):
        held = estimator
    else:
        yield estimator
        frozen = isinstance(estimator, FrozenEstimator)
        held = () if frozen else parameters_of(estimator).values()
    for part in held:
        yield from walk_parameters(part, owner=owner, around=(*around, estimator))
