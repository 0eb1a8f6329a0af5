"""The outputs that a declaration refers to: how many, their names, their labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._utils.frames import Names


class Outputs:
    """How many outputs there are, what they are called, and who asks."""

    def __init__(self, n_outputs: int, names: Names, owner: str) -> None:
        self.n_outputs = n_outputs
        self.names = names
        self.owner = owner

    def label(self, index: int) -> str:
        """Return how a message calls the output."""
        return repr(self.names[index]) if self.names else f"output {index}"

    def index(self, key: Any, parameter: str) -> int:
        """Return the position of the output that the user calls `key`."""
        if isinstance(key, str):
            return self._index_of_name(key, parameter)
        if not isinstance(key, int | np.integer) or isinstance(key, bool):
            raise TypeError(
                f"{self.owner}: `{parameter}` must name outputs by str or int; got "
                f"{key!r}."
            )
        if not 0 <= key < self.n_outputs:
            raise ValueError(
                f"{self.owner}: `{parameter}` speaks of output {key}, but there are "
                f"{self.n_outputs} outputs, counted from 0."
            )
        return int(key)

    def _index_of_name(self, name: str, parameter: str) -> int:
        if self.names is None:
            raise ValueError(
                f"{self.owner}: `{parameter}` speaks of {name!r}, but the outputs have "
                "no names. Give a DataFrame whose columns are named by strings, or use "
                "indices."
            )
        matches = self.names.count(name)
        if matches != 1:
            problem = "is no output" if matches == 0 else f"names {matches} outputs"
            raise ValueError(
                f"{self.owner}: `{parameter}` speaks of {name!r}, which {problem}; the "
                f"outputs are {list(self.names)}."
            )
        return self.names.index(name)


def labelled_values(
    declared: Any, n_outputs: int, output_names: Names
) -> dict[Any, Any] | None:
    """Return a pandas Series as a dict if its labels are names, and None else.

    Where the outputs have no names, one value for each is taken by position.
    """
    if not (hasattr(declared, "index") and hasattr(declared, "to_dict")):
        return None
    if not any(isinstance(label, str) for label in declared.index):
        return None
    if output_names is None and len(declared) == n_outputs:
        return None
    return dict(zip(declared.index, declared, strict=True))


def as_real(numbers: Any, parameter: str, owner: str) -> NDArray[np.float64]:
    """Return float64 numbers, or say which parameter holds something else."""
    try:
        array = np.asarray(numbers)
    except ValueError:  # a ragged list
        array = np.array(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(
            f"{owner}: `{parameter}` must hold real numbers; got {numbers!r}."
        )
    return array.astype(np.float64)
