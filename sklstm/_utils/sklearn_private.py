"""All private names of scikit-learn that sklstm needs.

Names with an underscore are not part of scikit-learn's public interface and may change
between releases. All other modules import them from here, so that only this file must
be adapted to a new release.
"""

from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, _clone_parametrized, _fit_context
from sklearn.utils import Tags, TargetTags, _safe_indexing
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils._param_validation import (
    HasMethods,
    Hidden,
    Interval,
    InvalidParameterError,
    StrOptions,
)
from sklearn.utils._repr_html.estimator import _VisualBlock
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing
from sklearn.utils.validation import (
    _check_method_params,
    _check_sample_weight,
    _num_samples,
)

from sklstm._utils.text import cut, plain_scalars
from sklstm._utils.unwrap import check_parameter_names

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # pragma: no cover: scikit-learn < 1.9 has no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for the mixin of scikit-learn >= 1.9."""

    def with_callbacks(method):
        """Return the method as it is."""
        return method


__all__ = [
    "CallbackSupportMixin",
    "DelegatingTasks",
    "EpochTasks",
    "HasMethods",
    "Hidden",
    "Interval",
    "RegressorBlockMixin",
    "ShortMessagesMixin",
    "StrOptions",
    "_check_method_params",
    "_check_sample_weight",
    "_clone_parametrized",
    "_fit_context",
    "_num_samples",
    "_openmp_effective_n_threads",
    "_routing_enabled",
    "_safe_indexing",
    "is_fitted_flat",
    "requested",
    "route_params",
    "sample_weights_in",
    "tags_of",
    "with_callbacks",
]


def requested(owner, method, values, *, to):
    """Return the names of the values that the component named `to` requests."""
    if not _routing_enabled():
        return set()
    given = [name for name, value in values.items() if value is not None]
    component = get_routing_for_object(owner)._route_mappings[to].router
    return set(component.consumes(method, given))


def route_params(owner, method, params, *, to, own=None):
    """Return the parameters to pass to `method` of the component named `to`.

    If metadata routing is disabled, these are all of `params`, as in scikit-learn's own
    meta-estimators. If it is enabled, these are the parameters that the component
    requests, including those of `own`, which `owner` itself uses as well.
    """
    if not _routing_enabled():
        return params
    shared = {name: own[name] for name in requested(owner, method, own or {}, to=to)}
    return process_routing(owner, method, **params, **shared)[to][method]


def is_fitted_flat(estimator):
    """Return whether a TransformedTargetRegressor was fitted with a 1-D target."""
    return estimator._training_dim == 1


def sample_weights_in(fit_params):
    """Return a list of the different sample weights among the parameters of a fit.

    They are the values of ``sample_weight`` and, for steps of a Pipeline, of
    ``step__sample_weight``.
    """
    different: list = []
    for name, weight in fit_params.items():
        is_weight = name.split("__")[-1] == "sample_weight" and weight is not None
        if is_weight and not any(np.array_equal(weight, each) for each in different):
            different.append(weight)
    return different


def tags_of(estimator):
    """Return the tags of an estimator, or default tags if it has none.

    Wrappers of other libraries may have no ``__sklearn_tags__``, or one that is not
    found because of the order of their base classes.
    """
    try:
        return estimator.__sklearn_tags__()
    except AttributeError:
        return Tags(estimator_type=None, target_tags=TargetTags(required=True))


class ShortMessagesMixin(BaseEstimator):
    """Short messages about parameters, which point at those of inner estimators."""

    def _validate_params(self):
        try:
            with plain_scalars():
                super()._validate_params()
        except InvalidParameterError as error:
            rule, got, value = str(error).partition(" Got ")
            value = cut(value.removesuffix(" instead."))
            error.args = (f"{rule}{got}{value} instead.",)
            raise

    def _parts(self):
        """Return the inner estimators by the names of their parameters."""
        return self.get_params(deep=False)

    def set_params(self, **params: Any) -> Self:
        """Set the parameters of this estimator, and of those inside it.

        Parameters
        ----------
        **params : dict
            Parameters; ``name__parameter`` sets one of the estimator in `name`.

        Returns
        -------
        self : estimator
            The estimator.
        """
        check_parameter_names(self, params, self._parts)
        try:
            return super().set_params(**params)
        except ValueError as error:
            what, valid, names = str(error).rpartition(" Valid parameters are: ")
            if valid:
                error.args = (f"{cut(what)}{valid}{cut(names, 1000)}",)
            raise


