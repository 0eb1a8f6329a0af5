"""What the user declares about the outputs, resolved to bounds and order edges.

Errors open with `owner`, the name of the estimator or function that was given the
declaration.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import check_apart, resolve_bound, tighten
from sklstm._constraints.order import resolve_order
from sklstm._constraints.outputs import Outputs
from sklstm._constraints.weights import check_output_weight
from sklstm._projection.graph import Edges, has_disjoint_chains
from sklstm._utils.frames import Names


@dataclass(frozen=True)
class Constraints:
    """Bounds and order of the outputs, ready to be applied.

    Attributes
    ----------
    lower, upper : ndarray of shape (n_outputs,), float64
        Tightened along the order: both never fall along an edge. Infinite where
        there is no bound.
    edges : ndarray of shape (n_edges, 2), intp
        Output ``edges[i, 0]`` must not exceed output ``edges[i, 1]``. Acyclic,
        without edges that others imply, sorted topologically.
    output_names : tuple of str or None
        For messages.
    descending : bool
        The order was declared as "decreasing": a running extremum starts from the
        first output, which is the largest.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    edges: Edges
    output_names: Names = None
    descending: bool = False

    @property
    def n_outputs(self) -> int:
        """The number of outputs that the constraints speak of."""
        return self.lower.size


def resolve_constraints(
    *,
    lower: Any,
    upper: Any,
    order: Any,
    method: str,
    output_weight: Any,
    n_outputs: int,
    output_names: Names = None,
    owner: str,
) -> Constraints:
    """Check what the user declared, and resolve names, chains and bounds.

    Parameters
    ----------
    lower, upper, order, method, output_weight : object
        As the user gave them; see `adjust_predictions`.
    n_outputs : int
        The number of outputs of the target.
    output_names : tuple of str or None, default=None
        Names by which bounds and chains may speak of the outputs.
    owner : str
        The name that opens every error message.

    Returns
    -------
    Constraints

    Raises
    ------
    TypeError
        If something of another kind stands where a number, name or chain belongs.
    ValueError
        If the declaration contradicts itself or does not fit the outputs.
    """
    outputs = Outputs(n_outputs, output_names, owner)
    edges = resolve_order(order, outputs)
    check_method(method, edges, owner)
    check_output_weight(output_weight, n_outputs, output_names, owner)
    declared_lower = resolve_bound(lower, "lower", outputs)
    declared_upper = resolve_bound(upper, "upper", outputs)
    check_apart(declared_lower, declared_upper, outputs)
    tight_lower, tight_upper = tighten(declared_lower, declared_upper, edges, outputs)
    descending = isinstance(order, str) and order == "decreasing"
    return Constraints(tight_lower, tight_upper, edges, output_names, descending)


def check_method(method: str, edges: Edges, owner: str) -> None:
    """Raise if there is no such method, or it is not for orders like this one.

    Parameters
    ----------
    method : str
        As the user gave it.
    edges : ndarray of shape (n_edges, 2)
        The order.
    owner : str
        The name that opens every error message.
    """
    if method not in ("sort", "projection", "cummax"):
        raise ValueError(
            f"{owner}: `method` must be 'sort', 'projection' or 'cummax'; got {method!r}."
        )
    if method == "sort" and not has_disjoint_chains(edges):
        raise ValueError(
            f"{owner}: method='sort' needs chains that share no output; `order` makes "
            "a partial order. Use method='projection'."
        )
