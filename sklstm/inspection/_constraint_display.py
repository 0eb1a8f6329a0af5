"""ConstraintDisplay: predictions before and after the constraints."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.frames import check_same_names, column_names
from sklstm._utils.numeric import as_table
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.text import percent, shortened
from sklstm._utils.unwrap import find_within
from sklstm._utils.validation import check_choice, check_lengths
from sklstm.inspection._plotting import (
    MANY_MARKS,
    N_STRETCHES,
    as_label,
    check_drawable,
    draw_bands,
    draw_columns,
    draw_legend,
    draw_target,
    format_dates,
    get_axes,
    label_axes,
    literal,
    shades,
)
from sklstm.inspection._rows import Rows, as_positions, forecast_steps


class ConstraintDisplay:
    """Predictions before and after the constraints, with the changes marked.

    Create one with :meth:`from_estimator` or :meth:`from_predictions`. Parameters are
    stored as attributes.

    Parameters
    ----------
    raw : ndarray of shape (n_samples, n_outputs)
        Predictions before the constraints.
    adjusted : ndarray of shape (n_samples, n_outputs)
        Predictions after the constraints.
    y_true : ndarray of shape (n_samples, 1) or (n_samples, n_outputs), default=None
        Target values.
    x : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Position of each row, or of each of its outputs, on the horizontal axis: numbers
        or times. None takes the numbers of the rows.
    output_names : sequence of str, default=None
        Names of the outputs, for the legend.
    unit : str, default=None
        Unit of the target, for the vertical axis.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The adjusted predictions; for a fan, only its central quantile.
    bands_ : list of matplotlib PolyCollection
        The bands of a fan, from the widest to the narrowest.
    range_bands_ : list of matplotlib PolyCollection
        The range of each output, if the rows are summarised.
    raw_lines_ : list of matplotlib Line2D
        The raw predictions.
    marks_ : matplotlib Line2D
        The raw values that the constraints changed.
    target_lines_ : list of matplotlib Line2D
        The target values; empty without `y_true`.
    ax_ : matplotlib Axes
        Axes with the predictions.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    sklstm.metrics.violation_report : The violations of each rule, in numbers.

    Notes
    -----
    If the outputs are several steps of a forecast, named ``GHI+1``, ``GHI+2`` and so on
    as by :func:`~sklstm.preprocessing.make_windows`, `x` holds the time of the first
    step, and each further step is drawn at its own time, with ``kind="lines"``. The
    rows must be evenly spaced, one step apart, or at a distance at which the targets of
    neighbouring rows overlap. Otherwise all steps are drawn at the time of the first,
    as the label of the axis says; then give `x` a column for each output.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import adjust_predictions
    >>> from sklstm.inspection import ConstraintDisplay
    >>> raw = np.array([[1.0, 2.0], [3.0, 2.5], [-1.0, 4.0]])
    >>> display = ConstraintDisplay.from_predictions(
    ...     raw, adjust_predictions(raw), output_names=["low", "high"], unit="m"
    ... )
    >>> display.ax_.get_ylabel()
    'Prediction (m)'
    """

    def __init__(
        self,
        *,
        raw: np.ndarray,
        adjusted: np.ndarray,
        y_true: np.ndarray | None = None,
        x: ArrayLike | None = None,
        output_names: Sequence[Any] | None = None,
        unit: str | None = None,
    ) -> None:
        self.raw = raw
        self.adjusted = adjusted
        self.y_true = y_true
        self.x = x
        self.output_names = output_names
        self.unit = unit

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: ArrayLike, y: ArrayLike | None = None, **kwargs: Any
    ) -> Self:
        """Draw the predictions of an estimator before and after its constraints.

        Parameters
        ----------
        estimator : PositiveOrderedRegressor or an estimator around one
            A fitted estimator. The PositiveOrderedRegressor may be the last step of a
            Pipeline or the `best_estimator_` of a search.
        X : array-like
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target values.
        **kwargs : dict
            Further parameters of :meth:`from_predictions`.

        Returns
        -------
        display : ConstraintDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If it contains no PositiveOrderedRegressor.
        ValueError
            If ``kind="fan"`` and there are several targets, or as
            :meth:`from_predictions` says.
        """
        check_is_fitted(estimator)
        found, X = find_within(estimator, "predict_raw", X)
        if found is None:
            raise TypeError(
                f"{cls.__name__}.from_estimator: {type(estimator).__name__} has no "
                "`predict_raw`. Pass a PositiveOrderedRegressor, or use "
                "from_predictions."
            )
        targets = found.constraints_.outputs.targets
        if targets:
            if kwargs.get("kind") == "fan":
                raise ValueError(
                    f"{cls.__name__}: kind='fan' is for quantiles of one target, but "
                    f"there are {len(targets)}. Pass the quantiles of one of them to "
                    "from_predictions."
                )
            y = _of_each_level(y, targets, found.n_outputs_, cls.__name__)
        check_same_names(found.output_names_, y, "y", cls.__name__)
        levels = quantile_levels(found.regressor_)
        names = [f"{level:g} quantile" for level in levels or ()] or None
        kwargs.setdefault("output_names", found.output_names_ or names)
        # Predict only once: some regressors draw their predictions at random.
        raw = found.predict_raw(X)
        return cls.from_predictions(raw, found._adjust(raw, X), y_true=y, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        raw: ArrayLike,
        adjusted: ArrayLike,
        *,
        y_true: ArrayLike | None = None,
        x: ArrayLike | None = None,
        output_names: Sequence[Any] | None = None,
        unit: str | None = None,
        **plot_kwargs: Any,
    ) -> Self:
        """Draw predictions before and after the constraints.

        Parameters
        ----------
        raw, adjusted : array-like of shape (n_samples, n_outputs) or (n_samples,)
            Predictions before and after the constraints.
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            Target values.
        x : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Position of each row, or of each of its outputs, on the horizontal axis:
            numbers, times (shown in their own time zone) or time spans. None takes the
            numbers of the rows. Rows are drawn in the order of `x`. See Notes for
            forecasts of several steps.
        output_names : sequence of str, default=None
            Names of the outputs. None takes the column names of `raw`, if it is a
            DataFrame.
        unit : str, default=None
            Unit of the target, for the vertical axis.
        **plot_kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ConstraintDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `output_names` is a single string.
        ValueError
            If shapes, lengths or names do not agree, if predictions are missing, or if
            numbers are infinite or too large to be drawn.
        """
        owner = cls.__name__
        own_names = column_names(raw)
        for parameter, table in (("adjusted", adjusted), ("y_true", y_true)):
            check_same_names(own_names, table, parameter, owner)
        raw, adjusted = _as_columns(raw, "raw"), _as_columns(adjusted, "adjusted")
        if raw.shape != adjusted.shape:
            raise ValueError(
                f"{owner}: `raw` and `adjusted` must have the same shape; got "
                f"{raw.shape} and {adjusted.shape}."
            )
        if isinstance(output_names, str):
            raise TypeError(
                f"{owner}: `output_names` must be a list of names; got "
                f"{shortened(output_names)}."
            )
        names = own_names if output_names is None else list(output_names)
        if names is not None and len(names) != raw.shape[1]:
            raise ValueError(
                f"{owner}: got {len(names)} output names for {raw.shape[1]} outputs."
            )
        if y_true is not None:
            y_true = _as_columns(y_true, "y_true", missing=True)
            if y_true.shape[1] not in (1, raw.shape[1]):
                raise ValueError(
                    f"{owner}: `y_true` must have one column or one for each of the "
                    f"{raw.shape[1]} outputs; got {y_true.shape[1]}."
                )
        check_lengths(owner, raw, y_true)
        check_drawable(owner, raw=raw, adjusted=adjusted, y_true=y_true)
        display = cls(
            raw=raw,
            adjusted=adjusted,
            y_true=y_true,
            x=x,
            output_names=names,
            unit=unit,
        )
        return display.plot(**plot_kwargs)

    def plot(
        self, ax: Any = None, *, kind: str = "lines", max_rows: int | None = 1000
    ) -> Self:
        """Draw the predictions.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.
        kind : {"lines", "fan"}, default="lines"
            "lines" draws a line for each output. "fan" is for quantiles: it draws bands
            between the first and the last, the second and the last but one, and so on.
        max_rows : int or None, default=1000
            More rows than these are summarised in 200 stretches of consecutive rows,
            and the legend says so: each stretch has its mean, its largest change and,
            for "lines", its range from lowest to highest. None draws every row.

        Returns
        -------
        display : ConstraintDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        TypeError
            If `x` holds neither numbers nor times, or `max_rows` is not an int.
        ValueError
            If `kind` is unknown, if `x` does not have one position for each row, or,
            for "lines", for each output of each row, or if `max_rows` is below 1.
        """
        owner = type(self).__name__
        check_choice(kind, "kind", ("lines", "fan"), owner)
        if max_rows is not None:
            check_scalar(max_rows, f"{owner}: `max_rows`", Integral, min_val=1)
        rows, label = self._sorted_rows(kind)
        is_own_figure = ax is None
        ax = get_axes(ax, self)
        marked, title = rows, None
        self.range_bands_: list[Any] = []
        n_rows = len(rows.x)
        if max_rows is not None and n_rows > max_rows:
            rows, lowest, highest, marked = rows.summary(min(max_rows, N_STRETCHES))
            title = f"Means of about {n_rows / len(rows.x):.0f} rows each"
            if kind == "lines":
                title += ", shaded from lowest to highest"
                self._draw_ranges(ax, rows.x, lowest, highest)
        (self._draw_fan if kind == "fan" else self._draw_lines)(ax, rows)
        self._mark_changes(ax, marked, is_summary=title is not None)
        if rows.x.dtype.kind == "M":
            format_dates(ax)
        unit = f" ({self.unit})" if self.unit else ""
        label_axes(ax, literal(label), f"Prediction{unit}")
        draw_legend(
            ax,
            [*self.bands_, *self.lines_],
            n_outputs=self.raw.shape[1],
            title=title,
            is_own_figure=is_own_figure,
        )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _sorted_rows(self, kind):
        """Return the rows, sorted by position, and the label of the horizontal axis."""
        owner = type(self).__name__
        n_samples, n_outputs = self.raw.shape
        x, label = as_positions(self.x, n_samples, n_outputs, owner)
        if kind == "fan" and x.shape[1] > 1:
            raise ValueError(
                f"{owner}: `x` must have one value for each row if kind='fan'; got "
                f"shape {x.shape}."
            )
        rows = Rows(x, self.raw, self.adjusted, self.y_true).sorted()
        steps = forecast_steps(self.output_names)
        if steps is None or x.shape[1] > 1:
            return rows, label
        at_steps = rows.at_steps(steps) if kind == "lines" else None
        if at_steps is None:
            return rows, f"{label or 'Time'} (first step of each forecast)"
        return at_steps, label

    def _names(self):
        if self.output_names is not None:
            return self.output_names
        return [f"output {j}" for j in range(self.raw.shape[1])]

    def _draw_lines(self, ax, rows):
        colors = shades(self.raw.shape[1])
        self.bands_ = []
        self.lines_ = draw_columns(ax, rows.x, rows.adjusted, colors, linewidth=1.8)
        for line, name in zip(self.lines_, self._names(), strict=True):
            line.set_label(as_label(name))
        self._draw_raw_and_target(ax, rows, colors)

    def _draw_ranges(self, ax, x, lowest, highest):
        """Draw the range of each output's values behind the mean of each stretch."""
        colors = shades(self.raw.shape[1])
        x = np.broadcast_to(x, lowest.shape)
        self.range_bands_ = [
            ax.fill_between(x[:, j], lowest[:, j], highest[:, j], color=c, alpha=0.2)
            for j, c in enumerate(colors)
        ]

    def _draw_fan(self, ax, rows):
        names, n_outputs = self._names(), self.raw.shape[1]
        half = n_outputs // 2
        labels = [f"{names[j]} to {names[-1 - j]}" for j in range(half)]
        self.bands_ = draw_bands(ax, rows.x[:, 0], rows.adjusted, labels)
        self.lines_ = []
        if n_outputs % 2:
            centre = rows.adjusted[:, half : half + 1]
            self.lines_ = draw_columns(ax, rows.x, centre, ["navy"])
            self.lines_[0].set_label(as_label(names[half]))
        self._draw_raw_and_target(ax, rows, ["black"] * n_outputs)

    def _draw_raw_and_target(self, ax, rows, colors):
        self.raw_lines_ = draw_columns(
            ax, rows.x, rows.raw, colors, label="raw", linestyle=":", linewidth=1
        )
        self.target_lines_ = []
        if rows.y_true is None:
            return
        is_shared = rows.y_true.shape[1] < self.raw.shape[1]
        self.target_lines_ = draw_target(
            ax, rows.x, rows.y_true, colors, is_shared=is_shared
        )

    def _mark_changes(self, ax, rows, *, is_summary):
        share = percent((self.raw != self.adjusted).any(axis=1).mean())
        label = f"changed ({share} of rows)"
        if is_summary:
            label = f"largest changes ({share} of rows changed)"
        x, values = rows.changed_values()
        (self.marks_,) = ax.plot(
            x,
            values,
            linestyle="none",
            marker="x",
            markersize=5 if len(x) < MANY_MARKS else 3,
            markeredgewidth=1 if len(x) < MANY_MARKS else 0.6,
            color="black",
            label=label,
        )


def _of_each_level(y, targets, n_outputs, owner):
    """Return the values of several targets, repeated for each of their quantiles."""
    if y is None:
        return None
    check_same_names(targets, y, "y", owner)
    y = as_table(y, "y", owner, missing=True)
    if y.shape[1] != len(targets):
        raise ValueError(
            f"{owner}: `y` must have one column for each of the {len(targets)} targets "
            f"of which quantiles are predicted; got {y.shape[1]}."
        )
    return np.repeat(y, n_outputs // len(targets), axis=1)


def _as_columns(values, name, *, missing=False):
    return as_table(values, name, ConstraintDisplay.__name__, missing=missing)
