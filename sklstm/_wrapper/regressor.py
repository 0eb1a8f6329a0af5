"""`PositiveOrderedRegressor`: any regressor, with predictions that obey constraints."""

from copy import deepcopy
from functools import partial
from numbers import Integral, Real

from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.resolve import resolve_constraints
from sklstm._recurrent.lstm import LSTMRegressor
from sklstm._utils.frames import column_names
from sklstm._utils.frozen import with_frozen_objects
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.quantile_levels import levels_in_call, quantile_levels
from sklstm._utils.sklearn_private import (
    CallbackSupportMixin,
    DelegatingTasks,
    Hidden,
    ShortMessagesMixin,
    StrOptions,
    _fit_context,
    _routing_enabled,
    delegating_block,
    route_params,
    tags_of,
)
from sklstm._utils.unwrap import check_acyclic, name_of
from sklstm._utils.validation import as_weights
from sklstm._wrapper.quantiles import check_levels_agree, check_shares_agree
from sklstm._wrapper.sample_values import SampleColumns
from sklstm._wrapper.target import check_target, check_target_obeys
from sklstm._wrapper.wrapped import (
    as_quantile_target,
    check_parameter_names,
    check_predictions,
    check_predicts,
    check_regressor,
    copy_of,
    expected_outputs,
    is_frozen,
    output_shape,
)

__all__ = ["PositiveOrderedRegressor"]


def _regressor_has(name):
    """Tell whether the wrapped regressor has a method, before and after `fit`."""

    def has(estimator):
        regressor = estimator._current_regressor()
        return not is_frozen(regressor) and hasattr(regressor, name)

    return has


def _default_regressor():
    # Seeded, since the wrapper has no parameter through which it could be.
    default = LSTMRegressor(random_state=0)
    if _routing_enabled():
        default.set_fit_request(sample_weight=True)
        default.set_partial_fit_request(sample_weight=True)
    return default


