"""LossCurveDisplay: how a network learned, epoch by epoch."""

import numpy as np
from sklearn.pipeline import Pipeline

from sklstm._plotting import get_axes


class LossCurveDisplay:
    """Loss of each epoch in training and validation, with the best epoch marked.

    Make one with :meth:`from_estimator`. Parameters are stored as attributes.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Loss on the training rows.
    val_loss : array-like of shape (n_epochs,), default=None
        Loss on the validation rows.
    loss_name : str, default="loss"
        What the loss is, with its unit, for the vertical axis.

    Attributes
    ----------
    best_epoch_ : int
        The epoch, counted from 1, with the lowest loss: in validation, where there is
        one, else in training.
    loss_line_, val_loss_line_ : matplotlib Line2D
        The curves; the second is None without `val_loss`.
    best_epoch_line_ : matplotlib Line2D
        The mark of the best epoch.
    ax_ : matplotlib Axes
        The axes drawn on.
    figure_ : matplotlib Figure
        Their figure.

    Examples
    --------
    >>> from sklstm.inspection import LossCurveDisplay
    >>> display = LossCurveDisplay(loss=[3, 2, 1], val_loss=[3, 2, 2.5]).plot()
    >>> display.best_epoch_
    2
    """

    def __init__(self, *, loss, val_loss=None, loss_name="loss"):
        self.loss = loss
        self.val_loss = val_loss
        self.loss_name = loss_name

    @classmethod
    def from_estimator(cls, estimator, **plot_kwargs):
        """Draw how a network learned.

        Parameters
        ----------
        estimator : LSTMRegressor or an estimator around one
            Fitted. It is looked for in the last step of a Pipeline, and in `regressor_`
            and `best_estimator_` of other estimators.
        **plot_kwargs : dict
            Parameters of :meth:`plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.
        """
        network = _find_network(estimator)
        if network is None:
            raise TypeError(
                f"{cls.__name__}.from_estimator: found no fitted LSTMRegressor in "
                f"{type(estimator).__name__}; nothing there has a `history_`."
            )
        loss = "pinball" if network.quantiles is not None else network.loss
        unit = ", normalised units" if network.normalize else ""
        name = loss if isinstance(loss, str) else getattr(loss, "__name__", "loss")
        history = network.history_
        return cls(
            loss=history["loss"],
            val_loss=history.get("val_loss"),
            loss_name=f"{name}{unit}",
        ).plot(**plot_kwargs)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a figure.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.
        """
        ax = get_axes(ax, self)
        epochs = np.arange(len(self.loss)) + 1
        (self.loss_line_,) = ax.plot(
            epochs, self.loss, color="tab:blue", label="training"
        )
        judged = self.loss
        self.val_loss_line_ = None
        if self.val_loss is not None:
            (self.val_loss_line_,) = ax.plot(
                epochs, self.val_loss, "--", color="black", label="validation"
            )
            judged = self.val_loss
        self.best_epoch_ = int(np.nanargmin(judged)) + 1
        self.best_epoch_line_ = ax.axvline(
            self.best_epoch_,
            linestyle=":",
            color="gray",
            label=f"best epoch: {self.best_epoch_}",
        )
        ax.set(xlabel="Epoch", ylabel=f"Loss ({self.loss_name})")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(frameon=False)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self


def _find_network(estimator):
    """The fitted network within an estimator, or None."""
    if hasattr(estimator, "history_"):
        return estimator
    if isinstance(estimator, Pipeline):
        return _find_network(estimator[-1])
    for name in ("best_estimator_", "regressor_"):
        if hasattr(estimator, name):
            return _find_network(getattr(estimator, name))
    return None
