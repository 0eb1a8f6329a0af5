"""SequenceScaler: a scaler of scikit-learn for the channels of sequences."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from sklstm._sklearn import HasMethods, _fit_context


def _scaler_has(method):
    def check(self):
        return hasattr(self._get_scaler(), method)

    return check


def _has_columns(self):
    """Tell if the output is a table; 3-D sequences have no columns to name."""
    return len(getattr(self, "sequence_shape_", ())) < 2


class SequenceScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale each channel of sequences with any scaler of scikit-learn.

    A channel is scaled alike at every time step: its statistics are those of all the
    steps of all the sequences given to `fit`.

    Parameters
    ----------
    scaler : transformer, default=None
        A scaler that keeps the number of columns, such as MinMaxScaler. It is cloned.
        None is :class:`~sklearn.preprocessing.StandardScaler`.

    Attributes
    ----------
    scaler_ : transformer
        The fitted scaler; its columns are the channels.
    sequence_shape_ : tuple
        Shape of one sequence seen at `fit`: ``(n_timesteps, n_channels)``, or
        ``(n_timesteps,)`` of 2-D X, which is read as one channel.
    n_features_in_ : int
        The number of time steps seen at `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, where it has string names.

    See Also
    --------
    SlidingWindow : Make the sequences from rows.

    Notes
    -----
    Windows overlap, so that a row counts once for each window that holds it. To weigh
    every row alike, scale before the windows are cut: ``make_pipeline(StandardScaler(),
    SlidingWindow(), ...)``.

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
    }

    def __init__(self, scaler=None):
        self.scaler = scaler

    @_fit_context(
        # The scaler has parameters of its own.
        prefer_skip_nested_validation=False
    )
    def fit(self, X, y=None):
        """Learn the scale of each channel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        X = self._validate(X, reset=True)
        self.scaler_ = clone(self._get_scaler()).fit(self._to_channels(X))
        return self

    @available_if(_scaler_has("partial_fit"))
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None):
        """Learn from another batch of sequences; only where the scaler can.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or (n_samples, \
n_timesteps)
            The sequences.
        y : None
            Ignored.

        Returns
        -------
        self : SequenceScaler
            The fitted scaler.
        """
        is_first = not hasattr(self, "scaler_")
        X = self._validate(X, reset=is_first)
        if is_first:
            self.scaler_ = clone(self._get_scaler())
        self.scaler_.partial_fit(self._to_channels(X))
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
        X = check_array(
            X, allow_nd=True, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan"
        )
        self._check_shape(X)
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        scaler_tags = get_tags(self._get_scaler())
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = scaler_tags.input_tags.allow_nan
        tags.transformer_tags = scaler_tags.transformer_tags
        return tags

    def _get_scaler(self):
        return StandardScaler() if self.scaler is None else self.scaler

    def _validate(self, X, *, reset):
        allow_nan = get_tags(self._get_scaler()).input_tags.allow_nan
        X = validate_data(
            self,
            X,
            reset=reset,
            allow_nd=True,
            dtype=FLOAT_DTYPES,
            ensure_all_finite="allow-nan" if allow_nan else True,
        )
        if X.ndim > 3:
            raise ValueError(
                "SequenceScaler: X must be 2-D, or 3-D (samples, time steps, "
                f"channels); got shape {X.shape}."
            )
        if reset:
            self.sequence_shape_ = X.shape[1:]
        self._check_shape(X)
        return X

    def _check_shape(self, X):
        if X.shape[1:] != self.sequence_shape_:
            raise ValueError(
                f"SequenceScaler: X has sequences of shape {X.shape[1:]}, but it was "
                f"fitted on {self.sequence_shape_}."
            )

    def _to_channels(self, X):
        return X.reshape(-1, 1 if X.ndim == 2 else X.shape[2])

    def _apply(self, function, X):
        channels = self._to_channels(X)
        out = np.asarray(function(channels))
        if out.shape != channels.shape:
            raise ValueError(
                "SequenceScaler: `scaler` must keep the number of columns; "
                f"{self.scaler_!r} makes {out.shape[1]} of {channels.shape[1]}."
            )
        return out.reshape(X.shape)
