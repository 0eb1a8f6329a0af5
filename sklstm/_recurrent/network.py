"""A network and its training, described by plain values that do not need Keras."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Architecture:
    """The layers of a network; equal architectures share one compiled program.

    An ordered head orders each of the `n_groups` equal parts of the outputs by itself:
    the quantiles of several targets. `hidden` are the units and activations of Dense
    layers between the LSTM layers and the output, which only networks from Keras have,
    as they only have a `head` that is one of `OUTPUT_ACTIVATIONS`. With `masked`,
    training skips absent steps; prediction always does.
    """

    n_timesteps: int
    n_channels: int
    n_outputs: int
    units: tuple[int, ...]
    bidirectional: bool
    dropout: float
    head: str
    hidden: tuple[tuple[int, str], ...] = ()
    masked: bool = False
    n_groups: int = 1


@dataclass(frozen=True)
class Training:
    """How a network is trained."""

    loss: Any
    quantiles: tuple[float, ...] | None
    optimizer: Any
    learning_rate: float
    average_epochs: float  # 0: the last weights are kept
    batch_size: int
    epochs: int
    shuffle: bool
    patience: int | None  # None: no early stopping
    verbose: Any
    callbacks: tuple


@dataclass
class NetworkState:
    """The state of a network during training, as plain arrays and numbers.

    Attributes
    ----------
    weights : list of ndarray or None
        None before training.
    optimizer : dict or None
        The ``"values"`` of the optimizer's variables, its ``"name"``, the
        ``"learning_rate"`` with which it was created, the ``"last_weights"`` of the
        training after ``"n_steps"`` steps, and a checksum of their ``"averages"``.
    history : dict of str to list
        Logged values, one for each epoch.
    seed : int
        Together with the number of epochs it determines all further random numbers, so
        that training in two parts equals training in one.
    """

    weights: list | None
    optimizer: dict | None
    history: dict
    seed: int

    @property
    def n_epochs(self):
        return len(self.history["loss"]) if self.history else 0


@dataclass
class Trained:
    """The result of training.

    Attributes
    ----------
    state : NetworkState
        The state after training.
    first_epoch : int
        Number of the first epoch that was trained.
    callbacks : list of keras.callbacks.Callback
        The copies of the user's callbacks that were called.
    """

    state: NetworkState
    first_epoch: int
    callbacks: list
