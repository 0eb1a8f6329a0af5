"""SlidingWindow: rows in order of time to windows, inside a Pipeline."""

from numbers import Integral, Real

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted

from sklstm._utils.labels import check_in_time_order
from sklstm._utils.sklearn_private import (
    Interval,
    ShortMessagesMixin,
    StrOptions,
    _fit_context,
)
from sklstm._utils.validation import validate_X


class SlidingWindow(  # type: ignore[call-arg]
    ShortMessagesMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,  # 3-D output fits no DataFrame
):
    """Turn rows in order of time into windows that end at each row.

    There is one window for each row, so that inside a Pipeline `y` stays aligned: the
    window of row ``i`` holds the rows ``i - (length - 1) * step, ..., i - step, i``.
    The rows before the first, which were never seen, are made up as `pad` says.

    Parameters
    ----------
    length : int, default=24
        Rows in a window.
    step : int, default=1
        Spacing of the rows of a window. With hourly rows ``length=7, step=24`` is the
        same hour of seven days.
    pad : "edge" or float, default="edge"
        What stands for the rows before the first: that row ("edge"), or a constant.

    Attributes
    ----------
    n_features_in_ : int
        The number of channels: the columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, where it has string names.

    See Also
    --------
    make_windows : Windows without padding, and the rows that follow them as target.
    SequenceScaler : Scale the windows by channel.

    Notes
    -----
    A window never looks ahead: changing a row changes no window that ends before it.

    `transform` knows only the rows given to it. In cross-validation the first windows
    of a test fold are therefore padded from the fold's own edge, not filled from the
    training rows: nothing leaks, but these rows are predicted from less than they would
    be in use. To predict row ``i`` in the middle of a series, hand over the rows before
    it too: ``model.predict(X[i - (length - 1) * step : i + 1])[-1]``. Rows must not be
    shuffled before this step; use :class:`~sklearn.model_selection.TimeSeriesSplit`.

    The windows are a read-only view of one padded copy of X, so that long windows cost
    no memory. They are 3-D, and so there is no `set_output`: in a Pipeline, set it on
    the steps before.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.preprocessing import SlidingWindow
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> SlidingWindow(length=3).fit_transform(X)[:, :, 0]
    array([[1., 1., 1.],
           [1., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> SlidingWindow(length=2, step=2, pad=0.0).fit_transform(X)[:, :, 0]
    array([[0., 1.],
           [0., 2.],
           [1., 3.],
           [2., 4.]])
    """

    _parameter_constraints: dict = {
        "length": [Interval(Integral, 1, None, closed="left")],
        "step": [Interval(Integral, 1, None, closed="left")],
        "pad": [StrOptions({"edge"}), Real],
    }

    def __init__(self, length=24, *, step=1, pad="edge"):
        self.length = length
        self.step = step
        self.pad = pad

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters and remember the columns; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_channels)
            Rows in order of time.
        y : None
            Ignored.

        Returns
        -------
        self : SlidingWindow
            The transformer.
        """
        self._validate(X, reset=True)
        return self

    def transform(self, X):
        """Cut the windows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_channels)
            Rows in order of time, that follow each other. Where pandas has an index of
            times, they must not fall.

        Returns
        -------
        windows : ndarray of shape (n_rows, length, n_channels)
            Window ``i`` ends at row ``i``. Float, read-only.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        before = (self.length - 1) * self.step
        if isinstance(self.pad, str):  # "edge"
            padding = np.repeat(X[:1], before, axis=0)
        else:
            padding = np.full((before, X.shape[1]), self.pad, dtype=X.dtype)
        spans = sliding_window_view(np.concatenate([padding, X]), before + 1, axis=0)
        return spans[:, :, :: self.step].swapaxes(1, 2)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _validate(self, X, *, reset):
        check_in_time_order(X, type(self).__name__)
        return validate_X(
            self, X, reset=reset, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan"
        )
