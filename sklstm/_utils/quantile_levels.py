"""Which quantiles a regressor predicts, as far as its parameters tell."""

import numpy as np
from sklearn.pipeline import Pipeline

# Where regressors of scikit-learn, XGBoost, LightGBM and CatBoost name their loss.
_LOSSES = ("loss", "objective", "loss_function")

# Where regressors that hold another one keep it: fitted, if it is, else as given.
_INNER = (
    "best_estimator_",
    "regressor_",
    "final_estimator_",
    "estimator",
    "regressor",
    "final_estimator",
)


def quantile_levels(regressor):
    """Return the quantile levels that a regressor predicts for a one-dimensional y.

    They are its parameter ``quantiles`` (LSTMRegressor) or ``quantile_alpha``
    (XGBoost), or that of the regressor inside a Pipeline, a search, or another wrapper.

    Returns
    -------
    tuple of float or None
        Empty for a regressor that has such a parameter, and it names no levels. None
        for one that has no such parameter, and may predict any number of columns.
    """
    parameters = _parameters(regressor)
    for name in ("quantiles", "quantile_alpha"):
        if name in parameters:
            levels = parameters[name]
            return () if levels is None or np.ndim(levels) != 1 else tuple(levels)
    inner = _inner_regressor(regressor)
    return None if inner is None else quantile_levels(inner)


def predicts_quantiles(regressor):
    """Tell if a regressor is known to predict quantiles, be it a single one.

    Its levels tell (see `quantile_levels`), or a loss with "quantile" in its name, or a
    parameter ``quantile`` where there is no loss to choose (QuantileRegressor).
    """
    if quantile_levels(regressor):
        return True
    parameters = _parameters(regressor)
    losses = [parameters[name] for name in _LOSSES if name in parameters]
    if any("quantile" in str(loss).lower() for loss in losses):
        return True
    if "quantile" in parameters and not losses:
        return True
    inner = _inner_regressor(regressor)
    return inner is not None and predicts_quantiles(inner)


def _parameters(regressor):
    """Return parameters, of which XGBoost tells in no other way."""
    if isinstance(regressor, type) or not hasattr(regressor, "get_params"):
        return {}
    return regressor.get_params(deep=False)


def _inner_regressor(regressor):
    if isinstance(regressor, Pipeline):
        return regressor[-1]
    for name in _INNER:
        if getattr(regressor, name, None) is not None:
            return getattr(regressor, name)
    return None
