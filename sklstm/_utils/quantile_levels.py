"""Which quantiles a regressor predicts, as far as its parameters say."""

import inspect
import re

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError

from sklstm._utils.unwrap import parameters_of, walk_inwards

# The parameters that choose what is predicted: the loss in scikit-learn, XGBoost,
# LightGBM and CatBoost, and the strategy of DummyRegressor.
_CHOICES = ("loss", "objective", "loss_function", "strategy")

# The parameters that hold the levels of several quantiles: those of LSTMRegressor,
# XGBoost and quantile-forest.
_LEVELS = ("quantiles", "quantile_alpha", "default_quantiles")


def quantile_levels(regressor):
    """Return the quantile levels that a regressor predicts for a one-dimensional y.

    They are its parameter ``quantiles`` (LSTMRegressor), ``quantile_alpha`` (XGBoost),
    or ``default_quantiles`` (quantile-forest), an attribute ``quantiles``, or part of
    its ``loss_function`` (CatBoost), or those of the regressor inside a Pipeline, a
    search, or another wrapper. Inside a TransformedTargetRegressor whose inverse falls,
    the level q becomes 1 - q.

    Returns
    -------
    tuple of float or None
        Empty for a regressor that has such a parameter, and it names no levels. None
        for one that has no such parameter, and may predict any number of columns.
    """
    around = []
    for held in walk_inwards(regressor):
        levels = _own_levels(held)
        if levels is None:
            around.append(held)
            continue
        n_falling = sum(map(_inverse_falls, around)) if len(levels) > 1 else 0
        return tuple(round(1 - q, 12) for q in levels) if n_falling % 2 else levels
    return None


def predicts_quantiles(regressor):
    """Tell if a regressor is known to predict quantiles, be it a single one.

    Its levels tell (see `quantile_levels`), or a loss or strategy with "quantile" in
    its name, or a parameter ``quantile`` where there is no such choice
    (QuantileRegressor).
    """
    return bool(quantile_levels(regressor)) or any(
        _is_quantile_loss(parameters_of(held)) for held in walk_inwards(regressor)
    )


def levels_in_call(predict_params):
    """Return the quantile levels that a call of ``predict`` asks for, or None.

    Parameters
    ----------
    predict_params : dict
        Parameters of ``predict``. The levels are in ``quantiles`` (quantile-forest).
    """
    return _as_levels(predict_params.get("quantiles")) or None


def _own_levels(regressor):
    parameters = parameters_of(regressor)
    for loss in _choices(parameters):
        multiple = re.fullmatch(r"MultiQuantile:.*?\balpha=([^;:]*).*", str(loss))
        if multiple:
            return _as_levels(multiple[1].split(","))
    for name in _LEVELS:
        if name in parameters:
            is_idle = name == "quantile_alpha" and not _is_quantile_loss(parameters)
            return () if is_idle else _as_levels(parameters[name])
    # Regressors of other libraries may have no parameters; mocks make up attributes.
    return _as_levels(inspect.getattr_static(regressor, "quantiles", None)) or None


def _as_levels(levels):
    """Return levels as floats; an empty tuple for what is not a sequence of numbers."""
    try:
        numbers = np.asarray(levels, dtype=np.float64)
    except (TypeError, ValueError):
        return ()
    return tuple(numbers.tolist()) if numbers.ndim == 1 else ()


def _choices(parameters):
    return [parameters[name] for name in _CHOICES if name in parameters]


def _is_quantile_loss(parameters):
    choices = _choices(parameters)
    if choices:
        return any("quantile" in str(choice).lower() for choice in choices)
    return any(parameters.get(name) is not None for name in ("quantile", *_LEVELS))


def _inverse_falls(regressor):
    """Tell if a transformation of the target turns large into small.

    Those that learn this in `fit` are taken to rise before it.
    """
    if not isinstance(regressor, TransformedTargetRegressor):
        return False
    transformer = vars(regressor).get("transformer_") or regressor.transformer
    if transformer is not None:
        inverse = transformer.inverse_transform
    else:
        inverse = regressor.inverse_func or np.asarray
    # Within the unit interval, where about every inverse is defined.
    points = np.array([[0.25], [0.75]])
    with np.errstate(all="ignore"):
        try:
            low, high = np.ravel(inverse(points))[[0, -1]]
        except NotFittedError:
            return False
    return bool(high < low)
