"""`CalibratedQuantileRegressor`: quantiles with the coverage that their levels say."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklstm._quantiles.base import QuantilesOfARegressor, as_predicted
from sklstm._quantiles.conformal import (
    conformal_offsets,
    cross_conformal,
    least_weight,
    order_outwards,
    rearranged,
    residuals_of,
)
from sklstm._quantiles.folds import check_folds
from sklstm._recurrent.validation import check_quantiles
from sklstm._utils.frames import take_rows
from sklstm._utils.frozen import with_frozen_objects
from sklstm._utils.numeric import unmasked
from sklstm._utils.predictions import predictions_by_row
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.sklearn_private import (
    HasMethods,
    Interval,
    _check_method_params,
    _fit_context,
    _num_samples,
    _routing_enabled,
    route_params,
)
from sklstm._utils.text import shortened
from sklstm._utils.unwrap import name_of, refuse_class
from sklstm._utils.validation import check_lengths, check_sample_weight, refuse_masks

__all__ = ["CalibratedQuantileRegressor"]


class CalibratedQuantileRegressor(QuantilesOfARegressor):
    """Conformal calibration of the quantiles of any regressor.

    Predicted quantiles seldom have the coverage that their levels say: a model that is
    too sure of itself predicts a 90 % interval that covers 70 %. This estimator holds
    out rows, and shifts each quantile by a constant, so that on new data of the same
    kind at least the share of the target is covered that the level says. This holds for
    every regressor and every distribution [1]_.

    Parameters
    ----------
    regressor : object
        A regressor that predicts quantiles, such as
        :class:`~sklstm.MultiQuantileRegressor`, :class:`~sklstm.LSTMRegressor` with
        `quantiles`, or a Pipeline or search around one. A regressor that predicts one
        number for each row, such as Ridge, gives all quantiles the same shape. A
        :class:`~sklearn.frozen.FrozenEstimator` is not trained, so all rows given to
        ``fit`` calibrate it; they must not be those that it was trained on.
    quantiles : array-like of float, default=None
        Levels in (0, 1), increasing, one for each column that the regressor predicts.
        None reads them from the regressor.
    calibration_fraction : float, default=0.2
        The fraction of rows, the last of those given to ``fit``, that calibrate the
        quantiles. The regressor is trained on the rows before them. Not used with `cv`
        or a FrozenEstimator.
    cv : int, cross-validation splitter or iterable of splits, default=None
        Folds for cross-conformal calibration: a regressor is trained for each fold, and
        all rows that are tested in some fold calibrate. This uses the data better than
        a single split, and takes as many fits as there are folds. A row must not be
        tested twice, nor be among the rows that its fold trains on. An int is the
        number of folds of a :class:`~sklearn.model_selection.KFold`. None splits once.

    Attributes
    ----------
    regressors_ : list of object
        The fitted regressor, or one for each fold with `cv`.
    quantiles_ : tuple of float
        The levels.
    offsets_ : ndarray of shape (n_quantiles,)
        What is added to each quantile. Not defined with `cv`, where it depends on the
        row.
    n_calibration_ : int
        Number of rows that calibrate.
    n_features_in_ : int
        Number of features seen in ``fit``, where the regressor tells it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in ``fit``, where the regressor tells them.

    See Also
    --------
    sklstm.MultiQuantileRegressor : Several quantiles of any regressor of one.
    sklstm.PositiveOrderedRegressor : Keeps the quantiles within bounds.
    sklstm.metrics.interval_coverage : Measures the coverage of intervals.

    Notes
    -----
    **What is promised.** If the rows that calibrate and a new row are exchangeable, the
    quantile of a level q of 0.5 or above is not below the target with a probability of
    at least q; the quantile of a level below 0.5 is not above it with a probability of
    at least 1 - q. An interval between quantiles of both kinds covers the target with a
    probability of at least the difference of their levels. The probability is over both
    the rows that calibrate and the new row: it is not a statement about a single x, and
    the coverage with a given set of n rows varies around it with a standard deviation
    of about sqrt(q (1 - q) / n). Without ties, it exceeds the level by at most
    1 / (n + 1).

    With `cv`, the quantiles are those of CV+ [2]_, a form of cross-conformal
    prediction [3]_. What is promised is weaker there: with a = min(q, 1 - q), the
    target is on the wrong side of the quantile with a probability of at most about 2a.
    In practice it is about a.

    Time series are not exchangeable. Calibration on the last rows then tells how wrong
    the regressor was lately, and the coverage is only as good as this past is similar
    to the future. The regressor is not refitted on all rows, since the residuals of
    another fit say nothing about this one.

    **Order and bounds.** Predicted quantiles that cross are sorted before the
    calibration, which never increases their pinball loss [5]_. Quantiles that would
    cross after it are moved away from the centre, and never towards it, which can only
    increase the coverage of each. Sorting them instead would keep the coverage of all
    levels together, but not that of each. The bounds of a
    :class:`~sklstm.PositiveOrderedRegressor` around this estimator do not decrease the
    coverage if the target obeys them: where the target is not above a quantile, it is
    not above that quantile raised to `lower` or cut at `upper`, either, and the same
    holds from below. Put the constraints around the calibration; a calibration around
    them would shift the quantiles out of bounds.

    **Weights.** A row with a sample weight of 2 counts as two rows, in the calibration,
    too, and a new row has weight 1. For weights that fade over time, as in [4]_, scale
    them so that the last row has weight 1.

    References
    ----------
    .. [1] Romano, Y., Patterson, E. and Candès, E. (2019). "Conformalized quantile
       regression". NeurIPS 32. :doi:`10.48550/arXiv.1905.03222`
    .. [2] Barber, R. F., Candès, E. J., Ramdas, A. and Tibshirani, R. J. (2021).
       "Predictive inference with the jackknife+". The Annals of Statistics 49(1).
       :doi:`10.1214/20-AOS1965`
    .. [3] Vovk, V. (2015). "Cross-conformal predictors". Annals of Mathematics and
       Artificial Intelligence 74. :doi:`10.1007/s10472-013-9368-4`
    .. [4] Barber, R. F., Candès, E. J., Ramdas, A. and Tibshirani, R. J. (2023).
       "Conformal prediction beyond exchangeability". The Annals of Statistics 51(2).
       :doi:`10.1214/23-AOS2276`
    .. [5] Chernozhukov, V., Fernández-Val, I. and Galichon, A. (2010). "Quantile and
       probability curves without crossing". Econometrica 78(3).
       :doi:`10.3982/ECTA7880`

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from sklstm import (
    ...     CalibratedQuantileRegressor,
    ...     MultiQuantileRegressor,
    ...     PositiveOrderedRegressor,
    ... )
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(900, 3))
    >>> rain = np.maximum(X[:, 0] + rng.normal(size=900), 0)
    >>> trees = HistGradientBoostingRegressor(loss="quantile", max_iter=20)
    >>> fan = MultiQuantileRegressor(trees)
    >>> calibrated = CalibratedQuantileRegressor(fan)
    >>> model = PositiveOrderedRegressor(calibrated).fit(X[:600], rain[:600])
    >>> low, median, high = model.predict(X[600:]).T
    >>> bool(np.mean(rain[600:] <= high) > 0.88)  # 0.9 in the mean over many draws
    True
    >>> low.min()
    np.float64(0.0)
    """

    _parameter_constraints: dict = {
        "regressor": [HasMethods(["fit", "get_params"])],
        "quantiles": ["array-like", None],
        "calibration_fraction": [Interval(Real, 0, 1, closed="neither")],
        "cv": ["cv_object"],
    }

    def __init__(
        self,
        regressor: Any,
        quantiles: Sequence[float] | None = None,
        *,
        calibration_fraction: float = 0.2,
        cv: Any = None,
    ) -> None:
        self.regressor = regressor
        self.quantiles = quantiles
        self.calibration_fraction = calibration_fraction
        self.cv = cv

    @_fit_context(
        # The wrapped regressor has parameters of its own.
        prefer_skip_nested_validation=False
    )
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the regressor and calibrate its quantiles.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes; in order of time for a time
            series.
        y : array-like of shape (n_samples,)
            Target, finite.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, for the calibration and for the regressor; with
            metadata routing enabled, for the regressor only if it requests them.
        **fit_params : dict
            Passed to the ``fit`` of the regressor, for the rows that it is trained on;
            with metadata routing enabled, to it and to the splitter, if they request
            them.

        Returns
        -------
        self : CalibratedQuantileRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If the rows are too few to calibrate one of the levels, or the folds of
            `cv` cannot calibrate: none, without rows, or with rows that they train on.
        """
        refuse_class(self.regressor, owner=self._name)
        levels = self._resolve_levels()
        y = self._check_target(y)
        check_lengths(self._name, X, y)
        weight = sample_weight
        if weight is not None:
            weight = check_sample_weight(
                weight, X, self._name, ensure_non_negative=True
            )
        refuse_masks(fit_params, self._name)
        params, split_params = self._route_fit(sample_weight, fit_params)
        X = unmasked(X)
        splits = self._split(X, y, split_params)
        rows = np.concatenate([test for _, test in splits])
        self._check_enough(levels, len(y), rows, weight)
        regressor = clone(with_frozen_objects(self.regressor, owner=self._name))
        fitted = Parallel()(
            delayed(_fit_and_predict)(clone(regressor), X, y, params, *split)
            for split in splits
        )
        predicted = np.concatenate(
            [
                self._as_quantiles(regressor, raw, len(test), levels)
                for (regressor, raw), (_, test) in zip(fitted, splits, strict=True)
            ]
        )
        residuals = residuals_of(y[rows].astype(np.float64), predicted, levels)
        weight = None if weight is None else weight[rows]
        self.__dict__.pop("offsets_", None)
        if self._is_cross_conformal():
            folds = np.repeat(np.arange(len(splits)), [len(test) for _, test in splits])
            self._calibration = residuals, folds, weight
        else:
            self.offsets_ = conformal_offsets(residuals, levels, weight)
        self.regressors_ = [regressor for regressor, _ in fitted]
        self.quantiles_ = levels
        self.n_calibration_ = len(rows)
        return self

    def predict(self, X: ArrayLike, **predict_params: Any) -> np.ndarray:
        """Predict the calibrated quantiles.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        **predict_params : dict
            Passed to the ``predict`` of the regressor; with metadata routing enabled,
            if it requests them.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_quantiles)
            The quantiles, in the order in which the regressor predicts them. They do
            not cross. A single quantile is 1-D.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If the regressor does not predict one finite number for each level and
            sample.
        """
        check_is_fitted(self)
        refuse_masks(predict_params, self._name)
        params = route_params(self, "predict", predict_params, to="regressor")
        X = unmasked(X)
        n_samples, levels = _num_samples(X), self.quantiles_
        predicted = [
            self._as_quantiles(
                regressor, regressor.predict(X, **params), n_samples, levels
            )
            for regressor in self.regressors_
        ]
        if hasattr(self, "offsets_"):
            quantiles = predicted[0] + self.offsets_
        else:
            residuals, folds, weight = self._calibration
            quantiles = cross_conformal(
                np.stack(predicted), residuals, folds, levels, weight
            )
        return as_predicted(order_outwards(quantiles, levels))

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which metadata goes to which method of the regressor and the splitter.

        Returns
        -------
        routing : MetadataRouter
            The requests of both, and this estimator's own.
        """
        router = super().get_metadata_routing()
        if hasattr(self.cv, "get_metadata_routing"):
            mapping = MethodMapping().add(caller="fit", callee="split")
            router.add(splitter=self.cv, method_mapping=mapping)
        return router

    # -- helpers of the methods above --------------------------------------------------

    def _is_frozen(self):
        return isinstance(self.regressor, FrozenEstimator)

    def _is_cross_conformal(self):
        return self.cv is not None

    def _resolve_levels(self):
        """Return the levels, from the parameter or the regressor."""
        found = quantile_levels(self.regressor) or ()
        if self.quantiles is not None:
            levels = check_quantiles(self.quantiles, self._name)
            if len(found) > 1 and found != levels:
                raise ValueError(
                    f"{self._name}: `quantiles` must be the levels that "
                    f"{name_of(self.regressor)} predicts, {found}; got "
                    f"{shortened(self.quantiles)}. Leave them out."
                )
            return levels
        if not found:
            raise ValueError(
                f"{self._name}: the levels of {name_of(self.regressor)} cannot be "
                "read from its parameters. Give them, one for each column that it "
                "predicts: quantiles=(0.1, 0.5, 0.9)."
            )
        check_quantiles(sorted(found), self._name)
        return found

    def _route_fit(self, sample_weight, fit_params):
        """Return the parameters for the regressor and for the splitter."""
        if _routing_enabled():
            routed = process_routing(
                self, "fit", sample_weight=sample_weight, **fit_params
            )
            of_splitter = routed["splitter"]["split"] if "splitter" in routed else {}
            return routed["regressor"]["fit"], of_splitter
        if sample_weight is not None:
            fit_params = {**fit_params, "sample_weight": sample_weight}
        return fit_params, {}

    def _split(self, X, y, split_params):
        """Return the rows to train on and to calibrate with, for each fit."""
        rows = np.arange(len(y))
        if self._is_frozen():
            if self.cv is not None:
                raise ValueError(
                    f"{self._name}: `cv` trains a regressor for each fold, but a "
                    "FrozenEstimator is not trained. Leave out `cv`; all rows "
                    "calibrate it."
                )
            return [(rows, rows)]
        if self.cv is None:
            n_train = len(rows) - _n_last(self.calibration_fraction, len(rows))
            if n_train < 1:
                raise ValueError(
                    f"{self._name}: `calibration_fraction`="
                    f"{self.calibration_fraction} leaves no rows to train on; got "
                    f"n_samples={len(rows)}."
                )
            return [(rows[:n_train], rows[n_train:])]
        splits = self.cv
        if isinstance(splits, Integral) or hasattr(splits, "split"):
            splits = check_cv(self.cv, y).split(X, y, **split_params)
        return check_folds(splits, len(y), self._name)

    def _check_enough(self, levels, n_samples, rows, weight):
        """Raise if a level cannot be calibrated, before the training."""
        total = len(rows) if weight is None else _total(weight[rows], self._name)
        level = max(levels, key=least_weight)
        least = least_weight(level)
        if total >= least * (1 - 1e-9):
            return
        n_least = int(np.ceil(least))
        needed, got = f"{n_least} rows", f"{len(rows)} of {n_samples} rows"
        if weight is not None:
            needed, got = f"a total weight of {least:g}", f"{total:g} in {got}"
        cure = "Give more rows"
        if weight is not None:
            cure += ", scale the weights so that an ordinary row has weight 1"
        elif not self._is_frozen() and self.cv is None:
            cure += f" ({_n_rows_for(n_least, self.calibration_fraction)} in all)"
            cure += ", a larger `calibration_fraction`, or `cv`"
        raise ValueError(
            f"{self._name}: calibration of the quantile {level:g} needs at least "
            f"{needed}; got {got}. {cure}, or leave out this level."
        )

    def _as_quantiles(self, regressor, raw, n_samples, levels):
        """Return predictions as floats of shape (n_samples, n_quantiles), in order."""
        name = name_of(regressor)
        values = predictions_by_row(raw, n_samples, name, self._name)
        n_known = len(quantile_levels(regressor) or ())
        is_single = values.shape == (n_samples, 1) and n_known < 2
        if values.shape != (n_samples, len(levels)) and not is_single:
            raise ValueError(
                f"{self._name}: {name} must predict a column for each of the levels "
                f"{levels}, or a single one; it predicted an array of shape "
                f"{values.shape} for {n_samples} samples."
            )
        return rearranged(np.broadcast_to(values, (n_samples, len(levels))), levels)


def _total(weight, owner):
    """Return the sum of weights, or raise if it is not finite."""
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not np.isfinite(total):
        raise ValueError(
            f"{owner}: the sum of `sample_weight` is infinite; its largest value is "
            f"{weight.max():g}. Scale the weights so that an ordinary row has weight 1."
        )
    return total


def _n_last(fraction, n_samples):
    """Return how many rows are a fraction, rounded up as in train_test_split."""
    return int(np.ceil(round(fraction * n_samples, 9)))


def _n_rows_for(n_least, fraction):
    """Return the least number of rows of which a fraction has at least `n_least`."""
    n_samples = int((n_least - 1) / fraction)
    while _n_last(fraction, n_samples) < n_least:
        n_samples += 1
    return n_samples


def _fit_and_predict(regressor, X, y, params, train, test):
    params = _check_method_params(X, params, train)
    regressor.fit(take_rows(X, train), y[train], **params)
    return regressor, regressor.predict(take_rows(X, test))
