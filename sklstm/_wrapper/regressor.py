"""`PositiveOrderedRegressor`: any regressor, with predictions that obey constraints.

The module is long because half of it documents the class, and because `fit` and
`predict` are each to be read from top to bottom in one file.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.resolve import resolve_constraints
from sklstm._constraints.samples import refuse_rules
from sklstm._recurrent.lstm import LSTMRegressor
from sklstm._utils.annotations import Bound, Keys, Order
from sklstm._utils.frames import column_names
from sklstm._utils.frozen import with_frozen_objects
from sklstm._utils.numeric import unmasked
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.quantile_levels import levels_in_call, quantile_levels
from sklstm._utils.sklearn_private import (
    CallbackSupportMixin,
    DelegatingTasks,
    Hidden,
    RegressorBlockMixin,
    ShortMessagesMixin,
    StrOptions,
    _fit_context,
    _routing_enabled,
    requested,
    route_params,
    tags_of,
)
from sklstm._utils.unwrap import name_of, parameters_of
from sklstm._utils.validation import as_weights, refuse_masks
from sklstm._wrapper.quantiles import (
    check_levels_agree,
    check_shares_agree,
    name_quantiles,
    name_targets,
)
from sklstm._wrapper.sample_values import SampleValues
from sklstm._wrapper.target import check_target, check_target_obeys
from sklstm._wrapper.wrapped import (
    as_quantile_target,
    check_predictions,
    check_predicts,
    check_regressor,
    check_same_regressor,
    copy_of,
    expected_outputs,
    is_frozen,
    output_shape,
)

__all__ = ["PositiveOrderedRegressor"]


def _regressor_has(name):
    """Return whether the wrapped regressor has a method, before and after `fit`."""

    def has(estimator):
        regressor = estimator._current_regressor()
        return not is_frozen(regressor) and hasattr(regressor, name)

    return has


def _given(lower, upper, groups, order_by):
    """Return what a call gives about its samples, by the names of the parameters."""
    return {"lower": lower, "upper": upper, "groups": groups, "order_by": order_by}


def _quantile_labels(regressor, y, n_outputs):
    """Return what messages call the outputs that are quantiles of one target."""
    levels = quantile_levels(regressor)
    if not levels or len(levels) != n_outputs or (y is not None and y.ndim > 1):
        return None
    return tuple(f"{level:g} quantile" for level in levels)


def _default_regressor():
    # Seeded, since the wrapper has no parameter through which it could be.
    default = LSTMRegressor(random_state=0)
    if _routing_enabled():
        default.set_fit_request(sample_weight=True)
        default.set_partial_fit_request(sample_weight=True)
    return default


class PositiveOrderedRegressor(
    CallbackSupportMixin,
    RegressorBlockMixin,
    ShortMessagesMixin,
    VersionedStateMixin,
    MetaEstimatorMixin,
    RegressorMixin,
    BaseEstimator,
):
    """Meta-estimator whose predictions obey declared bounds and orders exactly.

    The wrapped regressor is fitted without any change, and its predictions are
    adjusted: no output is below `lower` or above `upper`, and the outputs of each row
    are in the declared `order`. Quantiles do not cross, minima do not exceed maxima,
    and rain is not negative.

    Parameters
    ----------
    regressor : object, default=None
        Any regressor with ``fit`` and, once fitted, ``predict``. It is cloned. None
        uses ``LSTMRegressor(random_state=0)``, whose parameters can be set with the
        prefix ``regressor__``.
    lower, upper : float, array-like of shape (n_outputs,), str, callable, dict or \
