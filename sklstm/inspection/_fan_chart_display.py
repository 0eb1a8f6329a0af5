"""FanChartDisplay: predicted quantiles as bands, with the target."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.numeric import as_column
from sklstm._utils.validation import check_lengths
from sklstm.inspection._levels import levels_of, sorted_by_level
from sklstm.inspection._plotting import (
    N_STRETCHES,
    check_drawable,
    draw_bands,
    draw_columns,
    draw_legend,
    draw_target,
    format_dates,
    get_axes,
    label_axes,
    literal,
)
from sklstm.inspection._rows import Rows, as_positions


class FanChartDisplay:
    """Predicted quantiles as bands around the central one, with the target.

    Create one with :meth:`from_estimator` or :meth:`from_predictions`. Parameters are
    stored as attributes.

    Parameters
    ----------
    y_pred : ndarray of shape (n_samples, n_quantiles)
        Predicted quantiles, in increasing order of their levels.
    quantiles : tuple of float
        Their levels.
    y_true : ndarray of shape (n_samples, 1), default=None
        Target values; NaN where they are unknown.
    x : array-like of shape (n_samples,), default=None
        Position of each row on the horizontal axis: numbers or times. None takes the
        numbers of the rows.
    unit : str, default=None
        Unit of the target, for the vertical axis.

    Attributes
    ----------
    bands_ : list of matplotlib PolyCollection
        The bands, from the widest to the narrowest.
    centre_line_ : matplotlib Line2D or None
        The central quantile; None for an even number of quantiles.
    target_line_ : matplotlib Line2D or None
        The target values; None without `y_true`.
    ax_ : matplotlib Axes
        Axes with the fan.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    ConstraintDisplay : Quantiles before and after constraints.
    QuantileCalibrationDisplay : The share of the target below each quantile.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.inspection import FanChartDisplay
    >>> median = np.array([2.0, 3.0, 2.5])
    >>> y_pred = median[:, np.newaxis] + [-1, 0, 2]
    >>> display = FanChartDisplay.from_predictions(
    ...     y_pred, quantiles=[0.1, 0.5, 0.9], unit="mm"
    ... )
    >>> display.bands_[0].get_label()
    '10 % to 90 %'
    """

    def __init__(
        self,
        *,
        y_pred: np.ndarray,
        quantiles: Sequence[float],
        y_true: np.ndarray | None = None,
        x: ArrayLike | None = None,
        unit: str | None = None,
    ) -> None:
        self.y_pred = y_pred
        self.quantiles = quantiles
        self.y_true = y_true
        self.x = x
        self.unit = unit

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        quantiles: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the quantiles that an estimator predicts.

        Parameters
        ----------
        estimator : object
            A fitted regressor of quantiles, or an estimator around one.
        X : array-like
            Samples.
        y : array-like of shape (n_samples,), default=None
            Target values.
        quantiles : array-like of shape (n_quantiles,), default=None
            Levels of the predictions. None reads them from the estimator.
        **kwargs : dict
            Further parameters of :meth:`from_predictions`.

        Returns
        -------
        display : FanChartDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        ValueError
            If the levels cannot be read from it, or as :meth:`from_predictions` says.
        """
        check_is_fitted(estimator)
        levels = levels_of(estimator, quantiles, cls.__name__)
        predictions = estimator.predict(X)
        return cls.from_predictions(predictions, quantiles=levels, y_true=y, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_pred: ArrayLike,
        *,
        quantiles: Sequence[float],
        y_true: ArrayLike | None = None,
        x: ArrayLike | None = None,
        unit: str | None = None,
        **plot_kwargs: Any,
    ) -> Self:
        """Draw predicted quantiles.

        Parameters
        ----------
        y_pred : array-like of shape (n_samples, n_quantiles)
            Predicted quantiles, one column for each level.
        quantiles : array-like of shape (n_quantiles,)
            Levels of the columns, in any order.
        y_true : array-like of shape (n_samples,), default=None
            Target values; missing where they are unknown, as in the future.
        x : array-like of shape (n_samples,), default=None
            Position of each row on the horizontal axis: numbers, times (shown in their
            own time zone) or time spans. None takes the numbers of the rows. Rows are
            drawn in the order of `x`.
        unit : str, default=None
            Unit of the target, for the vertical axis.
        **plot_kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : FanChartDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If levels are not between 0 and 1, or do not fit the columns, if predictions
            are missing, if numbers are infinite or too large to be drawn, or if lengths
            differ.
        """
        owner = cls.__name__
        y_pred, levels = sorted_by_level(y_pred, quantiles, owner)
        if y_true is not None:
            y_true = as_column(y_true, "y_true", owner, missing=True)[:, np.newaxis]
        check_lengths(owner, y_pred, y_true)
        check_drawable(owner, y_pred=y_pred, y_true=y_true)
        display = cls(y_pred=y_pred, quantiles=levels, y_true=y_true, x=x, unit=unit)
        return display.plot(**plot_kwargs)

    def plot(self, ax: Any = None, *, max_rows: int | None = 1000) -> Self:
        """Draw the fan.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        max_rows : int or None, default=1000
            More rows than these are summarised in 200 stretches of consecutive rows,
            each drawn by its mean, and the legend says so. None draws every row.

        Returns
        -------
        display : FanChartDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        TypeError
            If `x` holds neither numbers nor times, or `max_rows` is not an int.
        ValueError
            If `x` does not have one position for each row, or `max_rows` is below 1.
        """
        owner = type(self).__name__
        if max_rows is not None:
            check_scalar(max_rows, f"{owner}: `max_rows`", Integral, min_val=1)
        n_samples, n_quantiles = self.y_pred.shape
        x, label = as_positions(self.x, n_samples, 1, owner)
        rows = Rows(x, self.y_pred, self.y_pred, self.y_true).sorted()
        is_own_figure = ax is None
        ax = get_axes(ax, self)
        title = None
        if max_rows is not None and n_samples > max_rows:
            rows = rows.summary(min(max_rows, N_STRETCHES))[0]
            title = f"Means of about {n_samples / len(rows.x):.0f} rows each"
        names = [f"{100 * level:g} %" for level in self.quantiles]
        half = n_quantiles // 2
        labels = [f"{names[j]} to {names[-1 - j]}" for j in range(half)]
        self.bands_ = draw_bands(ax, rows.x[:, 0], rows.adjusted, labels)
        self.centre_line_ = self.target_line_ = None
        if n_quantiles % 2:
            centre = rows.adjusted[:, half : half + 1]
            (self.centre_line_,) = draw_columns(ax, rows.x, centre, ["navy"])
            self.centre_line_.set_label(names[half])
        if rows.y_true is not None and not np.isnan(rows.y_true).all():
            (self.target_line_,) = draw_target(
                ax, rows.x, rows.y_true, [], is_shared=True
            )
        if rows.x.dtype.kind == "M":
            format_dates(ax)
        unit = f" ({self.unit})" if self.unit else ""
        label_axes(ax, literal(label), f"Prediction{unit}")
        outputs = [*self.bands_, *filter(None, [self.centre_line_])]
        draw_legend(
            ax,
            outputs,
            n_outputs=n_quantiles,
            title=title,
            is_own_figure=is_own_figure,
        )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
