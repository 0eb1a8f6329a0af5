"""How a regressor of a single quantile is given its level."""

import re
from dataclasses import dataclass

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklstm._utils.quantile_levels import inverse_falls, is_quantile_loss, loss_of
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import parameters_of, walk_parameters

# In this order: the `alpha` of QuantileRegressor is a penalty.
_NAMES = ("quantile", "quantile_alpha", "alpha", "quantiles", "default_quantiles")

# These take a list of levels and act whatever the loss is, as in LSTMRegressor.
_LISTS = ("quantiles", "default_quantiles")

# By objective, what LightGBM and XGBoost do not list among their parameters.
_UNLISTED = {"quantile": "alpha", "reg:quantileerror": "quantile_alpha"}

# Parameters in which estimators hold the one that they fit.
_HOLDERS = ("regressor", "estimator", "final_estimator")


@dataclass(frozen=True)
class LevelParameter:
    """The parameter that holds the level.

    Attributes
    ----------
    path : str
        Its name for ``set_params``.
    text : str or None
        The loss of CatBoost, of which the level is a part.
    is_turned : bool
        Whether a transformation of the target turns the level q into 1 - q.
    """

    path: str
    text: str | None = None
    is_turned: bool = False

    def set_level(self, regressor, level):
        """Return a clone of the regressor with this level."""
        level = round(1 - level, 12) if self.is_turned else level
        name = self.path.split("__")[-1]
        value = (level,) if name == "quantiles" else level
        if self.text is not None:
            loss, _, options = self.text.partition(":")
            parts = [part for part in options.split(";") if part.strip()]
            kept = [part for part in parts if not part.strip().startswith("alpha=")]
            value = f"{loss}:{';'.join([f'alpha={level}', *kept])}"
        return clone(regressor).set_params(**{self.path: value})


def find_level_parameter(regressor, path, *, owner):
    """Return the parameter that holds the level of a regressor, or raise.

    Parameters
    ----------
    regressor : object
        Not fitted. Its own parameters are looked at first, then those of the regressor
        in a Pipeline, a search, or another estimator around one.
    path : str or None
        The parameter, if the user has named it.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    LevelParameter
    """
    is_turned, idle = False, ""
    for prefix, held in _walk(regressor, owner):
        parameters = parameters_of(held)
        names = [name for name in _names_in(held) if path in (None, prefix + name)]
        for name in names:
            if name in ("loss_function", "objective"):
                return LevelParameter(prefix + name, parameters[name], is_turned)
            if _acts(name, parameters):
                return LevelParameter(prefix + name, is_turned=is_turned)
            if name != "alpha":
                idle = _describe_idle(prefix + name, held)
        is_turned ^= inverse_falls(held)
    if path is not None and not idle:
        _check_is_parameter(path, regressor, owner)
        return LevelParameter(path, is_turned=is_turned)
    raise ValueError(
        f"{owner}: no parameter for the quantile level was found in "
        f"{type(regressor).__name__}{idle or _LOOKED_FOR}."
    )


_LOOKED_FOR = (
    " or in what it holds: looked for 'quantile', 'quantile_alpha', 'quantiles', "
    "'default_quantiles', for 'alpha' with a loss of quantiles, and for a loss such as "
    "'Quantile:alpha=0.5'. Name it by `quantile_param`"
)


def _check_is_parameter(path, regressor, owner):
    try:  # some regressors take parameters that they do not list
        clone(regressor).set_params(**{path: 0.5})
    except ValueError as error:
        raise ValueError(
            f"{owner}: `quantile_param`={shortened(path)} is not a parameter of "
            f"{type(regressor).__name__}."
        ) from error


def _walk(regressor, owner):
    """Yield the prefix of the parameters of each estimator along the way in."""
    for _ in walk_parameters(regressor, owner=owner):
        pass  # raises if one contains itself
    prefix = ""
    while regressor is not None:
        yield prefix, regressor
        if isinstance(regressor, Pipeline):
            name, regressor = regressor.steps[-1]
        else:
            held = parameters_of(regressor)
            name = next((name for name in _HOLDERS if held.get(name) is not None), "")
            regressor = held.get(name)
        prefix += f"{name}__"


def _names_in(regressor):
    """Return the parameters of a regressor that may hold a level."""
    parameters = parameters_of(regressor)
    texts = [
        name
        for name in ("loss_function", "objective")
        if re.match(r"Quantile(:|$)", str(parameters.get(name)))
    ]
    names = [name for name in _NAMES if name in parameters]
    unlisted = _UNLISTED.get(str(parameters.get("objective")))
    return [*texts, *names] or [*filter(None, [unlisted])]


def _acts(name, parameters):
    if name in _LISTS:
        return True
    if name == "alpha":
        return loss_of(parameters) is not None and is_quantile_loss(parameters)
    return loss_of(parameters) is None or is_quantile_loss(parameters)


def _describe_idle(path, regressor):
    name, loss = loss_of(parameters_of(regressor))
    return (
        f": {path!r} acts only with a loss of quantiles, but {name}={shortened(loss)}. "
        f"Give {type(regressor).__name__} the one that it has for quantiles, such as "
        "'quantile'"
    )
