"""SequenceScaler: a scikit-learn scaler applied to the channels of sequences."""

from copy import deepcopy
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted

from sklstm._recurrent.validation import as_sequences, check_same_shape, check_sequences
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.sklearn_private import (
    HasMethods,
    Interval,
    ShortMessagesMixin,
    _fit_context,
    route_params,
)
from sklstm._utils.text import shortened
from sklstm._utils.validation import check_sample_weight, errors_of, prepare_X


def _scaler_has(method):
    def check(self):
        return hasattr(self._get_scaler(), method)

    return check


def _has_columns(self):
    """Return whether the output is 2-D; 3-D sequences have no columns to name."""
    return len(getattr(self, "sequence_shape_", ())) < 2


class SequenceScaler(
    ShortMessagesMixin,
    VersionedStateMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
    BaseEstimator,
):
    """Scale each channel of sequences with any scikit-learn scaler.

    A channel is scaled in the same way at every time step: its statistics are computed
    over all steps of all sequences given to `fit`. Absent steps, which are NaN in every
    channel, stay absent; the scaler does not see them. In a 2-D X this needs
    `n_timesteps`, since NaN may otherwise be a missing feature.

    Parameters
    ----------
    scaler : transformer, default=None
        A scaler that keeps the number of columns, such as MinMaxScaler. It is cloned.
        None uses :class:`~sklearn.preprocessing.StandardScaler`.
    n_timesteps : int, default=None
        Number of steps of a 2-D X, as in :class:`~sklstm.LSTMRegressor`: rows of length
        ``n_timesteps * k`` are sequences of `n_timesteps` steps of `k` channels, step
        by step. None takes each column as one step of a single channel. Must be None
        for a 3-D X.

    Attributes
    ----------
    scaler_ : transformer
        The fitted scaler, whose columns are the channels.
    sequence_shape_ : tuple
        Shape of a row seen during `fit`: ``(n_timesteps, n_channels)`` for a 3-D X,
        ``(n_features,)`` for a 2-D X.
    n_features_in_ : int
        Number of time steps of a 3-D X, or of columns of a 2-D X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X. Defined only if they are all strings.

    See Also
    --------
    SlidingWindow : Create sequences from rows.

    Notes
    -----
    If windows overlap, a row counts once for each window that contains it. To weight
    all rows equally, scale them before they are cut into windows:
    ``make_pipeline(StandardScaler(), SlidingWindow(), ...)``. There, each channel is a
    column, so that the scaler can be used without this class.

    If the scaler accepts ``sample_weight``, the weight of a sequence applies to each of
    its steps. It is routed to the scaler as in scikit-learn's meta-estimators.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.preprocessing import SequenceScaler
    >>> X = np.stack([[[0.0, 10.0], [1.0, 20.0]], [[2.0, 30.0], [3.0, 40.0]]])
    >>> scaler = SequenceScaler().fit(X)
    >>> scaler.scaler_.mean_
    array([ 1.5, 25. ])
    >>> scaler.transform(X).shape
    (2, 2, 2)
    """

    _parameter_constraints: dict = {
        "scaler": [HasMethods(["fit", "transform"]), None],
        "n_timesteps": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, scaler: Any = None, *, n_timesteps: int | None = None) -> None:
        self.scaler = scaler
        self.n_timesteps = n_timesteps

    @_fit_context(
        # The scaler validates its own parameters.
        prefer_skip_nested_validation=False
    )
    def fit(self, X: ArrayLike, y: Any = None, **fit_params: Any) -> Self:
        """Learn the scale of each channel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.
        **fit_params : dict
            Parameters for the ``fit`` method of the scaler. ``sample_weight`` has one
            weight for each sequence.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        X = self._validate(X, reset=True)
        params = self._scaler_params("fit", fit_params, X)
        return self._learn("fit", clone(self._get_scaler()), X, params)

    @available_if(_scaler_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self, X: ArrayLike, y: Any = None, **partial_fit_params: Any
    ) -> Self:
        """Update the scale of each channel with another batch of sequences.

        Available only if the scaler has this method.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.
        **partial_fit_params : dict
            Parameters for the ``partial_fit`` method of the scaler, as in `fit`.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        is_first = not hasattr(self, "scaler_")
        X = self._validate(X, reset=is_first)
        params = self._scaler_params("partial_fit", partial_fit_params, X)
        scaler = clone(self._get_scaler()) if is_first else deepcopy(self.scaler_)
        return self._learn("partial_fit", scaler, X, params)

    def transform(self, X: ArrayLike) -> Any:
        """Scale each channel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences, with rows of the shape seen during `fit`.

        Returns
        -------
        X_scaled : ndarray of the shape of X
            The scaled sequences. If they are 2-D, `set_output` applies.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If X does not have the channels of `fit`, or as a table its columns, or if
            values are infinite.
        """
        check_is_fitted(self)
        return self._apply(self.scaler_.transform, self._validate(X, reset=False))

    @available_if(_scaler_has("inverse_transform"))
    def inverse_transform(self, X: ArrayLike) -> Any:
        """Transform scaled sequences back to their original units.

        Available only if the scaler has this method.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The scaled sequences.

        Returns
        -------
        X_original : ndarray of the shape of X
            The sequences in the original units.
        """
        check_is_fitted(self)
        X = prepare_X(X, type(self).__name__, missing=True)
        with errors_of(type(self).__name__):
            X = check_array(
                X, allow_nd=True, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan"
            )
        check_same_shape(type(self).__name__, X.shape[1:], self.sequence_shape_)
        return self._apply(self.scaler_.inverse_transform, X)

    @available_if(_has_columns)
    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> np.ndarray:
        """Return the names of the columns, which are those of a 2-D X.

        Not available for a 3-D X.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names to use if no names were seen during `fit`.

        Returns
        -------
        feature_names_out : ndarray of str
            The names.
        """
        return super().get_feature_names_out(input_features)

    def get_metadata_routing(self) -> MetadataRouter:
        """Get the metadata routing of this object.

        Returns
        -------
        routing : MetadataRouter
            The requests of the scaler.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="fit_transform", callee="fit")
        mapping.add(caller="partial_fit", callee="partial_fit")
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(scaler=self._get_scaler(), method_mapping=mapping)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        scaler_tags = get_tags(self._get_scaler())
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = scaler_tags.input_tags.allow_nan
        tags.transformer_tags = scaler_tags.transformer_tags
        return tags

    def _get_scaler(self):
        return StandardScaler() if self.scaler is None else self.scaler

    def _scaler_params(self, method, params, X):
        """Return the parameters for the scaler, with a weight for each step."""
        params = route_params(self, method, params, to="scaler")
        if params.get("sample_weight") is None:
            return params
        owner = type(self).__name__
        weight = check_sample_weight(params["sample_weight"], X, owner)
        channels = self._to_channels(X)
        weight = np.repeat(weight, len(channels) // len(X))
        return {**params, "sample_weight": weight[self._is_present(channels)]}

    def _learn(self, method, scaler, X, params):
        """Call a method of the scaler that learns, and keep the scaler."""
        channels = self._present_steps(X)
        with np.errstate(over="ignore", invalid="ignore"):  # raises below
            getattr(scaler, method)(channels, **params)
        is_bad = np.isinf if np.isnan(channels).any() else lambda v: ~np.isfinite(v)
        overflown = [
            name
            for name, value in vars(scaler).items()
            if name.endswith("_")
            and getattr(value, "dtype", np.dtype(int)).kind == "f"
            and is_bad(value).any()
        ]
        if overflown:
            raise self._overflow(f"`{overflown[0]}` of {shortened(scaler)}", channels)
        self.scaler_ = scaler
        return self

    def _overflow(self, what, channels):
        largest = np.abs(channels[np.isfinite(channels)]).max()
        return ValueError(
            f"{type(self).__name__}: {what} overflows, since X reaches {largest:.1e}. "
            "Divide X by a constant, or use another scaler."
        )

    def _validate(self, X, *, reset):
        allow_nan = get_tags(self._get_scaler()).input_tags.allow_nan
        X = check_sequences(
            self,
            X,
            fitted_shape=None if reset else self.sequence_shape_,
            ensure_all_finite="allow-nan" if allow_nan else True,
            absent_steps=True,
        )
        if reset:
            self.sequence_shape_: tuple[int, ...] = X.shape[1:]
        return X

    def _to_channels(self, X):
        sequences = as_sequences(X, self.n_timesteps, type(self).__name__)
        return sequences.reshape(-1, sequences.shape[2])

    def _present_steps(self, X):
        channels = self._to_channels(X)
        return channels[self._is_present(channels)]

    def _is_present(self, channels):
        """Return a mask of the steps that are not absent, or a slice of all steps."""
        if len(self.sequence_shape_) < 2 and self.n_timesteps is None:
            return slice(None)
        absent = np.isnan(channels).all(axis=1)
        return ~absent if absent.any() else slice(None)

    def _apply(self, function, X):
        channels = self._to_channels(X)
        kept = self._is_present(channels)
        given = channels[kept]
        with np.errstate(over="ignore", invalid="ignore"):  # raises below
            out = function(given)
        if issparse(out) or np.shape(out) != given.shape:
            raise ValueError(
                "SequenceScaler: `scaler` must return a dense array with as many "
                f"columns as it is given; {shortened(self.scaler_)} returned a "
                f"{type(out).__name__} of shape {np.shape(out)} for "
                f"{given.shape}."
            )
        out = np.asarray(out)
        if (np.isfinite(given) & ~np.isfinite(out)).any():
            raise self._overflow(f"the output of {shortened(self.scaler_)}", given)
        if len(given) < len(channels):
            scaled = np.full(channels.shape, np.nan, dtype=out.dtype)
            scaled[kept] = out
            out = scaled
        return out.reshape(X.shape)
