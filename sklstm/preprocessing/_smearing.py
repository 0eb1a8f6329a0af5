"""SmearingTargetRegressor: unbiased means for a transformed target."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.compose import TransformedTargetRegressor
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.numeric import as_numbers, as_table, unmasked
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.predictions import predictions_by_row
from sklstm._utils.quantile_levels import predicts_quantiles
from sklstm._utils.sklearn_private import (
    ShortMessagesMixin,
    _num_samples,
    is_fitted_flat,
    route_params,
    sample_weights_in,
)
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import name_of, refuse_class, walk_parameters
from sklstm._utils.validation import as_weights, check_sample_weight, refuse_masks


class SmearingTargetRegressor(
    ShortMessagesMixin, VersionedStateMixin, TransformedTargetRegressor
):
    r"""Regress on a transformed target, and predict means in the unit of the target.

    A regressor of ``log(y)`` predicts the mean of ``log(y)``. Its exponential is close
    to the median of y and lower than the mean, which is called retransformation bias.
    Duan's smearing estimator [1]_ averages over the residuals of the training rows
    instead:

    .. math:: \hat y(x) = \frac1n \sum_{i=1}^n h\left(f(x) + e_i\right),
              \quad e_i = h^{-1}(y_i) - f(x_i)

    where :math:`f` is the regressor and :math:`h` the inverse of the transformation. It
    does not assume a particular distribution, but it assumes that the residuals have
    the same distribution for every x.

    Parameters
    ----------
    regressor : object, default=None
        Regressor of the transformed target. None uses
        :class:`~sklearn.linear_model.LinearRegression`.
    transformer : object, default=None
        Transformer of the target with ``inverse_transform``. Cannot be combined with
        `func`.
    func, inverse_func : callable, default=None
        The transformation and its inverse, such as :func:`numpy.log1p` and
        :func:`numpy.expm1`.
    check_inverse : bool, default=True
        Whether to check in `fit` that the transformation and its inverse agree.

    Attributes
    ----------
    regressor_ : object
        The fitted regressor.
    transformer_ : object
        The fitted transformer of the target, but with an ``inverse_transform`` that
        averages over the residuals.
    residuals_ : ndarray of shape (n_samples, n_outputs)
        Residuals of the training rows on the transformed scale.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`. Defined only if the regressor has them.

    See Also
    --------
    sklearn.compose.TransformedTargetRegressor : The same without smearing, as needed
        for quantiles.
    sklstm.PositiveOrderedRegressor : Constraints in the unit of y, to be wrapped around
        this regressor.

    Notes
    -----
    The residuals of the training rows are too small if the regressor overfits, and so
    is the correction. The time of `predict` is proportional to the number of training
    rows. A prediction plus a residual may be outside the range of the training targets.
    If the transformation cannot be inverted there, which is common for
    PowerTransformer, an error is raised, since a mean without these rows would be
    wrong.

    Smearing is for means. Quantiles need no correction, since a monotone transformation
    maps quantiles to quantiles. `fit` therefore refuses regressors with parameters of
    quantile regression, and regressors that predict several outputs for a 1-D y.

    References
    ----------
    .. [1] Duan, N. (1983). "Smearing estimate: a nonparametric retransformation
       method". Journal of the American Statistical Association 78(383).
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

    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit the regressor on the transformed target, and store its residuals.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, in any format that the regressor accepts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values.
        **fit_params : dict
            Parameters for the ``fit`` method of the regressor. ``sample_weight`` (or
            ``ridge__sample_weight`` for a step of a Pipeline) weights the residuals as
            well.

        Returns
        -------
        self : SmearingTargetRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If the regressor predicts quantiles, or if the transformation cannot be
            inverted for a prediction plus a residual.
        """
        owner = type(self).__name__
        refuse_class(self.regressor, owner=owner)
        for _ in walk_parameters(self, owner=owner):
            pass  # what contains itself raises
        if predicts_quantiles(self.regressor):  # before a long training
            self._refuse_quantiles(self.regressor, "quantiles")
        refuse_masks(fit_params, owner)
        X = unmasked(X)
        if y is not None:
            # Functions of small integers would be of low precision: exp makes float16.
            y = as_numbers(y, "y", owner)
            as_table(y, "y", owner)  # raises if y has another shape
            self._check_transforms(y)
        fitted_on_columns = self._fit_on_columns(X, y, fit_params)
        regressor = fitted_on_columns["regressor_"]
        transformer = fitted_on_columns["transformer_"]
        transformed = np.asarray(transformer.transform(y.reshape(len(y), -1)))
        # A transformer may return one column as a flat array.
        transformed = transformed.reshape(len(y), -1)
        if predicts_quantiles(regressor):  # a search may have selected one
            self._refuse_quantiles(regressor, "quantiles")
        fitted = self._predicted(regressor, X, {}, transformed.shape[1])
        residuals = transformed - fitted
        weight = self._residual_weight(fit_params, residuals)
        smearing = _Smearing(transformer, residuals, weight, owner=owner)
        smearing.check_reach(fitted)
        # All at once, so that a fit that fails or is interrupted changes nothing.
        self.__dict__.pop("feature_names_in_", None)
        self.__dict__.update(
            fitted_on_columns, residuals_=residuals, transformer_=smearing
        )
        return self

    def predict(self, X: ArrayLike, **predict_params: Any) -> np.ndarray:
        """Predict means in the unit of the target.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, in any format that the regressor accepts.
        **predict_params : dict
            Parameters for the ``predict`` method of the regressor.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.

        Raises
        ------
        ValueError
            If the transformation cannot be inverted for a prediction plus a residual.
        """
        check_is_fitted(self)
        refuse_masks(predict_params, type(self).__name__)
        params = route_params(self, "predict", predict_params, to="regressor")
        n_targets = self.residuals_.shape[1]
        predicted = self._predicted(self.regressor_, unmasked(X), params, n_targets)
        means = self.transformer_.inverse_transform(predicted)
        is_flat = is_fitted_flat(self) and means.shape[1] == 1
        return means[:, 0] if is_flat else means

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the R2 score of the predictions.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        score : float
            The best score is 1. A constant prediction of the mean of `y` scores 0.
        """
        owner = type(self).__name__
        y, sample_weight = as_numbers(y, "y", owner), as_weights(sample_weight, owner)
        return super().score(X, y, sample_weight)

    def _check_transforms(self, y):
        """Raise if the function is not finite for all targets."""
        if not callable(self.func):
            return
        table = y.reshape(len(y), -1)
        with np.errstate(all="ignore"):  # values that are not finite raise below
            values = np.asarray(self.func(table))
        if values.dtype.kind != "f" or values.shape[:1] != table.shape[:1]:
            return  # scikit-learn says more about it
        is_bad = ~np.isfinite(values.reshape(len(table), -1)).all(axis=1)
        if is_bad.any():
            raise ValueError(
                f"{type(self).__name__}: {shortened(self.func)} gives "
                f"{values[is_bad][0]} for the target {table[is_bad][0]} in row "
                f"{is_bad.argmax()}. Use a function that is finite for all targets, "
                "such as log1p for targets that may be 0."
            )

    def _fit_on_columns(self, X, y, fit_params):
        """Return what scikit-learn fits, whose functions must return columns."""
        worker = type(self)(**self.get_params(deep=False))
        for name in ("func", "inverse_func"):
            if callable(function := getattr(worker, name)):
                setattr(worker, name, _ReturnsColumns(function))
        super(SmearingTargetRegressor, worker).fit(X, y, **fit_params)
        parameters = self.get_params(deep=False)
        return {k: v for k, v in vars(worker).items() if k not in parameters}

    def _predicted(self, regressor, X, params, n_targets):
        """Return the predictions of a regressor, of shape (n_samples, n_targets)."""
        source, owner = name_of(regressor), type(self).__name__
        raw = regressor.predict(X, **params)
        predicted = predictions_by_row(raw, _num_samples(X), source, owner)
        if predicted.shape[1] != n_targets:
            found = f"{predicted.shape[1]} outputs for a target of {n_targets}"
            self._refuse_quantiles(regressor, found)
        return predicted

    def _refuse_quantiles(self, regressor, found):
        raise ValueError(
            f"{type(self).__name__}: {name_of(regressor)} predicts {found}, but "
            "smearing estimates means. Quantiles need no correction after a monotone "
            "transformation: use scikit-learn's TransformedTargetRegressor for them."
        )

    def _residual_weight(self, fit_params, residuals):
        """Return the weights with which the regressor was fitted, or None."""
        weights = sample_weights_in(
            route_params(self, "fit", fit_params, to="regressor")
        )
        if len(weights) > 1:
            raise ValueError(
                f"{type(self).__name__}: got several different sample weights, so the "
                "weights of the residuals are ambiguous. Pass the same weights to all "
                "steps."
            )
        if not weights:
            return None
        return check_sample_weight(weights[0], residuals, type(self).__name__)


class _ReturnsColumns:
    """A function of a table that returns a table, also where it returns one column."""

    def __init__(self, function):
        self.function = function

    def __call__(self, table):
        values = np.asarray(self.function(table))
        return values[:, np.newaxis] if values.ndim == 1 else values

    def __repr__(self):
        return repr(self.function)


class _Smearing:
    """A fitted transformer whose inverse averages over residuals.

    It has all attributes of the transformer, since it takes its place in
    ``transformer_``.
    """

    _BLOCK = 2**20  # values to transform back at once, which limits the memory

    def __init__(self, transformer, residuals, weights, *, owner):
        self.transformer = transformer
        self.residuals = residuals
        self.weights = weights
        self.owner = owner

    def __getattr__(self, name):
        if name == "transformer":  # not set yet, while a copy is made
            raise AttributeError(name)
        return getattr(self.transformer, name)

    def __dir__(self):
        return sorted({*super().__dir__(), *dir(self.transformer)})

    def __repr__(self):
        return f"{type(self).__name__}({self.transformer!r})"

    def check_reach(self, fitted):
        """Raise if the inverse is undefined at the smallest or the largest sum."""
        least = fitted.min(axis=0) + self.residuals.min(axis=0)
        largest = fitted.max(axis=0) + self.residuals.max(axis=0)
        self._invert(np.vstack([least, largest]))

    def inverse_transform(self, predictions):
        predictions = as_numbers(predictions, "the prediction", self.owner)
        if not len(predictions):  # which few transformers take
            return np.empty(predictions.shape)
        n_rows = max(1, self._BLOCK // self.residuals.size)
        means = [
            self._mean_of_inverse(predictions[start : start + n_rows])
            for start in range(0, len(predictions), n_rows)
        ]
        return np.concatenate(means)

    def _mean_of_inverse(self, predictions):
        # (n_rows, n_residuals, n_outputs), as rows of one table for the transformer
        spread = predictions[:, np.newaxis] + self.residuals
        values = self._invert(spread.reshape(-1, spread.shape[2]))
        values = values.reshape(*spread.shape[:2], -1)
        return _mean(values, self.weights)

    def _invert(self, table):
        with np.errstate(all="ignore"):  # values that are not finite raise below
            values = np.asarray(self.transformer.inverse_transform(table))
        values = values.reshape(len(table), -1)
        is_bad = ~np.isfinite(values).all(axis=1)
        if is_bad.any():
            raise ValueError(
                f"{self.owner}: the inverse of {shortened(self.transformer)} gives "
                f"{values[is_bad][0]} at {table[is_bad][0]}, a prediction plus a "
                "residual of the training rows. Smear with a transformation whose "
                "inverse is defined everywhere, such as log1p, or use "
                "TransformedTargetRegressor, which adds no residuals."
            )
        return values


def _mean(values, weights):
    """Return the weighted mean over the second axis, also where a sum overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.average(values, axis=1, weights=weights)
    overflows = ~np.isfinite(means).all(axis=1)
    if overflows.any():
        n_values = values.shape[1]
        shares = np.full(n_values, 1 / n_values)
        if weights is not None:
            shares = weights / weights.max()
            shares /= shares.sum()
        means[overflows] = np.einsum("r,nro->no", shares, values[overflows])
    return means
