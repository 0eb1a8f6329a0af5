"""ConstraintDisplay: predictions before and after the constraints."""

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_consistent_length

from sklstm._order import column_names
from sklstm._plotting import draw_columns, format_dates, get_axes, shades
from sklstm._quantiles import quantile_levels


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
    y_true : ndarray of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target.
    x : ndarray of shape (n_samples,), default=None
        Where each row stands on the horizontal axis: numbers or times. None is the
        number of the row.
    output_names : list of str, default=None
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
        estimator : PositiveOrderedRegressor or Pipeline
            Fitted; of a Pipeline the last step is the PositiveOrderedRegressor.
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
        if isinstance(estimator, Pipeline):
            X, estimator = estimator[:-1].transform(X), estimator[-1]
        if not hasattr(estimator, "predict_raw"):
            raise TypeError(
                f"{cls.__name__}.from_estimator: {type(estimator).__name__} has no "
                "`predict_raw`. Give a PositiveOrderedRegressor, or both predictions "
                "to from_predictions."
            )
        levels = quantile_levels(estimator.regressor_)
        names = [f"{level:g} quantile" for level in levels or ()] or None
        kwargs.setdefault("output_names", estimator.output_names_ or names)
        return cls.from_predictions(
            estimator.predict_raw(X), estimator.predict(X), y_true=y, **kwargs
        )

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
            Where each row stands on the horizontal axis: numbers or times.
        output_names : list of str, default=None
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
        names = column_names(raw) if output_names is None else output_names
        raw, adjusted = _as_columns(raw, "raw"), _as_columns(adjusted, "adjusted")
        if raw.shape != adjusted.shape:
            raise ValueError(
                f"{cls.__name__}: `raw` and `adjusted` must have one shape; got "
                f"{raw.shape} and {adjusted.shape}."
            )
        if names is not None and len(names) != raw.shape[1]:
            raise ValueError(
                f"{cls.__name__}: got {len(names)} output names for {raw.shape[1]} "
                "outputs."
            )
        y_true = None if y_true is None else np.asarray(y_true)
        x = None if x is None else np.asarray(x)
        check_consistent_length(raw, y_true, x)
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
        ax = get_axes(ax, self)
        x = np.arange(len(self.raw)) if self.x is None else self.x
        draw = self._draw_fan if kind == "fan" else self._draw_lines
        draw(ax, x)
        self._mark_changes(ax, x)
        ax.set(
            xlabel="Row" if self.x is None else "",
            ylabel="Prediction" + (f" ({self.unit})" if self.unit else ""),
        )
        if np.issubdtype(x.dtype, np.datetime64):
            format_dates(ax)
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _names(self):
        n_outputs = self.raw.shape[1]
        return self.output_names or [f"output {j}" for j in range(n_outputs)]

    def _draw_lines(self, ax, x):
        colors = shades(self.raw.shape[1])
        self.bands_ = []
        self.lines_ = draw_columns(ax, x, self.adjusted, colors, linewidth=1.8)
        for line, name in zip(self.lines_, self._names(), strict=True):
            line.set_label(name)
        self._draw_raw_and_target(ax, x, colors)

    def _draw_fan(self, ax, x):
        names, n_outputs = self._names(), self.raw.shape[1]
        half = n_outputs // 2
        # Light enough for what is drawn upon them.
        colors = shades(half, "Blues", last=0.45)
        self.bands_ = [
            ax.fill_between(
                x,
                self.adjusted[:, j],
                self.adjusted[:, -1 - j],
                color=color,
                linewidth=0,
                label=f"{names[j]} to {names[-1 - j]}",
            )
            for j, color in enumerate(colors)
        ]
        self.lines_ = []
        if n_outputs % 2:
            self.lines_ = ax.plot(
                x, self.adjusted[:, half], color="navy", label=names[half]
            )
        self._draw_raw_and_target(ax, x, ["black"] * n_outputs)

    def _draw_raw_and_target(self, ax, x, colors):
        self.raw_lines_ = draw_columns(
            ax, x, self.raw, colors, label="raw", linestyle=":", linewidth=1
        )
        self.target_lines_ = []
        if self.y_true is not None:
            columns = self.y_true.reshape(len(self.y_true), -1)
            self.target_lines_ = draw_columns(
                ax,
                x,
                columns,
                colors[: columns.shape[1]],
                label="target",
                linestyle="none",
                marker=".",
            )

    def _mark_changes(self, ax, x):
        is_changed = self.raw != self.adjusted
        rows, columns = np.nonzero(is_changed)
        (self.marks_,) = ax.plot(
            x[rows],
            self.raw[rows, columns],
            linestyle="none",
            marker="x",
            markersize=5,
            color="black",
            label=f"changed ({is_changed.any(axis=1).mean():.0%} of rows)",
        )


def _as_columns(values, name):
    values = check_array(values, ensure_2d=False, input_name=name)
    return values.reshape(len(values), -1)
