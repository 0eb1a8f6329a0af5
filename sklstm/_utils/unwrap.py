"""Search inside Pipelines, searches and other estimators that contain estimators.

Only parameters and instance attributes are followed, and each estimator only once, so
the search ends even if an estimator contains itself or has any attribute, like a mock.
"""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sklstm._utils.text import shortened

# Attributes with the inner estimator, the fitted one first.
_INNER = (
    "best_estimator_",
    "regressor_",
    "final_estimator_",
    "estimator",
    "regressor",
    "final_estimator",
)


def refuse_class(regressor, *, owner):
    """Raise if the regressor passed by a user is a class instead of an instance."""
    if isinstance(regressor, type):
        raise TypeError(
            f"{owner}: `regressor` must be an instance; got the class "
            f"{regressor.__name__}. Write {regressor.__name__}() instead."
        )


def parameters_of(estimator, *, deep=False):
    """Return the parameters of an estimator, with those of inner ones if `deep`.

    Empty for classes and for objects without parameters.
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return {}
    parameters = estimator.get_params(deep=deep)
    return parameters if isinstance(parameters, dict) else {}


def check_parameter_names(estimator, params, parts):
    """Raise if a parameter to be set belongs to an inner estimator.

    Parameters
    ----------
    estimator : estimator
        The outer estimator.
    params : dict
        Parameters to be set.
    parts : callable
        Returns the inner estimators, by the names of the parameters that hold them.
        Those in `params` replace them.
    """
    own = estimator.get_params(deep=False)
    unknown = [name for name in params if name.split("__")[0] not in own]
    for name in unknown:
        for parameter, part in {**parts(), **params}.items():
            paths = [
                f"{parameter}__{path}"
                for path in parameters_of(part, deep=True)
                if path == name or path.endswith(f"__{name}")
            ]
            if paths:
                raise ValueError(
                    f"Invalid parameter {shortened(name)} for estimator "
                    f"{type(estimator).__name__}: it is a parameter of its "
                    f"{parameter}, {name_of(part)}. Use {' or '.join(paths[:3])}."
                )


def name_of(estimator):
    """Return the name of the class; for a FrozenEstimator, that of the inner object."""
    frozen = isinstance(estimator, FrozenEstimator)
    return type(estimator.estimator if frozen else estimator).__name__


def walk_inwards(estimator, names=_INNER):
    """Yield an estimator, the one that it contains, and so on.

    Parameters
    ----------
    estimator : object
        Fitted or not.
    names : tuple of str
        Attributes that may have an inner estimator, the preferred one first. For a
        Pipeline, the inner estimator is the last step.

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
    """Find an estimator inside Pipelines, searches and frozen estimators.

    Parameters
    ----------
    estimator : object
        A fitted estimator.
    attribute : str
        Attribute of the estimator to find.
    X : array-like, default=None
        Samples. They are transformed by the steps of Pipelines.
    also_in : tuple of str, default=()
        Further attributes to search.

    Returns
    -------
    found : object or None
        The outermost estimator with the attribute, or None.
    X : array-like or None
        The transformed samples, as input for this estimator.
    """
    for found in walk_inwards(estimator, ("best_estimator_", *also_in)):
        if isinstance(found, Pipeline):
            if X is not None and len(found) > 1:
                X = found[:-1].transform(X)
        elif not isinstance(found, FrozenEstimator) and hasattr(found, attribute):
            return found, X
    return None, X


def walk_parameters(estimator, *, owner, around=()):
    """Yield an estimator and all estimators among its parameters, also in lists.

    Frozen estimators are not searched, since they are not trained.

    Parameters
    ----------
    estimator : object
        Fitted or not.
    owner : str
        Name of the caller, for error messages.
    around : tuple of object
        The estimators that contain this one.

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
            f"{type(estimator).__name__} does. Use separate estimators."
        )
    if isinstance(estimator, list | tuple):
        held = estimator
    else:
        yield estimator
        frozen = isinstance(estimator, FrozenEstimator)
        held = () if frozen else parameters_of(estimator).values()
    for part in held:
        yield from walk_parameters(part, owner=owner, around=(*around, estimator))
