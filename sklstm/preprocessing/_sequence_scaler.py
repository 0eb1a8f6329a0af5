"""SequenceScaler: a scaler of scikit-learn for the channels of sequences."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted

from sklstm._recurrent.validation import as_sequences, check_same_shape, check_sequences
from sklstm._utils.sklearn_private import (
    HasMethods,
    Interval,
    ShortMessagesMixin,
    _fit_context,
    route_params,
)
from sklstm._utils.validation import check_sample_weight, prepare_X


def _scaler_has(method):
    def check(self):
        return hasattr(self._get_scaler(), method)

    return check


def _has_columns(self):
    """Tell if the output is a table; 3-D sequences have no columns to name."""
    return len(getattr(self, "sequence_shape_", ())) < 2


class SequenceScaler(
    ShortMessagesMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator
):
    """Scale each channel of sequences with any scaler of scikit-learn.

    A channel is scaled alike at every time step: its statistics are those of all the
    steps of all the sequences given to `fit`.

    Parameters
    ----------
    scaler : transformer, default=None
        A scaler that keeps the number of columns, such as MinMaxScaler. It is cloned.
        None is :class:`~sklearn.preprocessing.StandardScaler`.
    n_timesteps : int, default=None
        How a 2-D X is read, as in :class:`~sklstm.LSTMRegressor`: its rows of length
        ``n_timesteps * k`` are sequences of `n_timesteps` steps with `k` channels each,
        step by step. None reads every column as one step of a single channel. Not for
        3-D X, which has its own steps.

    Attributes
    ----------
    scaler_ : transformer
        The fitted scaler; its columns are the channels.
    sequence_shape_ : tuple
        Shape of one row seen at `fit`: ``(n_timesteps, n_channels)`` of 3-D X,
        ``(n_features,)`` of 2-D X.
    n_features_in_ : int
        The number of time steps of a 3-D X, of columns of a 2-D X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, where it has string names.

    See Also
    --------
    SlidingWindow : Make the sequences from rows.

    Notes
    -----
    Windows overlap, so that a row counts once for each window that holds it. To weigh
    every row alike, scale before the windows are cut: ``make_pipeline(StandardScaler(),
    SlidingWindow(), ...)``. A table that is yet to be cut into windows has one column a
    channel, and so is a case for the scaler itself, not for this class.

    ``sample_weight``, where the scaler takes it, weighs every step of a sequence. It is
    routed to the scaler as in scikit-learn's meta-estimators.

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

    def __init__(self, scaler=None, *, n_timesteps=None):
        self.scaler = scaler
        self.n_timesteps = n_timesteps

    @_fit_context(
        # The scaler has parameters of its own.
        prefer_skip_nested_validation=False
    )
    def fit(self, X, y=None, **fit_params):
        """Learn the scale of each channel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.
        **fit_params : dict
            Passed to the ``fit`` of the scaler; ``sample_weight`` has one weight for
            each sequence.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        X = self._validate(X, reset=True)
        params = self._scaler_params("fit", fit_params, X)
        self.scaler_ = clone(self._get_scaler()).fit(self._to_channels(X), **params)
        return self

    @available_if(_scaler_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None, **partial_fit_params):
        """Learn from another batch of sequences; only where the scaler can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.
        **partial_fit_params : dict
            Passed to the ``partial_fit`` of the scaler, likewise.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        is_first = not hasattr(self, "scaler_")
        X = self._validate(X, reset=is_first)
        params = self._scaler_params("partial_fit", partial_fit_params, X)
        if is_first:
            self.scaler_ = clone(self._get_scaler())
        self.scaler_.partial_fit(self._to_channels(X), **params)
        return self

    def transform(self, X):
        """Scale each channel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences, of the shape seen at `fit`.

        Returns
        -------
        X_scaled : ndarray of the shape of X
            The scaled sequences. 2-D output heeds `set_output`.
        """
        check_is_fitted(self)
        return self._apply(self.scaler_.transform, self._validate(X, reset=False))

    @available_if(_scaler_has("inverse_transform"))
    def inverse_transform(self, X):
        """Bring scaled sequences back to their units; only where the scaler can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The scaled sequences.

        Returns
        -------
        X_original : ndarray of the shape of X
            The sequences in the units of those given to `fit`.
        """
        check_is_fitted(self)
        X = prepare_X(X, type(self).__name__, missing=True)
        X = check_array(
            X, allow_nd=True, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan"
        )
        check_same_shape(type(self).__name__, X.shape[1:], self.sequence_shape_)
        return self._apply(self.scaler_.inverse_transform, X)

    @available_if(_has_columns)
    def get_feature_names_out(self, input_features=None):
        """Names of the output's columns: those of the input, where X is 2-D.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names to use where none were seen at `fit`.

        Returns
        -------
        feature_names_out : ndarray of str
            The names.
        """
        return super().get_feature_names_out(input_features)

    def get_metadata_routing(self):
        """Tell which metadata goes to which method of the scaler.

        Returns
        -------
        MetadataRouter
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
        """Return what goes to the scaler, with a weight for each step."""
        params = route_params(self, method, params, to="scaler")
        if params.get("sample_weight") is None:
            return params
        owner = type(self).__name__
        weight = check_sample_weight(params["sample_weight"], X, owner)
        n_timesteps = len(self._to_channels(X)) // len(X)
        return {**params, "sample_weight": np.repeat(weight, n_timesteps)}

    def _validate(self, X, *, reset):
        allow_nan = get_tags(self._get_scaler()).input_tags.allow_nan
        X = check_sequences(
            self,
            X,
            fitted_shape=None if reset else self.sequence_shape_,
            ensure_all_finite="allow-nan" if allow_nan else True,
        )
        if reset:
            self.sequence_shape_: tuple[int, ...] = X.shape[1:]
        return X

    def _to_channels(self, X):
        sequences = as_sequences(X, self.n_timesteps, type(self).__name__)
        return sequences.reshape(-1, sequences.shape[2])

    def _apply(self, function, X):
        channels = self._to_channels(X)
        out = function(channels)
        if issparse(out) or np.shape(out) != channels.shape:
            raise ValueError(
                "SequenceScaler: `scaler` must keep the number of columns, in dense "
                f"arrays; {self.scaler_!r} makes a {type(out).__name__} of shape "
                f"{np.shape(out)} of {channels.shape}."
            )
        return np.asarray(out).reshape(X.shape)
