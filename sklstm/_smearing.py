"""SmearingTargetRegressor: means on the scale of the target, after a transformation."""

from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor


class SmearingTargetRegressor(TransformedTargetRegressor):
    r"""Regress on a transformed target and predict means in the target's own unit.

    A regressor of ``log(y)`` predicts the mean of ``log(y)``. The exponential of it is
    near the median of y and below its mean: the retransformation bias. Duan's smearing
    estimator [1]_ takes the mean over the residuals of the training rows instead:

    .. math:: \hat y(x) = \frac1n \sum_{i=1}^n h\left(f(x) + e_i\right),
              \quad e_i = h^{-1}(y_i) - f(x_i)

    where :math:`f` is the regressor and :math:`h` the inverse of the transformation. It
    assumes no distribution; it does assume that the residuals are spread alike for
    every x.

    Parameters
    ----------
    regressor : object, default=None
        Regressor of the transformed target. None is
        :class:`~sklearn.linear_model.LinearRegression`.
    transformer : object, default=None
        Transformer of the target, with ``inverse_transform``. Not together with `func`.
    func, inverse_func : callable, default=None
        The transformation and its inverse, such as ``numpy.log1p`` and
        ``numpy.expm1``.
    check_inverse : bool, default=True
        Whether to check at `fit` that they are each other's inverse.

    Attributes
    ----------
    regressor_ : object
        The fitted regressor.
    transformer_ : object
        Transforms the target; its ``inverse_transform`` takes the mean over the
        residuals.
    residuals_ : ndarray of shape (n_samples, n_outputs)
        Of the training rows, on the transformed scale.
    n_features_in_ : int
        Number of features seen at `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where the regressor knows them.

    See Also
    --------
    sklearn.compose.TransformedTargetRegressor : Without smearing; right for quantiles.
    sklstm.PositiveOrderedRegressor : Put it around this one: bounds in the unit of y.

    Notes
    -----
    The residuals are those of the training rows. A regressor that overfits has small
    ones, and then the correction is too small. `predict` takes time in proportion to
    the training rows.

    Smearing is for means. A monotone transformation carries quantiles over as they are,
    so that predicted quantiles (several outputs for a 1-D y) are refused at `fit`.

    References
    ----------
    .. [1] Duan, N. (1983). Smearing estimate: a nonparametric retransformation method.
       Journal of the American Statistical Association, 78(383), 605-610.
       :doi:`10.1080/01621459.1983.10478017`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklstm.preprocessing import SmearingTargetRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.uniform(size=(1000, 1))
    >>> y = np.exp(X[:, 0] + rng.normal(size=1000))
    >>> log = {"func": np.log, "inverse_func": np.exp}
    >>> plain = TransformedTargetRegressor(**log).fit(X, y)
    >>> smeared = SmearingTargetRegressor(**log).fit(X, y)
    >>> for mean in (y.mean(), plain.predict(X).mean(), smeared.predict(X).mean()):
    ...     print(f"{mean:.2f}")
    2.84
    1.72
    2.86
    """

    def fit(self, X, y, **fit_params):
        """Fit the regressor on the transformed target, and keep its residuals.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target.
        **fit_params : dict
            Passed to the ``fit`` of the regressor; ``sample_weight`` weighs the
            residuals, too.

        Returns
        -------
        self : SmearingTargetRegressor
            The fitted estimator.
        """
        super().fit(X, y, **fit_params)
        y = np.asarray(y)
        columns = y.reshape(len(y), -1)
        fitted = np.asarray(self.regressor_.predict(X)).reshape(len(y), -1)
        if fitted.shape != columns.shape:
            raise ValueError(
                f"{type(self).__name__}: {type(self.regressor_).__name__} predicts "
                f"{fitted.shape[1]} outputs for a target of {columns.shape[1]}. "
                "Smearing estimates a mean; quantiles need none: use "
                "TransformedTargetRegressor for them."
            )
        transformed = np.asarray(self.transformer_.transform(columns))
        self.residuals_ = transformed.reshape(fitted.shape) - fitted
        self.transformer_: Any = _Smearing(
            self.transformer_, self.residuals_, fit_params.get("sample_weight")
        )
        return self


class _Smearing:
    """A fitted transformer whose inverse is the mean over residuals.

    So that ``predict``, with all its routing, stays scikit-learn's.
    """

    _BLOCK = 2**20  # values that are transformed back at once, to bound memory

    def __init__(self, transformer, residuals, weights):
        self.transformer = transformer
        self.residuals = residuals
        self.weights = weights

    def transform(self, y):
        return self.transformer.transform(y)

    def inverse_transform(self, predictions):
        n_rows = max(1, self._BLOCK // self.residuals.size)
        means = [
            self._mean_of_inverse(predictions[start : start + n_rows])
            for start in range(0, len(predictions), n_rows)
        ]
        return np.concatenate(means)

    def _mean_of_inverse(self, predictions):
        # (n_rows, n_residuals, n_outputs), as rows of one table for the transformer
        spread = predictions[:, np.newaxis] + self.residuals
        table = spread.reshape(-1, spread.shape[2])
        values = np.asarray(self.transformer.inverse_transform(table))
        return np.average(values.reshape(spread.shape), axis=1, weights=self.weights)
