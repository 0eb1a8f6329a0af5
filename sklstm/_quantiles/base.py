"""What the estimators of several quantiles share."""

from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import column_or_1d

from sklstm._utils.numeric import as_numbers
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.sklearn_private import (
    RegressorBlockMixin,
    ShortMessagesMixin,
    tags_of,
)
from sklstm._utils.validation import as_weights, errors_of


class QuantilesOfARegressor(
    RegressorBlockMixin,
    ShortMessagesMixin,
    VersionedStateMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    BaseEstimator,
):
    """Base of estimators around a regressor that predict several quantiles of one y.

    A subclass has the parameter `regressor`, and sets ``regressors_`` and
    ``quantiles_`` in ``fit``.
    """

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **predict_params: Any,
    ) -> float:
        """Return the mean D2 pinball score of the quantiles.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.
        **predict_params : dict
            As for ``predict``.

        Returns
        -------
        score : float
            At most 1; 0 is the score of the constant predictions of the empirical
            quantiles.
        """
        from sklstm.metrics import d2_pinball_score

        predictions = self.predict(X, **predict_params)
        return d2_pinball_score(
            as_numbers(y, "y", self._name),
            predictions,
            quantiles=self.quantiles_,
            sample_weight=as_weights(sample_weight, self._name),
        )

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to which method of the regressor.

        Returns
        -------
        routing : MetadataRouter
            The requests of the regressor, and this estimator's own.
        """
        mapping = MethodMapping()
        for caller, callee in (("fit",) * 2, ("predict",) * 2, ("score", "predict")):
            mapping.add(caller=caller, callee=callee)
        return (
            MetadataRouter(owner=self._name)
            .add_self_request(self)
            .add(regressor=self.regressor, method_mapping=mapping)
        )

    @property
    def n_features_in_(self) -> int:
        """Number of features seen in ``fit``."""
        return self._first_regressor().n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the features seen in ``fit``."""
        return self._first_regressor().feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = tags_of(self._current_regressor())
        tags.input_tags = deepcopy(inner.input_tags)
        tags.target_tags = deepcopy(inner.target_tags)
        tags.target_tags.required = True
        tags.target_tags.multi_output = False
        tags.target_tags.single_output = True
        tags.non_deterministic = inner.non_deterministic
        tags.regressor_tags.poor_score = True
        return tags

    @property
    def _name(self):
        return type(self).__name__

    def _current_regressor(self):
        return self.regressor

    def _first_regressor(self):
        if "regressors_" not in vars(self):
            raise AttributeError(f"This {self._name} is not fitted yet.")
        return self.regressors_[0]

    def _check_target(self, y):
        """Return y as one column of numbers."""
        if y is None:
            raise ValueError(
                f"{self._name} requires y to be passed, but the target y is None."
            )
        y = as_numbers(y, "y", self._name)
        with errors_of(self._name):
            return column_or_1d(y, warn=True)


def as_predicted(quantiles):
    """Return quantiles of shape (n_samples, n_quantiles) as ``predict`` returns them.

    A single quantile is 1-D, like y, as scikit-learn expects from a regressor.
    """
    return quantiles[:, 0] if quantiles.shape[1] == 1 else quantiles
