"""QuantileCalibrationDisplay: the share of the target below each quantile."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.numeric import as_column
from sklstm._utils.validation import check_lengths, check_sample_weight
from sklstm.inspection._levels import levels_of, sorted_by_level
from sklstm.inspection._plotting import as_label, draw_legend, get_axes, label_axes

_IDEAL = "as the levels say"
_CHANCE = "95 % range of chance"
_TICKS = np.linspace(0, 1, 6)
_TIES = "below to at or below"


class QuantileCalibrationDisplay:
    """The share of the target below each predicted quantile, against its level.

    Quantiles are calibrated if the points are on the diagonal: 10 % of the target is
    below the quantile 0.1, and so on. Where the target equals a quantile in many rows,
    as rain is 0 on many days, no quantile can have exactly its share: then a bar
    connects the share strictly below the quantile with the share at or below it, and
    the level is met if the bar crosses the diagonal. The point is at the end of the bar
    that is closer to the diagonal, or where both cross.

    Create one with :meth:`from_estimator` or :meth:`from_predictions`. Parameters are
    stored as attributes.

    Parameters
    ----------
    quantiles : tuple of float
        The levels, in increasing order.
    share_below : ndarray of shape (n_quantiles,)
        Share of the target strictly below each quantile.
    share_at_or_below : ndarray of shape (n_quantiles,)
        Share of the target at or below each quantile.
    n_samples : float, default=None
        Number of rows, for the range of chance; with weights, the number of rows of
        equal weight that would vary as much. None draws no range.
    name : str, default=None
        Name of the estimator, for the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The points.
    bars_ : matplotlib LineCollection
        The bars; those of quantiles without ties have no length.
    diagonal_ : matplotlib Line2D or None
        The diagonal; None on axes that have one already.
    range_ : matplotlib PolyCollection or None
        Where the shares of 95 % of all samples of this size lie, if the quantiles are
        calibrated and the rows independent. Rows of a time series seldom are, so that
        shares vary more.
    ax_ : matplotlib Axes
        Axes with the points.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    sklstm.metrics.interval_coverage : The share of the target within intervals.
    FanChartDisplay : The quantiles themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.inspection import QuantileCalibrationDisplay
    >>> y_true = np.arange(10)
    >>> y_pred = np.tile([0.5, 4.5, 6.5], (10, 1))
    >>> display = QuantileCalibrationDisplay.from_predictions(
    ...     y_true, y_pred, quantiles=[0.1, 0.5, 0.9]
    ... )
    >>> display.share_at_or_below
    array([0.1, 0.5, 0.7])
    """

    def __init__(
        self,
        *,
        quantiles: Sequence[float],
        share_below: np.ndarray,
        share_at_or_below: np.ndarray,
        n_samples: int | None = None,
        name: str | None = None,
    ) -> None:
        self.quantiles = quantiles
        self.share_below = share_below
        self.share_at_or_below = share_at_or_below
        self.n_samples = n_samples
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        quantiles: Sequence[float] | None = None,
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the shares below the quantiles that an estimator predicts.

        Parameters
        ----------
        estimator : object
            A fitted regressor of quantiles, or an estimator around one.
        X : array-like
            Samples, not those of the training.
        y : array-like of shape (n_samples,)
            Target values.
        quantiles : array-like of shape (n_quantiles,), default=None
            Levels of the predictions. None reads them from the estimator.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.
        name : str, default=None
            Name for the legend. None takes the name of the class of the estimator.
        **kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : QuantileCalibrationDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        ValueError
            If the levels cannot be read from it, or as :meth:`from_predictions` says.
        """
        check_is_fitted(estimator)
        return cls.from_predictions(
            y,
            estimator.predict(X),
            quantiles=levels_of(estimator, quantiles, cls.__name__),
            sample_weight=sample_weight,
            name=type(estimator).__name__ if name is None else name,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        quantiles: Sequence[float],
        sample_weight: ArrayLike | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the shares of the target below predicted quantiles.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            Target values.
        y_pred : array-like of shape (n_samples, n_quantiles)
            Predicted quantiles, one column for each level.
        quantiles : array-like of shape (n_quantiles,)
            Levels of the columns, in any order.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.
        name : str, default=None
            Name for the legend.
        **kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : QuantileCalibrationDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If levels are not between 0 and 1, or do not fit the columns, if values are
            missing or infinite, if lengths differ, or if weights are negative or all 0.
        """
        owner = cls.__name__
        y_pred, levels = sorted_by_level(y_pred, quantiles, owner)
        y_true = as_column(y_true, "y_true", owner)[:, np.newaxis]
        check_lengths(owner, y_true, y_pred)
        weight = check_sample_weight(
            sample_weight, y_true, owner, ensure_non_negative=True
        )
        display = cls(
            quantiles=levels,
            share_below=np.average(y_true < y_pred, axis=0, weights=weight),
            share_at_or_below=np.average(y_true <= y_pred, axis=0, weights=weight),
            n_samples=weight.sum() ** 2 / (weight**2).sum(),
            name=name,
        )
        return display.plot(**kwargs)

    def plot(self, ax: Any = None, **line_kwargs: Any) -> Self:
        """Draw the shares.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, which may be those of another display, for a comparison.
            None creates a figure.
        **line_kwargs : dict
            Parameters of Matplotlib's ``plot``, such as ``color`` and ``marker``.

        Returns
        -------
        display : QuantileCalibrationDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        is_own_figure = ax is None
        ax = get_axes(ax, self, size=(5, 5))
        levels = np.asarray(self.quantiles)
        shares = np.clip(levels, self.share_below, self.share_at_or_below)
        self.diagonal_ = self.range_ = None
        if _IDEAL not in ax.get_legend_handles_labels()[1]:
            self._draw_ideal(ax)
        style = {"marker": "o", "markersize": 5} | line_kwargs
        label = as_label(self.name) if self.name else "quantiles"
        (self.line_,) = ax.plot(levels, shares, **{"label": label} | style)
        has_ties = np.any(self.share_below < self.share_at_or_below)
        is_new = _TIES not in ax.get_legend_handles_labels()[1]
        self.bars_ = ax.vlines(
            levels,
            self.share_below,
            self.share_at_or_below,
            color=self.line_.get_color(),
            linewidth=3,
            alpha=0.4,
            label=_TIES if has_ties and is_new else None,
        )
        # Shares end at 1, also where there is room for a legend above.
        if ax.get_autoscalex_on():
            ax.set_xlim(-0.05, 1.05, auto=None)
            ax.set_xticks(_TICKS)
        if ax.get_autoscaley_on():
            ax.set_ylim(-0.05, 1.05, auto=None)
            ax.set_yticks(_TICKS)
        label_axes(ax, "Level of the quantile", "Share of the target below it")
        draw_legend(ax, is_own_figure=is_own_figure)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _draw_ideal(self, ax):
        ends = np.array([0.0, 1.0])
        (self.diagonal_,) = ax.plot(
            ends, ends, color="gray", linestyle=":", label=_IDEAL
        )
        if self.n_samples is not None:
            levels = np.linspace(0, 1, 101)
            spread = np.sqrt(levels * (1 - levels) / self.n_samples)
            reach = norm.ppf(0.975) * spread
            self.range_ = ax.fill_between(
                levels,
                np.maximum(levels - reach, 0),
                np.minimum(levels + reach, 1),
                color="gray",
                alpha=0.15,
                linewidth=0,
                label=_CHANCE,
            )
