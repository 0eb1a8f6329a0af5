"""The weights of the outputs in the distance of the projection."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.outputs import Outputs
from sklstm._utils.numeric import as_declared

# Projections are tested against rational arithmetic up to this ratio.
_LARGEST_RATIO = 1e16


def resolve_weight(output_weight: Any, outputs: Outputs) -> NDArray[np.float64] | None:
    """Return the weights as an array of shape (n_outputs,), or None.

    Parameters
    ----------
    output_weight : array-like of shape (n_outputs,), Series, dict or None
        As the user gave it. A dict must name every output.
    outputs : Outputs
        What the weights refer to.

    Returns
    -------
    ndarray of shape (n_outputs,) or None
        Divided by a power of 2, which changes no digit, so that the largest finite one
        is below 1. An infinite weight keeps an output where it is.

    Raises
    ------
    TypeError, ValueError
        If the weights are not `n_outputs` positive numbers of comparable size.
    """
    if output_weight is None:
        return None
    owner, n_outputs = outputs.owner, outputs.n_outputs
    by_output = outputs.values_by_output(output_weight, "output_weight")
    if by_output is not None:
        missing = [o for o in range(n_outputs) if o not in by_output]
        if missing:
            raise ValueError(
                f"{owner}: `output_weight` needs a weight for each output; "
                f"{outputs.label(missing[0])} has none."
            )
        output_weight = [by_output[output] for output in range(n_outputs)]
    weight = as_declared(output_weight, "output_weight", owner)
    if weight.shape != (n_outputs,):
        raise ValueError(
            f"{owner}: `output_weight` needs one weight for each of the {n_outputs} "
            f"outputs; got shape {weight.shape}."
        )
    if not (weight > 0).all() or np.isinf(weight).all():
        raise ValueError(
            f"{owner}: `output_weight` must be positive, and finite for one output at "
            f"least; got {weight.tolist()}."
        )
    given, weight = weight, weight[np.isfinite(weight)]
    if weight.max() / _LARGEST_RATIO > weight.min():
        raise ValueError(
            f"{owner}: `output_weight` must not differ by more than a factor of "
            f"{_LARGEST_RATIO:g}; got {weight.tolist()}."
        )
    scaled: NDArray[np.float64] = np.ldexp(given, -np.frexp(weight.max())[1])
    return scaled