None, default=0.0 and None
        Bounds of the predictions, in the unit of y: a bound for all outputs, or an
        array with one bound for each output. A string is a linear expression in
        columns of X, evaluated for each row: ``"0.95 * capacity + 2"``. A callable
        maps X to an array of shape (n_samples,) or (n_samples, n_outputs). A dict maps
        names or indices of outputs to any of these, or the name of a target to a bound
        of all its quantiles. None means no bound. Bounds of each row can also be given
        with the call, as in ``predict(X, upper=...)``.
    order : {"increasing", "decreasing"}, list of chains or None, default="increasing"
        Order of the outputs within a row. A chain is a string such as ``"low <= open <=
        high"``, or a sequence of names or indices of outputs, from the smallest to the
        largest. Chains may share outputs, and then form a partial order. Strings may
        contain constants (``"0 <= DHI <= GHI"``), gaps (``"low + 0.5 <= high"``, as
        NumPy evaluates it), ``y[0]`` for the output with index 0, and names in
        backquotes; names that are not identifiers need backquotes unless the chain
        consists only of names. Names are the columns of a DataFrame `y`. The order has
        no effect on a single output. "increasing" and "decreasing" order the quantiles
        of several targets within each target.
    rules : list of str or None, default=None
        Linear statements about the outputs: ``"casual + registered == count"``,
        ``"DHI <= 0.95 * GHI"``, ``"a + b + c <= 100"``. A single name on one side of
        ``==`` is the derived output: it is computed from the other side, so that the
        equality holds exactly as NumPy evaluates it. Rules need the projection, and
        cannot be combined with `sample_order`.
    method : {"auto", "sort", "projection", "cummax"}, default="auto"
        How to restore an order. "sort" sorts the values along each chain (monotone
        rearrangement [1]_); the chains must not share outputs. "projection" finds the
        closest values, in (weighted) squared error, that obey the bounds and the order
        [2]_. "cummax" is the running extremum, which is causal along a chain. "auto"
        sorts if sorting can restore the order, and projects otherwise or if there are
        weights.
    output_weight : array-like of shape (n_outputs,), Series, dict or None, \
