"""What a network is and how it is trained, in plain values that need no Keras."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Architecture:
    """The layers of a network; equal architectures share one compiled program."""

    n_timesteps: int
    n_channels: int
    n_outputs: int
    units: tuple[int, ...]
    bidirectional: bool
    dropout: float
    head: str


@dataclass(frozen=True)
class Training:
    """How a network is fitted."""

    loss: Any
    quantiles: tuple[float, ...] | None
    optimizer: Any
    learning_rate: float
    batch_size: int
    epochs: int
    shuffle: bool
    patience: int | None  # epochs without a better validation loss; None: no early stop
    verbose: Any
    callbacks: tuple


@dataclass
class NetworkState:
    """Where a network is in its training: plain arrays and numbers.

    `weights` is a list of arrays, or None where there are none yet; `optimizer` has the
    ``"values"`` of its variables, its ``"name"``, and the ``"learning_rate"`` it was
    asked for, or is None; `history` maps a name to its value in each epoch; `seed`,
    with the count of epochs, decides every random number still to be drawn, so that
    training in two goes equals training in one.
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
    """What training returns.

    `first_epoch` is the number of the first epoch that was trained, `callbacks` holds
    the copies of the user's callbacks that took part.
    """

    state: NetworkState
    first_epoch: int
    callbacks: list
