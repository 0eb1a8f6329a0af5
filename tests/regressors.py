"""Regressors made for tests."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import QuantileRegressor

LEVELS = (0.1, 0.5, 0.9)
LOG = {"func": np.log, "inverse_func": np.exp}  # a transform of the target


class Echo(RegressorMixin, BaseEstimator):
    """Predict whatever `answer` makes of X: by default X itself, as an array."""

    def __init__(self, answer=np.asarray, quantiles=None):
        self.answer = answer
        self.quantiles = quantiles

    def fit(self, X, y, sample_weight=None):
        self.y_ = y
        self.sample_weight_ = sample_weight
        return self

    def partial_fit(self, X, y, sample_weight=None):
        self.calls_ = getattr(self, "calls_", 0) + 1
        return self.fit(X, y, sample_weight)

    def predict(self, X):
        return self.answer(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags


class Random(Echo):
    """A regressor whose tags say that it does not repeat itself."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


class Foreign:
    """A regressor that knows nothing of scikit-learn."""

    def fit(self, X, y):
        self.mean = np.mean(y, axis=0)
        return self

    def predict(self, X):
        return np.broadcast_to(self.mean, (len(X), *np.shape(self.mean)))


class QuantileFan(RegressorMixin, BaseEstimator):
    """One regressor, by default linear, for each level: 2-D predictions of a 1-D y."""

    def __init__(self, regressor=None, quantiles=LEVELS):
        self.regressor = regressor
        self.quantiles = quantiles

    def fit(self, X, y):
        regressor = self.regressor or QuantileRegressor(alpha=0.0)
        self.models_ = [
            clone(regressor).set_params(quantile=level).fit(X, y)
            for level in self.quantiles
        ]
        return self

    def predict(self, X):
        return np.column_stack([model.predict(X) for model in self.models_])


class Untrainable(Echo):
    """A regressor whose training must not be reached."""

    def fit(self, X, y, sample_weight=None):
        raise AssertionError("the regressor was trained")


class _StandIn(RegressorMixin, BaseEstimator):
    """A regressor of another library: constant quantiles at the levels it reads."""

    def fit(self, X, y):
        self.y_ = np.asarray(y)
        return self

    def _predict(self, X, levels):
        quantiles = np.quantile(self.y_, levels)
        shape = (len(X), *np.shape(quantiles))
        return np.broadcast_to(quantiles, shape) + 0.0 * np.sum(X)


class CatBoostLike(_StandIn):
    """CatBoost's names: the levels are part of the text of the loss."""

    def __init__(self, loss_function="RMSE", objective=None):
        self.loss_function = loss_function
        self.objective = objective

    def predict(self, X):
        loss = self.objective or self.loss_function
        levels = loss.split("alpha=")[1].split(";")[0] if "alpha=" in loss else "0.5"
        numbers = [float(level) for level in levels.split(",")]
        return self._predict(X, numbers if "Multi" in loss else numbers[0])


class QuantileForestLike(_StandIn):
    """The names of quantile-forest: default levels, and others in each call."""

    def __init__(self, default_quantiles=None):
        self.default_quantiles = default_quantiles

    def predict(self, X, quantiles=None):
        levels = self.default_quantiles if quantiles is None else quantiles
        return self._predict(X, 0.5 if levels in (None, "mean") else levels)


class XGBoostLike(_StandIn):
    """XGBoost's names: levels that act only with the loss of quantiles."""

    def __init__(self, objective="reg:squarederror", quantile_alpha=None):
        self.objective = objective
        self.quantile_alpha = quantile_alpha

    def predict(self, X):
        is_quantile = self.objective == "reg:quantileerror"
        return self._predict(X, self.quantile_alpha if is_quantile else 0.5)


class ForeignQuantiles(Foreign):
    """Quantiles of a regressor that says its levels nowhere."""

    def __init__(self, levels=LEVELS):
        self._levels = levels

    def fit(self, X, y):
        self._values = np.quantile(y, self._levels)
        return self

    def predict(self, X):
        return np.tile(self._values, (len(X), 1))


class LightGBMLike(_StandIn):
    """LightGBM's names: a level that it lists only once it is set."""

    def __init__(self, objective=None, **others):
        self.objective = objective
        self.others = others

    def get_params(self, deep=True):
        return {"objective": self.objective, **self.others}

    def set_params(self, **params):
        self.objective = params.pop("objective", self.objective)
        self.others = {**self.others, **params}
        return self

    def __sklearn_clone__(self):
        return type(self)(**self.get_params())

    def predict(self, X):
        return self._predict(X, self.others.get("alpha", 0.9))
