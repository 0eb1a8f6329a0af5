"""The weights of the outputs in the distance of the projection."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.outputs import Outputs, as_real, labelled_values
from sklstm._utils.frames import Names

# Weights that differ by more would be lost in each other's rounding.
_LARGEST_RATIO = 1e100


def check_output_weight(
    output_weight: Any, n_outputs: int, output_names: Names, owner: str
) -> NDArray[np.float64] | None:
    """Return the weights as an array of shape (n_outputs,), or None.

    Parameters
    ----------
    output_weight : array-like of shape (n_outputs,) or None
        As the user gave it.
    n_outputs : int
        The number of weights that there must be.
    output_names : tuple of str or None
        What the labels of a pandas Series may speak of.
    owner : str
        The name that opens every error message.

    Returns
    -------
    ndarray of shape (n_outputs,) or None
        Divided by a power of 2, which changes no digit, so that the largest is below 1.

    Raises
    ------
    TypeError, ValueError
        If the weights are not `n_outputs` finite positive numbers of comparable size.
    """
    if output_weight is None:
        return None
    labelled = labelled_values(output_weight, n_outputs, output_names)
    if labelled is not None:
        outputs = Outputs(n_outputs, output_names, owner)
        placed = {outputs.index(k, "output_weight"): v for k, v in labelled.items()}
        output_weight = [placed.get(output, np.nan) for output in range(n_outputs)]
    weight = as_real(output_weight, "output_weight", owner)
    if weight.shape != (n_outputs,):
        raise ValueError(
            f"{owner}: `output_weight` needs one weight for each of the {n_outputs} "
            f"outputs; got shape {weight.shape}."
        )
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError(
            f"{owner}: `output_weight` must be finite and positive; got "
            f"{weight.tolist()}."
        )
    if weight.max() / _LARGEST_RATIO > weight.min():
        raise ValueError(
            f"{owner}: `output_weight` must not differ by more than a factor of "
            f"{_LARGEST_RATIO:g}; got {weight.tolist()}."
        )
    scaled: NDArray[np.float64] = np.ldexp(weight, -np.frexp(weight.max())[1])
    return scaled
