"""The outputs that a declaration refers to: how many, their names, their labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sklstm._utils.frames import Names, row_labels
from sklstm._utils.text import shortened


@dataclass(frozen=True)
class Outputs:
    """The outputs of a target or a prediction.

    Attributes
    ----------
    n_outputs : int
        How many there are.
    names : tuple of str or None
        Names by which a declaration may refer to them.
    owner : str
        Name of the caller, for error messages.
    labels : tuple of str, default=None
        What messages call outputs that have no names.
    targets : tuple of str, default=None
        Names of the targets of which the outputs are quantiles, if there are several:
        each target has the same number of outputs, those of the first come first.
    """

    n_outputs: int
    names: Names
    owner: str
    labels: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None

    @property
    def n_targets(self) -> int:
        """The number of targets of which the outputs are quantiles, or 1."""
        return len(self.targets) if self.targets else 1

    def of_targets(self) -> "Outputs":
        """Return the targets of which the outputs are quantiles as outputs."""
        return Outputs(self.n_targets, self.targets, self.owner)

    def label(self, index: int) -> str:
        """Return how a message calls the output."""
        if self.names:
            return shortened(self.names[index])
        return self.labels[index] if self.labels else f"output {index}"

    def index(self, key: Any, parameter: str) -> int:
        """Return the position of the output that the user calls `key`."""
        if isinstance(key, str):
            return self._index_of_name(key, parameter)
        if not isinstance(key, int | np.integer) or isinstance(key, bool):
            raise TypeError(
                f"{self.owner}: `{parameter}` must name outputs by str or int; got "
                f"{shortened(key)}."
            )
        if not 0 <= key < self.n_outputs:
            raise ValueError(
                f"{self.owner}: `{parameter}` refers to output {key}, but valid "
                f"indices are 0 to {self.n_outputs - 1}."
            )
        return int(key)

    def _index_of_name(self, name: str, parameter: str) -> int:
        if self.names is None:
            raise ValueError(
                f"{self.owner}: `{parameter}` refers to {shortened(name)}, but the "
                "outputs have "
                "no names. Give a DataFrame whose columns are named by strings, or use "
                "indices."
            )
        matches = self.names.count(name)
        if matches != 1:
            problem = "is not an output" if matches == 0 else f"names {matches} outputs"
            if name in (self.targets or ()):
                problem = "is a target of which quantiles are predicted"
            raise ValueError(
                f"{self.owner}: `{parameter}` refers to {shortened(name)}, which "
                f"{problem}; the "
                f"outputs are {shortened(list(self.names))}."
            )
        return self.names.index(name)

    def values_by_output(self, declared: Any, parameter: str) -> dict[int, Any] | None:
        """Return what a dict or a labelled Series declares, by position of the output.

        Parameters
        ----------
        declared : object
            As the user gave it.
        parameter : str
            The parameter that holds it, for messages.

        Returns
        -------
        dict of int to object, or None
            None for other kinds, and for a Series that gives one value for each
            output in their order: without labels, or where the outputs have no names.

        Raises
        ------
        ValueError
            If a key is not an output, or two keys are the same one.
        """
        if isinstance(declared, Mapping):
            pairs = list(declared.items())
        elif (labels := row_labels(declared)) is not None:
            by_position = labels == list(range(self.n_outputs)) or (
                self.names is None
                and len(labels) == self.n_outputs
                and all(isinstance(label, str) for label in labels)
            )
            if by_position:
                return None
            pairs = list(zip(labels, declared, strict=True))
        else:
            return None
        values: dict[int, Any] = {}
        keys: dict[int, Any] = {}
        for key, value in pairs:
            for output in self._indices(key, parameter):
                if output in values:
                    raise ValueError(
                        f"{self.owner}: `{parameter}` sets {self.label(output)} "
                        f"twice, as {shortened(keys[output])} and as {shortened(key)}."
                    )
                values[output], keys[output] = value, key
        return values

    def _indices(self, key: Any, parameter: str) -> list[int]:
        """Return the positions of an output, or of all quantiles of a target."""
        targets = self.targets or ()
        if isinstance(key, str) and targets.count(key) == 1:
            n_levels = self.n_outputs // len(targets)
            first = targets.index(key) * n_levels
            return list(range(first, first + n_levels))
        return [self.index(key, parameter)]


def is_sequence(candidate: Any) -> bool:
    """Tell lists, tuples and arrays from text, mappings, sets, tables and scalars."""
    if isinstance(candidate, np.ndarray):
        return candidate.ndim > 0
    return (
        hasattr(candidate, "__len__")
        and hasattr(candidate, "__getitem__")
        and not hasattr(candidate, "columns")
        and not isinstance(candidate, str | bytes | Mapping)
    )
