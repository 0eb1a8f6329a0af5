"""LossCurveDisplay: training and validation loss of each epoch."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklstm._utils.numeric import as_numbers
from sklstm._utils.unwrap import find_within
from sklstm.inspection._plotting import (
    check_drawable,
    draw_legend,
    get_axes,
    label_axes,
)


class LossCurveDisplay:
    """Training and validation loss of each epoch, with the best epoch marked.

    Create one with :meth:`from_estimator`. Parameters are stored as attributes.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Loss on the training rows.
    val_loss : array-like of shape (n_epochs,), default=None
        Loss on the validation rows; NaN for epochs without validation.
    loss_name : str, default="loss"
        Name of the loss and its unit, for the vertical axis.

    Attributes
    ----------
    best_epoch_ : int
        Epoch with the lowest validation loss, or training loss without `val_loss`,
        counted from 1. With a warm start the epochs of all fits are counted.
    loss_line_, val_loss_line_ : matplotlib Line2D
        The curves; `val_loss_line_` is None without `val_loss`.
    best_epoch_line_ : matplotlib Line2D
        Vertical line at the best epoch.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure containing the axes.

    Examples
    --------
    >>> from sklstm.inspection import LossCurveDisplay
    >>> display = LossCurveDisplay(loss=[3, 2, 1], val_loss=[3, 2, 2.5]).plot()
    >>> display.best_epoch_
    2
    """

    def __init__(
        self,
        *,
        loss: Sequence[float],
        val_loss: Sequence[float] | None = None,
        loss_name: str = "loss",
    ) -> None:
        self.loss = loss
        self.val_loss = val_loss
        self.loss_name = loss_name

    @classmethod
    def from_estimator(cls, estimator: Any, **plot_kwargs: Any) -> Self:
        """Draw the loss curves of a fitted network.

        Parameters
        ----------
        estimator : LSTMRegressor or an estimator around one
            A fitted estimator. The network may be the last step of a Pipeline, or the
            `regressor_` or `best_estimator_` of another estimator. Networks of other
            libraries need a dict `history_` with a list ``"loss"``, as in scikeras.
        **plot_kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If nothing in it has a `history_`.
        """
        check_is_fitted(estimator)
        network, _ = find_within(estimator, "history_", also_in=("regressor_",))
        if network is None:
            raise TypeError(
                f"{cls.__name__}.from_estimator: found no fitted LSTMRegressor in "
                f"{type(estimator).__name__}; nothing there has a `history_`."
            )
        has_quantiles = getattr(network, "quantiles", None) is not None
        loss = "pinball" if has_quantiles else getattr(network, "loss", "loss")
        unit = ", normalised units" if getattr(network, "normalize", False) else ""
        name = loss if isinstance(loss, str) else getattr(loss, "__name__", "loss")
        history = network.history_
        return cls(
            loss=history["loss"],
            val_loss=history.get("val_loss"),
            loss_name=f"{name}{unit}",
        ).plot(**plot_kwargs)

    def plot(self, ax: Any = None) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        ValueError
            If a curve has no finite loss, or one that is too large to be drawn, or if
            the curves differ in length.
        """
        loss = _as_curve(self.loss, "loss")
        val_loss = None
        if self.val_loss is not None:
            val_loss = _as_curve(self.val_loss, "val_loss")
            if len(val_loss) != len(loss):
                raise ValueError(
                    f"{type(self).__name__}: `val_loss` must have one value for each "
                    f"of the {len(loss)} epochs of `loss`; got {len(val_loss)}."
                )
        check_drawable(type(self).__name__, loss=loss, val_loss=val_loss)
        is_own_figure = ax is None
        ax = get_axes(ax, self)
        (self.loss_line_,) = self._draw(ax, loss, color="tab:blue", label="training")
        self.val_loss_line_ = None
        if val_loss is not None:
            (self.val_loss_line_,) = self._draw(
                ax, val_loss, color="black", linestyle="--", label="validation"
            )
        self.best_epoch_ = int(np.nanargmin(loss if val_loss is None else val_loss)) + 1
        self.best_epoch_line_ = ax.axvline(
            self.best_epoch_,
            linestyle=":",
            color="gray",
            label=f"best epoch: {self.best_epoch_}",
        )
        margin = max(0.5, 0.03 * len(loss))
        ax.set_xlim(1 - margin, len(loss) + margin)  # also where the loss is NaN
        ax.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        label_axes(ax, "Epoch", f"Loss ({self.loss_name})")
        draw_legend(ax, is_own_figure=is_own_figure)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _draw(self, ax, values, **style):
        marker = "o" if np.isfinite(values).sum() == 1 else None
        return ax.plot(np.arange(len(values)) + 1, values, marker=marker, **style)


def _as_curve(values, name):
    """Return the losses as an array of one dimension, at least one of them finite."""
    values = as_numbers(values, name, "LossCurveDisplay", missing=True, infinite=True)
    if values.ndim != 1 or not np.isfinite(values).any():
        raise ValueError(
            f"LossCurveDisplay: `{name}` must have one value for each epoch, at least "
            f"one of them finite; got {values}."
        )
    return values