class PositiveOrderedRegressor(
    CallbackSupportMixin,
    ShortMessagesMixin,
    VersionedStateMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    BaseEstimator,
):
    """Regressor whose predictions obey declared bounds and orders, exactly.

    It fits the regressor that it wraps as it is, and adjusts what that predicts: no
    output below `lower` or above `upper`, and the outputs of a row in their `order`.
    Quantiles do not cross, a minimum stays below its maximum, rain is not negative.
    Training is not changed.

    Parameters
    ----------
    regressor : object, default=None
        Any regressor with ``fit`` and, once fitted, ``predict``; it is cloned. None
        stands for ``LSTMRegressor(random_state=0)``, whose parameters can be set as
        ``regressor__units`` and so on.
    lower, upper : float, array-like of shape (n_outputs,), dict or None, \
            default=0.0 and None
        Bounds of the predictions, in the unit of y: one for all outputs, one for each,
        or a dict from the name or index of an output to its bound. None is no bound.
    order : {"increasing", "decreasing"}, list of chains or None, default="increasing"
        The order of the outputs within a row. A chain is a string such as ``"low <=
        open <= high"``, or a sequence of names or indices of outputs, from the
        smallest to the largest. A string may hold constants, ``"0 <= DHI <= GHI"``;
        names in it that are not identifiers go in backquotes, unless the chain is
        nothing but names, and ``y[0]`` is the output at index 0. Chains may share
        outputs (a partial order). Names are those of the columns of a DataFrame `y`.
        One output has no order to obey.
    method : {"auto", "sort", "projection", "cummax"}, default="auto"
        How an order is restored. "sort" sorts the values along each chain (monotone
        rearrangement [1]_), for chains that share no output. "projection" finds the
        nearest values, in (weighted) squared error, that meet bounds and order [2]_.
        "cummax" is the running extremum, which looks at no later value. "auto" sorts
        where that can be done, and projects otherwise or where there are weights.
    output_weight : array-like of shape (n_outputs,), Series, dict or None, \
default=None
        Positive weights of the outputs in the squared error of the projection. "sort"
        and "cummax" refuse them.
    sample_order : {"increasing", "decreasing"} or None, default=None
        An order down the rows given to one ``predict``, for each output: for curves
        that are known to rise or fall along the samples. Predictions of a row then
        depend on the other rows.
    group_by : str, int, list of them, callable or None, default=None
        Rows are ordered within groups: the name or index of a column of X, or a list of
        several, or a function that maps X to one label for each row. None is one group.
    order_by : str, int, list of them, callable or None, default=None
        What "down the rows" means: the column or columns of X, or a function of X, by
        which rows are ordered. Labels of every kind have their own order: categories
        that of the categories, times that of time. None is the order in which rows are
        given.
    target_check : {"warn", "raise", "ignore"}, default="warn"
        What to do when y itself breaks the constraints at ``fit``.

    Attributes
    ----------
    regressor_ : object
        The fitted regressor.
    n_outputs_ : int
        Number of outputs: columns of y, or of the predictions for a 1-D y. It is 1
        where the latter are not counted, as nothing that is declared depends on it.
    output_names_ : tuple of str or None
        Names of the columns of a DataFrame `y`.
    order_ : str, list or None
        The order that acts, as it was declared.
    method_ : {"sort", "projection", "cummax"}
        The method that acts.
    constraints_ : object
        What `lower_`, `upper_` and `order_edges_` show, in the form that ``predict``
        uses. Parameters that are set later act at the next ``fit``.
    lower_, upper_ : ndarray of shape (n_outputs,)
        Bounds of each output, tightened along the order, infinite where there is none.
    order_edges_ : ndarray of shape (n_edges, 2)
        The order: output ``order_edges_[i, 0]`` does not exceed ``order_edges_[i, 1]``.
    n_features_in_ : int
        Number of features seen in ``fit``, where the regressor tells it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features seen in ``fit``, where the regressor tells them.

    See Also
    --------
    adjust_predictions : The same constraints on predictions that you already have.
    LSTMRegressor : The default regressor; its `head` builds constraints in.
    sklearn.compose.TransformedTargetRegressor : Scales or transforms the target.

    Notes
    -----
    Declare constraints in the unit of y, outside of everything that transforms y:
    ``PositiveOrderedRegressor(TransformedTargetRegressor(...))``. In the other nesting
    they act on the transformed target. A bound of 0 on a standardised target cuts at
    its mean; and an order among columns that are scaled one by one is lost when they
    are scaled back. `target_check` warns of it.

    Sorting predictions *across* samples gives row i of X the prediction of another row,
    which is wrong unless the truth is known to rise along the rows. So it happens only
    if `sample_order` asks for it, within `group_by`, along `order_by`.

    X is left to the regressor, which may accept sparse matrices, sequences or missing
    values; the columns of `group_by` and `order_by` stay among its features, and in a
    Pipeline they are columns of what the step before returns. y reaches the regressor
    as a NumPy array.

    A regressor that predicts several outputs for a 1-D y predicts quantiles. Their
    levels are read from its parameters or its attribute `quantiles`, and an `order`
    against them is refused. Where they cannot be read, and there is an `order`, ``fit``
    counts the outputs in a prediction of the first rows, made without further
    parameters, and compares the shares of training targets below each of them.

    A :class:`~sklearn.frozen.FrozenEstimator` around a trained object of any library
    with ``predict`` is used as it is; y may then be omitted in ``fit``.

    References
    ----------
    .. [1] Chernozhukov, V., Fernández-Val, I. and Galichon, A. (2010). "Quantile and
       probability curves without crossing". Econometrica 78(3).
       :doi:`10.3982/ECTA7880`
    .. [2] Best, M. J., Chakravarti, N. and Ubhaya, V. A. (2000). "Minimizing separable
       convex functions subject to simple chain constraints". SIAM Journal on
       Optimization 10(3). :doi:`10.1137/S1052623497314970`

    Examples
    --------
    Daily minimum and maximum of a quantity that is never negative:

    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import PositiveOrderedRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 3))
    >>> low, width = np.maximum(X[:, :2] + 0.1 * rng.normal(size=(200, 2)), 0).T
    >>> y = np.column_stack([low, low + width])
    >>> model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    >>> model.predict_raw([[-2, 1, 0], [1, -2, 0]]).round(1)
    array([[-0.5,  0.4],
           [ 0.8,  0.2]])
    >>> model.predict([[-2, 1, 0], [1, -2, 0]]).round(1)
    array([[0. , 0.4],
           [0.2, 0.8]])

    Named outputs and an upper bound, with the nearest values that obey:

    >>> import pandas as pd
    >>> prices = pd.DataFrame(y, columns=["low", "high"]).assign(close=y.mean(axis=1))
    >>> model = PositiveOrderedRegressor(
    ...     Ridge(),
    ...     order=["low <= close <= high"],
    ...     upper={"high": 9},
    ...     method="projection",
    ... ).fit(X, prices)
    >>> model.output_names_
    ('low', 'high', 'close')
    >>> model.predict([[1, -2, 0]]).round(1)
    array([[0.5, 0.5, 0.5]])
    """

    _parameter_constraints: dict = {
        "regressor": "no_validation",  # checked in `fit`, with a cure for each cause
        "lower": [Real, "array-like", dict, None],
        "upper": [Real, "array-like", dict, None],
        "order": [str, list, tuple, None],
        "method": [
            StrOptions({"auto", "sort", "projection", "cummax"}),
            Hidden(StrOptions({"isotonic"})),  # refused with a hint
        ],
        "output_weight": ["array-like", dict, None],
        "sample_order": [StrOptions({"increasing", "decreasing"}), None],
        "group_by": [str, Integral, list, callable, None],
        "order_by": [str, Integral, list, callable, None],
        "target_check": [StrOptions({"warn", "raise", "ignore"})],
    }

    def __init__(
        self,
        regressor=None,
        *,
        lower=0.0,
        upper=None,
        order="increasing",
        method="auto",
        output_weight=None,
        sample_order=None,
        group_by=None,
        order_by=None,
        target_check="warn",
    ):
        self.regressor = regressor
        self.lower = lower
        self.upper = upper
        self.order = order
        self.method = method
        self.output_weight = output_weight
        self.sample_order = sample_order
        self.group_by = group_by
        self.order_by = order_by
        self.target_check = target_check

    @_fit_context(
        # The wrapped regressor has parameters of its own.
        prefer_skip_nested_validation=False
    )
    def fit(self, X, y=None, **fit_params):
        """Fit the regressor and resolve the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target, finite. The columns of a DataFrame name the outputs. It may be
            omitted for a FrozenEstimator, whose outputs are then those it predicts.
        **fit_params : dict
            Passed to the ``fit`` of the regressor (``sample_weight``); with metadata
            routing enabled, if the regressor requests them.

        Returns
        -------
        PositiveOrderedRegressor
            The fitted estimator.
        """
        return self._fit_from_scratch("fit", X, y, fit_params)

    def _fit_from_scratch(self, method, X, y, params):
        """Fit a clone of the regressor by `method`; keep nothing if that fails."""
        names, y, regressor = self._prepare_fit(y)
        columns = SampleColumns(
            self.sample_order, self.group_by, self.order_by, self._name
        )
        declared = (self.lower, self.upper, self.order, self.output_weight)
        n_expected = expected_outputs(regressor, y, declared=declared)
        declare = partial(self._declare, X, y, names, regressor, columns)
        if n_expected is not None:  # report what is wrong before a long training
            constraints = declare(n_expected)
        params = route_params(self, method, params, to="regressor")
        tasks = DelegatingTasks(self, X, y, params)
        with tasks.delegate_to(regressor):
            getattr(regressor, method)(X, y, **params)
        check_predicts(regressor, owner=self._name)
        # A search may have chosen the levels.
        names, y = self._as_quantiles(names, y, regressor)
        declare = partial(self._declare, X, y, names, regressor, columns)
        shape = output_shape(regressor, X, y, declared=declared, owner=self._name)
        if shape.n_outputs != n_expected:
            constraints = declare(
                shape.n_outputs, target_is_checked=n_expected is not None
            )
        if shape.is_flat:
            self._check_quantiles(regressor, X, y, constraints)
        self.regressor_ = regressor
        self.n_outputs_ = shape.n_outputs
        self.output_names_ = names
        self.order_ = deepcopy(self.order)
        self.method_ = constraints.method
        self.constraints_ = constraints
        self._sample_columns = columns
        self._shape = shape
        tasks.end()
        return self

    def _prepare_fit(self, y):
        """Return names of the outputs, the target, and a copy of the regressor."""
        if self.regressor is not None:
            check_regressor(self.regressor, owner=self._name)
        regressor = copy_of(self._get_regressor())
        if y is None and is_frozen(regressor):
            return None, None, regressor
        names, y = column_names(y), check_target(y, owner=self._name)
        return *self._as_quantiles(names, y, regressor), regressor

    def _as_quantiles(self, names, y, regressor):
        """Return names and target; a column of which quantiles are predicted is 1-D."""
        column = as_quantile_target(y, regressor)
        return (names if column is y else None), column

    def _check_quantiles(self, regressor, X, y, constraints):
        """Raise if the order would turn one quantile of a 1-D target into another."""
        levels = quantile_levels(regressor)
        source = name_of(regressor)
        check_levels_agree(levels, constraints, source=source)
        if not levels and y is not None:
            check_shares_agree(regressor, X, y, constraints, stacklevel=6)

    def _declare(
        self, X, y, names, regressor, columns, n_outputs, *, target_is_checked=False
    ):
        """Resolve what is declared, and check that the target obeys it."""
        constraints = resolve_constraints(
            lower=self.lower,
            upper=self.upper,
            order=self.order,
            method=self.method,
            output_weight=self.output_weight,
            n_outputs=n_outputs,
            output_names=names,
            owner=self._name,
        )
        if y is not None and y.ndim == 1:
            levels = quantile_levels(regressor)
            source = name_of(regressor)
            check_levels_agree(levels, constraints, source=source)
        if y is not None and not target_is_checked:
            samples = columns.read_order(X, n_targets=len(y))
            check_target_obeys(
                y, constraints, samples, action=self.target_check, stacklevel=6
            )
        return constraints

    @available_if(_regressor_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, **partial_fit_params):
        """Continue the training of the regressor, where it can.

        The first call resolves the constraints, as ``fit`` does; they stay as they are
        in further calls.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target, with the same outputs in each call.
        **partial_fit_params : dict
            Passed to the ``partial_fit`` of the regressor; with metadata routing
            enabled, if the regressor requests them.

        Returns
        -------
        PositiveOrderedRegressor
            The fitted estimator.
        """
        if not hasattr(self, "regressor_"):
            return self._fit_from_scratch("partial_fit", X, y, partial_fit_params)
        names, y = column_names(y), check_target(y, owner=self._name)
        names, y = self._as_quantiles(names, y, self.regressor_)
        seen = () if self._shape.is_flat else (self.n_outputs_,)
        if y.shape[1:] != seen or names != self.output_names_:
            raise ValueError(
                f"{self._name}: every call of partial_fit must have the outputs of the "
                f"first; got shape {y.shape} with names {names}, after "
                f"{('n_samples', *seen)} with {self.output_names_}."
            )
        check_target_obeys(
            y,
            self.constraints_,
            self._sample_columns.read_order(X, n_targets=len(y)),
            action=self.target_check,
            stacklevel=4,
        )
        params = route_params(self, "partial_fit", partial_fit_params, to="regressor")
        self.regressor_.partial_fit(X, y, **params)
        return self

    def predict(self, X, **predict_params):
        """Predict, and adjust what the regressor predicts to the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        **predict_params : dict
            Passed to the ``predict`` of the regressor; with metadata routing enabled,
            if the regressor requests them.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in the float dtype of the regressor, which meet every bound and
            order exactly in that dtype.

        Raises
        ------
        ValueError
            If the regressor predicts anything but finite numbers, one row a sample.
        """
        return self._predict(X, predict_params)[0]

    def _predict(self, X, predict_params):
        """Return predictions, and the quantile levels that the parameters ask for."""
        raw, levels = self._predict_raw(X, predict_params)
        source = name_of(self.regressor_)
        check_levels_agree(levels, self.constraints_, source=source)
        return self._adjust(raw, X), levels

    def _adjust(self, raw, X):
        """Return raw predictions for X, adjusted to the constraints."""
        samples = self._sample_columns.read_order(X)
        constraints = self.constraints_
        if not self._shape.is_counted and raw.ndim == 2:
            constraints = constraints.for_outputs(raw.shape[1])
        return apply_constraints(raw, constraints, samples)

    def predict_raw(self, X, **predict_params):
        """Predict without the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        **predict_params : dict
            As for ``predict``.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            What the regressor predicts, as floats.

        Raises
        ------
        ValueError
            As ``predict`` does.
        """
        return self._predict_raw(X, predict_params)[0]

    def _predict_raw(self, X, predict_params):
        check_is_fitted(self)
        params = route_params(self, "predict", predict_params, to="regressor")
        raw = check_predictions(
            self.regressor_.predict(X, **params),
            X,
            shape=self._shape,
            source=name_of(self.regressor_),
            owner=self._name,
        )
        return raw, levels_in_call(params)

    def score(self, X, y, sample_weight=None, **predict_params):
        """Return the R2 score of the predictions, or the D2 pinball score of quantiles.

        Where the regressor predicts quantiles of one target, at levels that its
        parameters or `predict_params` tell (LSTMRegressor, XGBoost, CatBoost,
        quantile-forest), it is the mean over the levels of the share of the pinball
        loss explained.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, of any kind that the regressor takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.
        **predict_params : dict
            As for ``predict``.

        Returns
        -------
        float
            At most 1; 0 is the score of the best constant prediction.

        Raises
        ------
        ValueError
            If several outputs are predicted for a 1-D y and their levels are unknown.
        """
        y = check_target(y, owner=self._name)
        sample_weight = as_weights(sample_weight, self._name)
        predictions, levels = self._predict(X, predict_params)
        if not levels and (self._shape.is_flat or self.n_outputs_ == 1):
            levels = quantile_levels(self.regressor_)
        n_outputs = 1 if predictions.ndim == 1 else predictions.shape[1]
        if levels and len(levels) == n_outputs:
            from sklstm.metrics import d2_pinball_score

            return d2_pinball_score(
                y, predictions, quantiles=levels, sample_weight=sample_weight
            )
        if self._shape.is_flat and n_outputs > 1:
            raise ValueError(
                f"{self._name}: {n_outputs} outputs are predicted for a 1-D y, and "
                f"{name_of(self.regressor_)} does not tell their quantile "
                "levels. Score them by sklstm.metrics.make_quantile_scorer."
            )
        return r2_score(y, predictions, sample_weight=sample_weight)

    def get_metadata_routing(self):
        """Tell which metadata goes to which method of the regressor.

        Returns
        -------
        MetadataRouter
            The requests of the regressor, and this estimator's own for ``score``.
        """
        mapping = MethodMapping()
        for caller in ("fit", "partial_fit", "predict"):
            mapping.add(caller=caller, callee=caller)
        mapping.add(caller="score", callee="predict")
        return (
            MetadataRouter(owner=self._name)
            .add_self_request(self)
            .add(regressor=self._get_regressor(), method_mapping=mapping)
        )

    @property
    def lower_(self):
        """Lower bound of each output."""
        return self._fitted("constraints_").lower

    @property
    def upper_(self):
        """Upper bound of each output."""
        return self._fitted("constraints_").upper

    @property
    def order_edges_(self):
        """Pairs of outputs of which the first does not exceed the second."""
        return self._fitted("constraints_").edges

    @property
    def n_features_in_(self):
        """Number of features seen in ``fit``."""
        return self._fitted("regressor_").n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the features seen in ``fit``."""
        return self._fitted("regressor_").feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = tags_of(self._get_regressor())
        tags.input_tags = deepcopy(inner.input_tags)
        tags.target_tags = deepcopy(inner.target_tags)
        tags.target_tags.required = not is_frozen(self.regressor)
        tags.non_deterministic = inner.non_deterministic
        tags.regressor_tags.poor_score = True
        return tags

    def _sk_visual_block_(self):
        return delegating_block("regressor", self._current_regressor())

    def set_params(self, **params):
        """Set parameters of the estimator, and of its regressor by ``regressor__...``.

        Parameters
        ----------
        **params : dict
            Parameters. With ``regressor=None`` those of the default regressor can be
            set too, so that a search works on the defaults.

        Returns
        -------
        PositiveOrderedRegressor
            The estimator.
        """
        nested = any(name.startswith("regressor__") for name in params)
        if nested and params.get("regressor", self.regressor) is None:
            params = {**params, "regressor": _default_regressor()}
        check_parameter_names(
            params,
            self.get_params(deep=False),
            regressor=params.get("regressor", self._get_regressor()),
            owner=self._name,
        )
        return super().set_params(**params)

    # -- what the methods above are made of --------------------------------------------

    @property
    def _name(self):
        return type(self).__name__

    def _get_regressor(self):
        """Return the regressor to wrap: the one answer to what the default is."""
        if self.regressor is None:
            return _default_regressor()
        check_acyclic(self, owner=self._name)
        return with_frozen_objects(self.regressor)

    def _current_regressor(self):
        return getattr(self, "regressor_", self._get_regressor())

    def _fitted(self, name):
        """Return a fitted attribute on behalf of a property."""
        if name not in vars(self):
            raise AttributeError(f"This {self._name} is not fitted yet.")
        return vars(self)[name]