class DelegatingTasks:
    """Report the fit of `owner` to its callbacks, with the inner fit as a task.

    Create it within a method decorated with ``_fit_context``, which tears down the
    callbacks. It does nothing before scikit-learn 1.9.

    Parameters
    ----------
    owner : object
        The estimator that is fitted.
    X, y : object
        Its training data.
    fit_params : dict
        Parameters of the inner ``fit``. The callbacks get the sample weights, to weight
        scores.
    """

    def __init__(self, owner, X, y, fit_params):
        weights = sample_weights_in(fit_params)
        metadata = {"sample_weight": weights[0]} if len(weights) == 1 else None
        self._data = {"estimator": owner, "X": X, "y": y, "metadata": metadata}
        self._context = None
        if hasattr(owner, "_init_callback_context"):  # pragma: no branch: from 1.9
            self._context = owner._init_callback_context(max_subtasks=1)
            self._context.call_on_fit_task_begin(**self._data)

    @contextmanager
    def delegate_to(self, estimator):
        """Report the code within the context as a task of `estimator`."""
        if self._context is None:  # pragma: no cover: before 1.9
            yield
            return
        task = self._context.subcontext(task_name="fit-regressor")
        with self._propagation(task, estimator):
            task.call_on_fit_task_begin(**self._data)
            yield
            task.call_on_fit_task_end(**self._data)

    def _propagation(self, task, estimator):
        # Objects of other libraries may not allow attributes; mocks have any attribute.
        takes_attributes = hasattr(estimator, "__dict__")
        callbacks = getattr(estimator, "_skl_callbacks", [])
        if takes_attributes and isinstance(callbacks, list):
            return task.propagate_callback_context(estimator)
        return nullcontext()

    def end(self):
        """Report the end of the fit, when the owner is fitted."""
        if self._context is not None:  # pragma: no branch: from 1.9
            # Nothing to reconstruct: callbacks get a copy of the owner.
            self._context.call_on_fit_task_end(
                **self._data, reconstruction_attributes={}
            )


class EpochTasks:
    """Report each epoch of a fit to the callbacks as a task.

    Create it within a method decorated with ``_fit_context``. It does nothing before
    scikit-learn 1.9.
    """

    def __init__(self, estimator, n_epochs):
        self._estimator = estimator
        self._context = None
        if hasattr(estimator, "_init_callback_context"):  # pragma: no branch: from 1.9
            self._context = estimator._init_callback_context(max_subtasks=n_epochs)

    def begin_fit(self, X, y, sample_weight, fitted_with):
        """Report the beginning of the fit.

        `fitted_with` returns the fitted attributes for given weights. The data are as
        the user passed them, so that X keeps its names.
        """
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {
            "estimator": self._estimator,
            "X": X,
            "y": y,
            "metadata": metadata,
        }
        self._fitted_with = fitted_with
        if self._context is not None:  # pragma: no branch: from 1.9
            self._context.call_on_fit_task_begin(**self._data)

    def begin(self, epoch):
        """Report the beginning of an epoch."""
        if self._context is not None:  # pragma: no branch: from 1.9
            self._task = self._context.subcontext(task_name=f"epoch {epoch}")
            self._task.call_on_fit_task_begin(**self._data)

    def end(self, weights):
        """Report the end of an epoch.

        `weights` is only called if a callback needs the estimator.

        Returns
        -------
        bool
            Whether a callback requests to stop the training.
        """
        if self._context is None:  # pragma: no cover: before 1.9
            return False
        return self._task.call_on_fit_task_end(
            **self._data,
            reconstruction_attributes=lambda: self._fitted_with(weights()),
        )

    def end_fit(self):
        """Report the end of the fit, when the estimator is fitted."""
        if self._context is not None:  # pragma: no branch: from 1.9
            self._context.call_on_fit_task_end(
                **self._data, reconstruction_attributes={}
            )


class RegressorBlockMixin:
    """Show the wrapped regressor in the HTML representation of a meta-estimator."""

    _current_regressor: Callable

    def _sk_visual_block_(self):
        regressor = self._current_regressor()
        return _VisualBlock(
            "serial",
            [regressor],
            names=[f"regressor: {type(regressor).__name__}"],
            name_details=[str(regressor)],
            dash_wrapped=True,
        )