default=None
        Positive weights of the outputs in the squared error of the projection. Not
        allowed with "sort" and "cummax".
    sample_order : {"increasing", "decreasing"} or None, default=None
        Order of the rows given to one call of ``predict``, for each output. This is for
        curves that are known to rise or fall along the samples. The prediction of a row
        then depends on the other rows.
    group_by : str, int, list of them, callable or None, default=None
        Groups within which the rows are ordered: the names or indices of one or several
        columns of X, or a function that returns a label for each row of X. With None,
        all rows form one group.
    order_by : str, int, list of them, callable or None, default=None
        Keys along which the rows are ordered: the names or indices of one or several
        columns of X, or a function that returns a key for each row of X. Ordered
        categories have the order of their categories. With None, the rows are in the
        order in which they are given.
    target_check : {"warn", "raise", "ignore"}, default="warn"
        What to do if y itself violates the constraints in ``fit``.

    Attributes
    ----------
    regressor_ : object
        The fitted regressor.
    n_outputs_ : int
        Number of columns of y, or of the predictions for a 1-D y or several quantiles
        of each column. It is 1 if these need not be counted, because no declaration
        depends on them.
    output_names_ : tuple of str or None
        Names of the columns of a DataFrame `y`. Quantiles of several targets have
        names such as ``"GHI@0.9"``, or ``"y[0]@0.9"`` if the columns have no names.
    order_ : str, list or None
        The order used by ``predict``, as it was declared.
    method_ : {"sort", "projection", "cummax"}
        The method used by ``predict``.
    constraints_ : object
        The constraints used by ``predict``. They are resolved in ``fit``; parameters
        that are changed later take effect at the next ``fit``.
    lower_, upper_ : ndarray of shape (n_outputs,)
        Bounds of each output, tightened along the order, and infinite without a bound
        that holds for all rows.
    order_edges_ : ndarray of shape (n_edges, 2)
        The order: output ``order_edges_[i, 0]`` does not exceed ``order_edges_[i, 1]``.
    n_features_in_ : int
        Number of features seen during ``fit``. Defined only if the regressor has it.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during ``fit``. Defined only if the regressor has them.

    See Also
    --------
    adjust_predictions : The same constraints for predictions that you already have.
    LSTMRegressor : The default regressor, which can build constraints into its `head`.
    sklearn.compose.TransformedTargetRegressor : Transform the target.

    Notes
    -----
    Constraints are declared in the unit of y, so transforms of the target belong inside
    the wrapper: ``PositiveOrderedRegressor(TransformedTargetRegressor(...))``. With the
    other nesting, the constraints apply to the transformed target: a bound of 0 on a
    standardised target cuts predictions off at its mean, and an order between columns
    that are scaled separately is lost when they are scaled back. `target_check` warns
    about this.

    Sorting predictions *across* samples gives row i of X the prediction of another row,
    which is wrong unless the target is known to rise along the rows. It is therefore
    only done if requested by `sample_order`, within `group_by` and along `order_by`.

    X is validated by the regressor, so it may be a sparse matrix, 3-D, or contain
    missing values if the regressor allows them. The columns of `group_by` and
    `order_by` remain features of the regressor; in a Pipeline, they are columns of the
    output of the previous step. The regressor is given y as a NumPy array.

    A regressor that predicts several outputs for a 1-D y is assumed to predict
    quantiles. Their levels are read from its parameters or its attribute `quantiles`,
    and an `order` that contradicts them raises an error. If they cannot be read, and
    there is an `order`, ``fit`` counts the outputs in a prediction of the first rows,
    made without further parameters, and compares the fractions of training targets
    below each of them. If the levels are known, a regressor may predict them for each
    column of a 2-D y, the levels of the first column first, as LSTMRegressor does.

    A :class:`~sklearn.frozen.FrozenEstimator` around a trained model of any library
    with ``predict`` is used without training it again, and y may be omitted in ``fit``.

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

    Named outputs and an upper bound, with the closest values that obey both:

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

    Quantiles of two targets, ordered within each target:

    >>> from sklstm import LSTMRegressor
    >>> network = LSTMRegressor(units=4, quantiles=(0.1, 0.9), epochs=5, random_state=0)
    >>> model = PositiveOrderedRegressor(network, upper={"high": 9, "low@0.9": 7})
    >>> _ = model.fit(X, prices[["low", "high"]])
    >>> model.output_names_
    ('low@0.1', 'low@0.9', 'high@0.1', 'high@0.9')
    >>> model.upper_
    array([7., 7., 9., 9.])
    """

    _parameter_constraints: dict = {
        "regressor": "no_validation",  # checked in `fit`, with a cure for each cause
        "lower": [Real, "array-like", dict, str, callable, None],
        "upper": [Real, "array-like", dict, str, callable, None],
        "order": [str, list, tuple, np.ndarray, None],
        "rules": [list, tuple, None],
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
        regressor: Any = None,
        *,
        lower: Bound = 0.0,
        upper: Bound = None,
        order: Order = "increasing",
        rules: Sequence[str] | None = None,
        method: str = "auto",
        output_weight: ArrayLike | Mapping[Any, float] | None = None,
        sample_order: str | None = None,
        group_by: Keys = None,
        order_by: Keys = None,
        target_check: str = "warn",
    ) -> None:
        self.regressor = regressor
        self.lower = lower
        self.upper = upper
        self.order = order
        self.rules = rules
        self.method = method
        self.output_weight = output_weight
        self.sample_order = sample_order
        self.group_by = group_by
        self.order_by = order_by
        self.target_check = target_check

    @_fit_context(
        # The wrapped regressor validates its own parameters.
        prefer_skip_nested_validation=False
    )
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        lower: Bound = None,
        upper: Bound = None,
        groups: Keys = None,
        order_by: Keys = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the regressor and resolve the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, in any format that the regressor accepts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Finite target values. The columns of a DataFrame name the outputs. May be
            omitted for a FrozenEstimator, whose outputs are then counted from its
            predictions.
        lower, upper, groups, order_by : array-like, default=None
            Values of these samples, as in ``predict``, for `target_check`.
        **fit_params : dict
            Parameters for the ``fit`` method of the regressor, such as
            ``sample_weight``. With metadata routing enabled, the regressor must request
            them.

        Returns
        -------
        self : PositiveOrderedRegressor
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If the constraints contradict each other or do not fit the outputs, if the
            order would turn one quantile into another, or if ``target_check="raise"``
            and y violates a constraint.
        """
        given = _given(lower, upper, groups, order_by)
        return self._fit_from_scratch("fit", X, y, given, fit_params)

    def _fit_from_scratch(self, method, X, y, given, params):
        """Fit a clone of the regressor by `method`; keep nothing if that fails."""
        names, y, regressor = self._prepare_fit(y)
        sample_values = SampleValues(
            self.sample_order, self.group_by, self.order_by, self._name
        )
        own = self._without_keys_of_regressor(method, given)
        declared = (
            self.lower,
            self.upper,
            self.order,
            self.rules,
            self.output_weight,
        )
        levels = quantile_levels(regressor)
        n_expected = expected_outputs(regressor, y, declared=declared)
        declare = partial(self._declare, X, y, own, names, regressor, sample_values)
        if n_expected is not None:  # report what is wrong before a long training
            constraints = declare(n_expected)
        params = self._route(method, params, given)
        tasks = DelegatingTasks(self, X, y, params)
        samples = unmasked(X)
        with tasks.delegate_to(regressor):
            getattr(regressor, method)(samples, y, **params)
        check_predicts(regressor, owner=self._name)
        # A search may have chosen the levels.
        names, y = self._as_quantiles(names, y, regressor)
        declare = partial(self._declare, X, y, own, names, regressor, sample_values)
        shape = output_shape(regressor, samples, y, declared=declared, owner=self._name)
        if shape.n_outputs != n_expected or levels != quantile_levels(regressor):
            constraints = declare(
                shape.n_outputs, target_is_checked=n_expected is not None
            )
        if shape.is_flat or constraints.outputs.targets:
            self._check_quantiles(regressor, samples, y, constraints)
        self.regressor_ = regressor
        self.n_outputs_ = shape.n_outputs
        self.output_names_ = constraints.outputs.names
        self.order_ = deepcopy(self.order)
        self.method_ = constraints.method
        self.constraints_ = constraints
        self._sample_values = sample_values
        self._shape = shape
        self._parameters_given = parameters_of(self._get_regressor(), deep=True)
        tasks.end()
        return self

    def _without_keys_of_regressor(self, method, given):
        """Leave out keys that the regressor alone requests, as those of a search."""
        if self.sample_order is not None:
            return given
        keys = {name: given[name] for name in ("groups", "order_by")}
        return given | dict.fromkeys(requested(self, method, keys, to="regressor"))

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
        """Raise if the order would turn one quantile of a target into another."""
        levels = quantile_levels(regressor)
        source = name_of(regressor)
        check_levels_agree(levels, constraints, source=source)
        if not levels and y is not None:
            check_shares_agree(regressor, X, y, constraints, stacklevel=6)

    def _declare(
        self,
        X,
        y,
        given,
        names,
        regressor,
        sample_values,
        n_outputs,
        *,
        target_is_checked=False,
    ):
        """Resolve what is declared, and check that the target obeys it."""
        levels = quantile_levels(regressor)
        targets = name_targets(levels, y, names, n_outputs)
        if targets:
            names = name_quantiles(targets, levels)
        constraints = resolve_constraints(
            lower=self.lower,
            upper=self.upper,
            order=self.order,
            rules=self.rules,
            method=self.method,
            output_weight=self.output_weight,
            n_outputs=n_outputs,
            output_names=names,
            output_labels=_quantile_labels(regressor, y, n_outputs),
            output_targets=targets,
            owner=self._name,
        )
        refuse_rules(constraints, self.sample_order)
        if targets or (y is not None and y.ndim == 1):
            source = name_of(regressor)
            check_levels_agree(levels, constraints, source=source)
        n_targets = None if y is None else len(y)
        of_rows = sample_values.read(X, constraints, given, n_targets=n_targets)
        if y is not None and not target_is_checked:
            check_target_obeys(y, *of_rows, action=self.target_check, stacklevel=6)
        return constraints

    @available_if(_regressor_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        lower: Bound = None,
        upper: Bound = None,
        groups: Keys = None,
        order_by: Keys = None,
        **partial_fit_params: Any,
    ) -> Self:
        """Continue the training of the regressor.

        Available only if the regressor has this method. The constraints are resolved in
        the first call, as in ``fit``, and do not change in further calls. Parameters of
        the regressor must not change, either: further calls train ``regressor_``, which
        is a clone, so its parameters can be set.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, in any format that the regressor accepts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values, with the same outputs in each call.
        lower, upper, groups, order_by : array-like, default=None
            Values of these samples, as in ``predict``, for `target_check`.
        **partial_fit_params : dict
            Parameters for the ``partial_fit`` method of the regressor. With metadata
            routing enabled, the regressor must request them.

        Returns
        -------
        self : PositiveOrderedRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter of the regressor, or the outputs of y, are not those of the
            first call.
        """
        given = _given(lower, upper, groups, order_by)
        if not hasattr(self, "regressor_"):
            return self._fit_from_scratch(
                "partial_fit", X, y, given, partial_fit_params
            )
        check_same_regressor(
            self._get_regressor(),
            self.regressor_,
            vars(self).get("_parameters_given"),
            owner=self._name,
        )
        names, y = column_names(y), check_target(y, owner=self._name)
        names, y = self._as_quantiles(names, y, self.regressor_)
        outputs = self.constraints_.outputs
        seen = () if self._shape.is_flat else (self.n_outputs_,)
        if outputs.targets:
            seen = (outputs.n_targets,)
            levels = quantile_levels(self.regressor_)
            targets = name_targets(levels, y, names, self.n_outputs_)
            names = name_quantiles(targets, levels) if targets else names
        if y.shape[1:] != seen or names != self.output_names_:
            raise ValueError(
                f"{self._name}: every call of partial_fit must have the outputs of the "
                f"first; got shape {y.shape} with names {names}, after "
                f"{('n_samples', *seen)} with {self.output_names_}."
            )
        of_rows = self._sample_values.read(
            X, self.constraints_, given, n_targets=len(y)
        )
        check_target_obeys(y, *of_rows, action=self.target_check, stacklevel=4)
        params = self._route("partial_fit", partial_fit_params, given)
        self.regressor_.partial_fit(unmasked(X), y, **params)
        return self

    def predict(
        self,
        X: ArrayLike,
        *,
        lower: Bound = None,
        upper: Bound = None,
        groups: Keys = None,
        order_by: Keys = None,
        **predict_params: Any,
    ) -> np.ndarray:
        """Predict with the regressor, and adjust the predictions to the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, in any format that the regressor accepts.
        lower, upper : array-like of shape (n_samples, n_outputs), (n_samples, 1) or \
(n_samples,), dict or float, default=None
            Bounds of these samples, next to those that are declared: the tighter of
            both holds. A flat array is for a single output. A dict maps the name or
            index of an output to its bounds; so does a DataFrame whose columns are
            outputs.
        groups, order_by : array-like of shape (n_samples,), default=None
            What `group_by` and `order_by` would read from X.
        **predict_params : dict
            Parameters for the ``predict`` method of the regressor. With metadata
            routing enabled, the regressor must request them.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in the float dtype of the regressor. They obey all bounds and
            orders exactly in this dtype.

        Raises
        ------
        ValueError
            If the regressor does not predict one row of finite numbers for each sample.
        """
        given = _given(lower, upper, groups, order_by)
        return self._predict(X, predict_params, given)[0]

    def _predict(self, X, predict_params, given):
        """Return predictions, and the quantile levels that the parameters ask for."""
        raw, levels = self._predict_raw(X, predict_params, given)
        source = name_of(self.regressor_)
        check_levels_agree(levels, self.constraints_, source=source)
        return self._adjust(raw, X, given), levels

    def _adjust(self, raw, X, given=None):
        """Return raw predictions for X, adjusted to the constraints."""
        return apply_constraints(raw, *self._of_rows(raw, X, given))

    def _predict_both(self, X, given):
        """Return raw and adjusted predictions, constraints, and the order of rows."""
        raw, _ = self._predict_raw(X, {}, given)
        of_rows = self._of_rows(raw, X, given)
        return raw, apply_constraints(raw, *of_rows), *of_rows

    def _of_rows(self, raw, X, given):
        """Return the constraints of raw predictions for X, and the order of rows."""
        constraints = self.constraints_
        if not self._shape.is_counted and raw.ndim == 2:
            constraints = constraints.for_outputs(raw.shape[1])
        return self._sample_values.read(X, constraints, given)

    def predict_raw(self, X: ArrayLike, **predict_params: Any) -> np.ndarray:
        """Predict with the regressor, without the constraints.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, in any format that the regressor accepts.
        **predict_params : dict
            Parameters for the ``predict`` method of the regressor, as in ``predict``.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions of the regressor, as floats.

        Raises
        ------
        ValueError
            If the regressor does not predict one row of finite numbers for each sample.
        """
        return self._predict_raw(X, predict_params)[0]

    def _predict_raw(self, X, predict_params, given=None):
        if "regressor_" not in vars(self):
            check_is_fitted(self)  # which asks for the tags of all that is inside
        params = self._route("predict", predict_params, given)
        raw = check_predictions(
            self.regressor_.predict(unmasked(X), **params),
            X,
            shape=self._shape,
            source=name_of(self.regressor_),
            owner=self._name,
        )
        return raw, levels_in_call(params)

    def score(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        lower: Bound = None,
        upper: Bound = None,
        groups: Keys = None,
        order_by: Keys = None,
        **predict_params: Any,
    ) -> float:
        """Return the R2 score of the predictions, or the D2 pinball score of quantiles.

        The D2 pinball score is returned if the regressor predicts quantiles, and their
        levels can be read from its parameters or `predict_params` (LSTMRegressor,
        XGBoost, CatBoost, quantile-forest). It is averaged over the levels, and over
        the targets.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame
            Samples, in any format that the regressor accepts.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.
        lower, upper, groups, order_by : array-like, default=None
            Values of these samples, as in ``predict``.
        **predict_params : dict
            Parameters for the ``predict`` method of the regressor, as in ``predict``.

        Returns
        -------
        score : float
            The best score is 1. The best constant predictions score 0.

        Raises
        ------
        ValueError
            If several outputs are predicted for a 1-D y and their levels are unknown.
        """
        y = check_target(y, owner=self._name)
        sample_weight = as_weights(sample_weight, self._name)
        given = _given(lower, upper, groups, order_by)
        predictions, levels = self._predict(X, predict_params, given)
        n_targets = self.constraints_.outputs.n_targets
        of_quantiles = self._shape.is_flat or self.n_outputs_ == 1 or n_targets > 1
        if not levels and of_quantiles:
            levels = quantile_levels(self.regressor_)
        n_outputs = 1 if predictions.ndim == 1 else predictions.shape[1]
        if levels and len(levels) * n_targets == n_outputs:
            from sklstm.metrics import d2_pinball_score

            return d2_pinball_score(
                y, predictions, quantiles=levels, sample_weight=sample_weight
            )
        if self._shape.is_flat and n_outputs > 1:
            raise ValueError(
                f"{self._name}: {n_outputs} outputs are predicted for a 1-D y, and "
                f"the quantile levels of {name_of(self.regressor_)} are unknown. "
                "Score them with sklstm.metrics.make_quantile_scorer."
            )
        return r2_score(y, predictions, sample_weight=sample_weight)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of this object.

        Returns
        -------
        routing : MetadataRouter
            The requests of the regressor, and of ``score`` of this object.
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
    def lower_(self) -> Any:
        """Lower bound of each output."""
        return self._fitted("constraints_").lower

    @property
    def upper_(self) -> Any:
        """Upper bound of each output."""
        return self._fitted("constraints_").upper

    @property
    def order_edges_(self) -> np.ndarray:
        """Pairs of outputs of which the first does not exceed the second."""
        return self._fitted("constraints_").edges

    @property
    def n_features_in_(self) -> int:
        """Number of features seen in ``fit``."""
        return self._fitted("regressor_").n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
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

    def set_params(self, **params: Any) -> Self:
        """Set the parameters of this estimator and of its regressor.

        Parameters
        ----------
        **params : dict
            Parameters; those of the regressor have the prefix ``regressor__``. With
            ``regressor=None``, the parameters of the default regressor can be set as
            well, for example in a search.

        Returns
        -------
        self : PositiveOrderedRegressor
            The estimator.
        """
        nested = any(name.startswith("regressor__") for name in params)
        if nested and params.get("regressor", self.regressor) is None:
            params = {**params, "regressor": _default_regressor()}
        return super().set_params(**params)

    # -- helpers of the methods above --------------------------------------------------

    @property
    def _name(self):
        return type(self).__name__

    def _what_is_saved(self, state):
        # They may be of a kind that the regressor leaves out where it is saved.
        return {k: v for k, v in state.items() if k != "_parameters_given"}

    def _get_regressor(self):
        """Return the regressor, or the default one if it is None."""
        if self.regressor is None:
            return _default_regressor()
        return with_frozen_objects(self.regressor, owner=self._name)

    def _parts(self):
        return {"regressor": self._get_regressor()}

    def _route(self, method, params, given=None):
        """Return those parameters of a call that the regressor gets."""
        refuse_masks(params, self._name)
        return route_params(self, method, params, to="regressor", own=given)

    def _current_regressor(self):
        fitted = vars(self).get("regressor_")
        return self._get_regressor() if fitted is None else fitted

    def _fitted(self, name):
        """Return a fitted attribute on behalf of a property."""
        if name not in vars(self):
            raise AttributeError(f"This {self._name} is not fitted yet.")
        return vars(self)[name]
