"""`MultiQuantileRegressor`: several quantiles of any regressor that predicts one."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklstm._quantiles.base import QuantilesOfARegressor, as_predicted
from sklstm._quantiles.level_parameter import find_level_parameter
from sklstm._recurrent.validation import check_quantiles
from sklstm._utils.numeric import unmasked
from sklstm._utils.predictions import predictions_by_row
from sklstm._utils.sklearn_private import (
    HasMethods,
    _fit_context,
    _num_samples,
    route_params,
)
from sklstm._utils.unwrap import refuse_class
from sklstm._utils.validation import check_lengths, refuse_masks

__all__ = ["MultiQuantileRegressor"]


class MultiQuantileRegressor(QuantilesOfARegressor):
    """Predict several quantiles with one clone of a regressor for each level.

    Any regressor of a single quantile will do: it is cloned, given its level, and
    fitted. The quantiles of separate models may cross, or leave the range of the
    target. With :class:`~sklstm.PositiveOrderedRegressor` around this estimator, they
    do neither.

    Parameters
    ----------
    regressor : object
        A regressor that predicts one quantile, such as
        ``HistGradientBoostingRegressor(loss="quantile")``, ``QuantileRegressor()``,
        ``LGBMRegressor(objective="quantile")``, or a Pipeline or search around one.
    quantiles : array-like of float, default=(0.1, 0.5, 0.9)
        Levels in (0, 1), increasing.
    quantile_param : str, default=None
        The parameter of `regressor` that holds its level, named as for ``set_params``.
        None finds it: ``quantile``, ``quantile_alpha``, ``alpha`` together with a loss
        of quantiles, ``quantiles``, ``default_quantiles``, or the ``loss_function`` of
        CatBoost, of the regressor itself or of the one inside it.
    n_jobs : int, default=None
        How many clones are fitted at the same time, as in joblib. None is 1, unless in
        a :class:`joblib.parallel_config` context. -1 uses all processors.

    Attributes
    ----------
    regressors_ : list of object
        The fitted clones, one for each level.
    quantiles_ : tuple of float
        The levels.
    quantile_param_ : str
        The parameter that holds the level.
    n_features_in_ : int
        Number of features seen in ``fit``, where the regressor tells it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in ``fit``, where the regressor tells them.

    See Also
    --------
    sklstm.PositiveOrderedRegressor : Quantiles that do not cross, within bounds.
    sklstm.LSTMRegressor : Predicts several quantiles with one network.

    Notes
    -----
    A search inside scores each of its candidates by its own `scoring`, by default R2,
    which is not a score of quantiles. Put the search around this estimator instead: its
    ``score`` is the D2 pinball score.

    Inside a TransformedTargetRegressor whose function falls, the level q becomes 1 - q,
    and is set accordingly.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import QuantileRegressor
    >>> from sklstm import MultiQuantileRegressor, PositiveOrderedRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 1))
    >>> rain = np.maximum(X[:, 0] + rng.normal(size=200), 0)
    >>> fan = MultiQuantileRegressor(QuantileRegressor(alpha=0.0))
    >>> fan.fit(X, rain).predict([[-2.0], [1.0]]).round(1)
    array([[ 0. , -0.2,  0.2],
           [ 0. ,  0.5,  2. ]])
    >>> model = PositiveOrderedRegressor(fan).fit(X, rain)
    >>> model.predict([[-2.0], [1.0]]).round(1)
    array([[0. , 0. , 0.2],
           [0. , 0.5, 2. ]])
    """

    _parameter_constraints: dict = {
        "regressor": [HasMethods(["fit", "get_params", "set_params"])],
        "quantiles": ["array-like"],
        "quantile_param": [str, None],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        regressor: Any,
        quantiles: Sequence[float] = (0.1, 0.5, 0.9),
        *,
        quantile_param: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.regressor = regressor
        self.quantiles = quantiles
        self.quantile_param = quantile_param
        self.n_jobs = n_jobs

    @_fit_context(
        # The wrapped regressor has parameters of its own.
        prefer_skip_nested_validation=False
    )
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit a clone of the regressor for each level.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,)
            Target, finite.
        **fit_params : dict
            Passed to the ``fit`` of each clone (``sample_weight``); with metadata
            routing enabled, if the regressor requests them.

        Returns
        -------
        self : MultiQuantileRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If the regressor has no parameter for the level, or one that does not act.
        """
        refuse_class(self.regressor, owner=self._name)
        levels = check_quantiles(self.quantiles, self._name)
        parameter = find_level_parameter(
            self.regressor, self.quantile_param, owner=self._name
        )
        y = self._check_target(y)
        check_lengths(self._name, X, y)
        refuse_masks(fit_params, self._name)
        params, X = route_params(self, "fit", fit_params, to="regressor"), unmasked(X)
        clones = [parameter.set_level(self.regressor, level) for level in levels]
        self.regressors_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit)(regressor, X, y, params) for regressor in clones
        )
        self.quantile_param_ = parameter.path
        self.quantiles_ = levels
        return self

    def predict(self, X: ArrayLike, **predict_params: Any) -> np.ndarray:
        """Predict the quantiles.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        **predict_params : dict
            Passed to the ``predict`` of each clone; with metadata routing enabled, if
            the regressor requests them.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_quantiles)
            The quantiles in the order of `quantiles`, as the clones predict them. A
            single quantile is 1-D.

        Raises
        ------
        ValueError
            If a clone does not predict one finite number for each sample.
        """
        check_is_fitted(self)
        refuse_masks(predict_params, self._name)
        params = route_params(self, "predict", predict_params, to="regressor")
        X = unmasked(X)
        n_samples = _num_samples(X)
        columns = []
        for regressor in self.regressors_:
            source = type(regressor).__name__
            raw = regressor.predict(X, **params)
            column = predictions_by_row(raw, n_samples, source, self._name)
            if column.shape[1] != 1:
                raise ValueError(
                    f"{self._name}: {source} must predict one quantile for each of the "
                    f"{n_samples} samples; it predicted an array of shape "
                    f"{column.shape}."
                )
            columns.append(column)
        return as_predicted(np.column_stack(columns))


def _fit(regressor, X, y, params):
    return regressor.fit(X, y, **params)
