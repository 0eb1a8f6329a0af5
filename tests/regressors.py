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
