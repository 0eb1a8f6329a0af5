"""ConstraintDisplay: predictions before and after the constraints."""

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.frames import check_same_names, column_names
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.text import percent
from sklstm._utils.unwrap import find_within
from sklstm.inspection._plotting import (
    as_label,
    as_positions,
    draw_columns,
    draw_legend,
    format_dates,
    get_axes,
    shades,
)


class ConstraintDisplay:
    """Predictions before and after the constraints, with the changes marked.

    Make one with :meth:`from_estimator` or :meth:`from_predictions`. Parameters are
    stored as attributes.

    Parameters
    ----------
    raw : ndarray of shape (n_samples, n_outputs)
        Predictions before the constraints.
    adjusted : ndarray of shape (n_samples, n_outputs)
        Predictions after them.
    y_true : ndarray of shape (n_samples, 1) or (n_samples, n_outputs), default=None
        The target.
    x : array-like of shape (n_samples,), default=None
        Where each row stands on the horizontal axis: numbers or times. None is the
        number of the row.
    output_names : sequence of str, default=None
        Names of the outputs, for the legend.
    unit : str, default=None
        Unit of the target, for the vertical axis.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The adjusted predictions; of a fan, its centre.
    bands_ : list of matplotlib PolyCollection
        The bands of a fan, from the widest to the narrowest.
    raw_lines_ : list of matplotlib Line2D
        The raw predictions.
    marks_ : matplotlib Line2D
        The raw values that the constraints changed.
    target_lines_ : list of matplotlib Line2D
        The target, where there is one.
    ax_ : matplotlib Axes
        The axes drawn on.
    figure_ : matplotlib Figure
        Their figure.

    See Also
    --------
    sklstm.metrics.violation_report : The same in numbers, by rule.

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
        self, *, raw, adjusted, y_true=None, x=None, output_names=None, unit=None
    ):
        self.raw = raw
        self.adjusted = adjusted
        self.y_true = y_true
        self.x = x
        self.output_names = output_names
        self.unit = unit

    @classmethod
    def from_estimator(cls, estimator, X, y=None, **kwargs):
        """Draw the predictions of an estimator before and after its constraints.

        Parameters
        ----------
        estimator : PositiveOrderedRegressor or an estimator around one
            Fitted. It is looked for in the last step of a Pipeline, and in the
            `best_estimator_` of a search.
        X : array-like
            The samples, in the order to draw them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target.
        **kwargs : dict
            Further parameters of :meth:`from_predictions`.

        Returns
        -------
        display : ConstraintDisplay
            The display, drawn.
        """
        check_is_fitted(estimator)
        found, X = find_within(estimator, "predict_raw", X)
        if found is None:
            raise TypeError(
                f"{cls.__name__}.from_estimator: {type(estimator).__name__} has no "
                "`predict_raw`. Give a PositiveOrderedRegressor, or both predictions "
                "to from_predictions."
            )
        check_same_names(found.output_names_, y, "y", cls.__name__)
        levels = quantile_levels(found.regressor_)
        names = [f"{level:g} quantile" for level in levels or ()] or None
        kwargs.setdefault("output_names", found.output_names_ or names)
        # One prediction for both: a second one could differ by chance.
        raw = found.predict_raw(X)
        return cls.from_predictions(raw, found._adjust(raw, X), y_true=y, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        raw,
        adjusted,
        *,
        y_true=None,
        x=None,
        output_names=None,
        unit=None,
        **plot_kwargs,
    ):
        """Draw predictions before and after their constraints.

        Parameters
        ----------
        raw, adjusted : array-like of shape (n_samples, n_outputs) or (n_samples,)
            Predictions before and after the constraints, in the order to draw them.
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            The target.
        x : array-like of shape (n_samples,), default=None
            Where each row stands on the horizontal axis: numbers, times (as their own
            clock shows them) or spans of time. The rows are drawn in its order.
        output_names : sequence of str, default=None
            Names of the outputs; those of a DataFrame `raw` if None.
        unit : str, default=None
            Unit of the target, for the vertical axis.
        **plot_kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : ConstraintDisplay
            The display, drawn.
        """
        owner = cls.__name__
        own_names = column_names(raw)
        for parameter, table in (("adjusted", adjusted), ("y_true", y_true)):
            check_same_names(own_names, table, parameter, owner)
        raw, adjusted = _as_columns(raw, "raw"), _as_columns(adjusted, "adjusted")
        if raw.shape != adjusted.shape:
            raise ValueError(
                f"{owner}: `raw` and `adjusted` must have one shape; got {raw.shape} "
                f"and {adjusted.shape}."
            )
        if isinstance(output_names, str):
            raise TypeError(
                f"{owner}: `output_names` must be a list of names; got "
                f"{output_names!r}."
            )
        names = own_names if output_names is None else list(output_names)
        if names is not None and len(names) != raw.shape[1]:
            raise ValueError(
                f"{owner}: got {len(names)} output names for {raw.shape[1]} outputs."
            )
        if y_true is not None:
            y_true = _as_columns(y_true, "y_true", ensure_all_finite="allow-nan")
            if y_true.shape[1] not in (1, raw.shape[1]):
                raise ValueError(
                    f"{owner}: `y_true` must have one column, or one for each of the "
                    f"{raw.shape[1]} outputs; got {y_true.shape[1]}."
                )
        check_consistent_length(raw, y_true)
        display = cls(
            raw=raw,
            adjusted=adjusted,
            y_true=y_true,
            x=x,
            output_names=names,
            unit=unit,
        )
        return display.plot(**plot_kwargs)

    def plot(self, ax=None, *, kind="lines"):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.
        kind : {"lines", "fan"}, default="lines"
            "lines" draws a line for each output. "fan" is for quantiles: bands between
            the first and the last, the second and the last but one, and so on.

        Returns
        -------
        display : ConstraintDisplay
            The display itself.
        """
        if kind not in ("lines", "fan"):
            raise ValueError(
                f"{type(self).__name__}: `kind` must be 'lines' or 'fan'; got {kind!r}."
            )
        x, label = as_positions(self.x, len(self.raw), type(self).__name__)
        ax = get_axes(ax, self)
        rows = np.argsort(x, kind="stable")
        raw, adjusted = self.raw[rows], self.adjusted[rows]
        y_true = None if self.y_true is None else self.y_true[rows]
        draw = self._draw_fan if kind == "fan" else self._draw_lines
        draw(ax, x[rows], raw, adjusted, y_true)
        self._mark_changes(ax, x[rows], raw, adjusted)
        ax.set(
            xlabel=as_label(label),
            ylabel="Prediction" + (f" ({self.unit})" if self.unit else ""),
        )
        if x.dtype.kind == "M":
            format_dates(ax)
        draw_legend(ax)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _names(self):
        names = self.output_names
        if names is None:
            names = [f"output {j}" for j in range(self.raw.shape[1])]
        return [as_label(name) for name in names]

    def _draw_lines(self, ax, x, raw, adjusted, y_true):
        colors = shades(raw.shape[1])
        self.bands_ = []
        self.lines_ = draw_columns(ax, x, adjusted, colors, linewidth=1.8)
        for line, name in zip(self.lines_, self._names(), strict=True):
            line.set_label(name)
        self._draw_raw_and_target(ax, x, raw, y_true, colors)

    def _draw_fan(self, ax, x, raw, adjusted, y_true):
        names, n_outputs = self._names(), raw.shape[1]
        half = n_outputs // 2
        # Light enough for what is drawn upon them.
        colors = shades(half, "Blues", last=0.45)
        self.bands_ = [
            ax.fill_between(
                x,
                adjusted[:, j],
                adjusted[:, -1 - j],
                color=color,
                linewidth=0 if len(x) > 1 else 8,  # one row has no width of its own
                label=f"{names[j]} to {names[-1 - j]}",
            )
            for j, color in enumerate(colors)
        ]
        self.lines_ = []
        if n_outputs % 2:
            self.lines_ = draw_columns(ax, x, adjusted[:, half : half + 1], ["navy"])
            self.lines_[0].set_label(names[half])
        self._draw_raw_and_target(ax, x, raw, y_true, ["black"] * n_outputs)

    def _draw_raw_and_target(self, ax, x, raw, y_true, colors):
        self.raw_lines_ = draw_columns(
            ax, x, raw, colors, label="raw", linestyle=":", linewidth=1
        )
        self.target_lines_ = []
        if y_true is not None:
            # One target of several outputs belongs to none of them.
            is_shared = y_true.shape[1] < raw.shape[1]
            self.target_lines_ = draw_columns(
                ax,
                x,
                y_true,
                ["white"] if is_shared else colors,
                label="target",
                linestyle="none",
                marker="o",
                markersize=4,
                markeredgecolor="black",
                markeredgewidth=0.8 if is_shared else 0.4,
                zorder=4,
            )

    def _mark_changes(self, ax, x, raw, adjusted):
        is_changed = raw != adjusted
        rows, columns = np.nonzero(is_changed)
        share = percent(is_changed.any(axis=1).mean())
        (self.marks_,) = ax.plot(
            x[rows],
            raw[rows, columns],
            linestyle="none",
            marker="x",
            markersize=5,
            color="black",
            label=f"changed ({share} of rows)",
        )


def _as_columns(values, name, **kwargs):
    values = check_array(
        values,
        ensure_2d=False,
        input_name=name,
        estimator=ConstraintDisplay.__name__,
        **kwargs,
    )
    return values.reshape(len(values), -1)
