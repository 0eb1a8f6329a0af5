"""SlidingWindow: a transformer from rows in order of time to windows."""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted

from sklstm._utils.labels import check_in_time_order
from sklstm._utils.persistence import VersionedStateMixin
from sklstm._utils.sklearn_private import (
    Interval,
    ShortMessagesMixin,
    StrOptions,
    _fit_context,
)
from sklstm._utils.validation import validate_X


class SlidingWindow(  # type: ignore[call-arg]
    ShortMessagesMixin,
    VersionedStateMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
    BaseEstimator,
    auto_wrap_output_keys=None,  # 3-D output does not fit into a DataFrame
):
    """Transform rows in order of time into windows, one ending at each row.

    As there is one window for each row, `y` stays aligned inside a Pipeline. The window
    of row ``i`` contains the rows ``i - (length - 1) * step, ..., i - step, i``. Rows
    before the first one are padded.

    Parameters
    ----------
    length : int, default=24
        Number of rows in a window.
    step : int, default=1
        Distance between the rows of a window. With hourly rows, ``length=7, step=24``
        takes the same hour of seven days.
    pad : "edge" or float, default="edge"
        Values of the rows before the first: those of the first row ("edge"), or a
        constant. NaN marks absent steps, which :class:`~sklstm.LSTMRegressor` skips.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X, which are the channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X. Defined only if they are all strings.

    See Also
    --------
    make_windows : Windows of one or several series, with their targets.
    SequenceScaler : Scale each channel of the windows.

    Notes
    -----
    A window never contains later rows: changing a row does not change any window that
    ends before it.

    `transform` only knows the rows that it is given. In cross-validation, the first
    windows of a test fold are therefore padded, not filled with training rows. Nothing
    leaks, but these rows are predicted from less information than in production. To
    predict row ``i`` of a longer series, pass the rows before it as well:
    ``model.predict(X[i - (length - 1) * step : i + 1])[-1]``. Do not shuffle the rows
    before this step; use :class:`~sklearn.model_selection.TimeSeriesSplit`.

    The windows are a read-only view of a single padded copy of X, so that long windows
    need no more memory than short ones. Since they are 3-D, there is no `set_output`;
    set the output of the previous steps of a Pipeline instead.

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

    def __init__(self, length: int = 24, *, step: int = 1, pad: str = "edge") -> None:
        self.length = length
        self.step = step
        self.pad = pad

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Validate the parameters and X; there is nothing to learn.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_channels)
            Rows in order of time.
        y : None
            Ignored.

        Returns
        -------
        self : SlidingWindow
            The fitted transformer.
        """
        self._validate(X, reset=True)
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Cut the rows into windows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_channels)
            Consecutive rows in order of time. If a pandas index holds times, they must
            not decrease.

        Returns
        -------
        windows : ndarray of shape (n_rows, length, n_channels)
            Read-only array of floats. Window ``i`` ends at row ``i``.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If X does not have the columns of `fit`, if its rows are not in order of
            time, or if values are infinite.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        step = int(self.step)  # small integers would overflow
        before = (int(self.length) - 1) * step
        if isinstance(self.pad, str):  # "edge"
            padding = np.repeat(X[:1], before, axis=0)
        else:
            padding = np.full((before, X.shape[1]), self.pad, dtype=X.dtype)
        spans = sliding_window_view(np.concatenate([padding, X]), before + 1, axis=0)
        return spans[:, :, ::step].swapaxes(1, 2)

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
