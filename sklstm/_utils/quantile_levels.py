"""Quantile levels of a regressor, read from its parameters."""

import inspect
import re

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from sklstm._utils.numeric import as_declared
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import parameters_of, walk_inwards

# Parameters that determine what is predicted: the loss of scikit-learn, XGBoost,
# LightGBM and CatBoost, and the strategy of DummyRegressor.
_CHOICES = ("loss", "objective", "loss_function", "strategy")

# Parameters with several quantile levels, of LSTMRegressor, XGBoost and
# quantile-forest.
_LEVELS = ("quantiles", "quantile_alpha", "default_quantiles")


def quantile_levels(regressor):
    """Return the quantile levels that a regressor predicts for a one-dimensional y.

    They are read from the parameter ``quantiles`` (LSTMRegressor), ``quantile_alpha``
    (XGBoost), ``default_quantiles`` (quantile-forest) or ``loss_function`` (CatBoost),
    or from an attribute ``quantiles``, also of a regressor inside a Pipeline, a search
    or another wrapper. Inside a TransformedTargetRegressor with a decreasing inverse,
    the level q becomes 1 - q.

    Returns
    -------
    tuple of float or None
        Empty if the regressor has such a parameter, but it is not set to several
        levels. None if it has no such parameter; it may then predict any number of
        columns.
    """
    around, unset, is_frozen = [], None, False
    for held in walk_inwards(regressor):
        is_frozen |= isinstance(held, FrozenEstimator)
        levels = _fitted_levels(held) if is_frozen else None
        levels = _own_levels(held) if levels is None else levels
        if not levels:  # those of the regressor inside may count
            around.append(held)
            unset = unset if levels is None else levels
            continue
        n_falling = sum(map(inverse_falls, around)) if len(levels) > 1 else 0
        return tuple(round(1 - q, 12) for q in levels) if n_falling % 2 else levels
    return unset


def predicts_quantiles(regressor):
    """Return whether a regressor is known to predict one or several quantiles.

    It is if it has levels (see `quantile_levels`), a loss or strategy with "quantile"
    in its name, or a parameter ``quantile`` but no loss or strategy
    (QuantileRegressor).
    """
    return bool(quantile_levels(regressor)) or any(
        is_quantile_loss(parameters_of(held)) for held in walk_inwards(regressor)
    )


def levels_in_call(predict_params):
    """Return the quantile levels requested by a call of ``predict``, or None.

    Parameters
    ----------
    predict_params : dict
        Parameters of ``predict``. The levels are in ``quantiles`` (quantile-forest).
    """
    return _as_levels(predict_params.get("quantiles")) or None


def _fitted_levels(regressor):
    """Return the levels that a regressor was fitted with, or None if it does not say.

    Its parameters may have been set since, for a fit that a frozen one will not have.
    """
    # Mocks have any attribute.
    if inspect.getattr_static(regressor, "quantiles_", None) is None:
        return None
    return _as_levels(getattr(regressor, "quantiles_", None))


def _own_levels(regressor):
    parameters = parameters_of(regressor)
    loss = str((loss_of(parameters) or ("", ""))[1])
    multiple = re.fullmatch(r"MultiQuantile:.*?\balpha=([^;:]*).*", loss)
    if multiple:
        return _as_levels(multiple[1].split(","))
    for name in _LEVELS:
        if name in parameters:
            is_idle = name == "quantile_alpha" and not is_quantile_loss(parameters)
            return () if is_idle else _as_levels(parameters[name])
    # Regressors of other libraries may have no parameters; mocks have any attribute.
    return _as_levels(inspect.getattr_static(regressor, "quantiles", None)) or None


def _as_levels(levels):
    """Return levels as floats; an empty tuple if they are not a sequence of numbers."""
    try:
        numbers = np.asarray(levels, dtype=np.float64)
    except (TypeError, ValueError):
        return ()
    return tuple(numbers.tolist()) if numbers.ndim == 1 else ()


def loss_of(parameters):
    """Return the name and value of the parameter that chooses what is predicted.

    One that chooses quantiles goes before others: CatBoost may have two. None if there
    is no such parameter.
    """
    choices = [(name, parameters[name]) for name in _CHOICES if name in parameters]
    return max(choices, key=_is_of_quantiles, default=None)


def _is_of_quantiles(choice):
    return "quantile" in str(choice[1]).lower()


def is_quantile_loss(parameters):
    """Tell if parameters choose a loss of quantiles; without a choice, hold a level."""
    choice = loss_of(parameters)
    if choice is not None:
        return _is_of_quantiles(choice)
    return any(parameters.get(name) is not None for name in ("quantile", *_LEVELS))


def inverse_falls(regressor):
    """Return whether the inverse transformation of the target is decreasing.

    Transformers that must be fitted first are assumed to be increasing.
    """
    if not isinstance(regressor, TransformedTargetRegressor):
        return False
    transformer = vars(regressor).get("transformer_") or regressor.transformer
    if transformer is not None:
        inverse = transformer.inverse_transform
    else:
        inverse = regressor.inverse_func or np.asarray
    # Nearly every inverse is defined within the unit interval.
    points = np.array([[0.25], [0.75]])
    with np.errstate(all="ignore"):
        try:
            low, high = np.ravel(inverse(points))[[0, -1]]
        except NotFittedError:
            return False
    return bool(high < low)


def check_levels(quantiles, owner):
    """Return the levels of predictions as a tuple of floats between 0 and 1."""
    try:
        levels = as_declared(quantiles, "quantiles", owner)
    except TypeError:
        levels = np.empty(0)
    if levels.ndim != 1 or not levels.size or not np.all((levels >= 0) & (levels <= 1)):
        raise ValueError(
            f"{owner}: `quantiles` must be a list of levels between 0 and 1, such as "
            f"[0.1, 0.5, 0.9]; got {shortened(quantiles)}."
        )
    return tuple(levels.tolist())
