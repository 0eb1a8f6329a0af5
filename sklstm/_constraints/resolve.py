"""Everything that is declared about the outputs, resolved once, as one object."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import add_bounds, check_apart, resolve_bound, tighten
from sklstm._constraints.order import resolve_order
from sklstm._constraints.outputs import Outputs
from sklstm._constraints.violations import LowerBound, OrderEdge, Rule, UpperBound
from sklstm._constraints.weights import resolve_weight
from sklstm._projection.graph import (
    Component,
    Edges,
    has_disjoint_chains,
    split_components,
)
from sklstm._utils.frames import Names

METHODS = ("auto", "sort", "projection", "cummax")


@dataclass(frozen=True, eq=False)
class Constraints:
    """What predictions must obey and how, ready to be applied.

    Attributes
    ----------
    outputs : Outputs
        Names and labels of the outputs.
    lower, upper : ndarray of shape (n_outputs,), float64
        Tightened along the order: both never fall along an edge. Infinite where
        there is no bound.
    edges : ndarray of shape (n_edges, 2), intp
        Output ``edges[i, 0]`` must not exceed output ``edges[i, 1]``. Acyclic,
        without edges that others imply, sorted topologically.
    components : list of Component
        The parts of the order that have no output in common.
    descending : bool
        The order was declared as "decreasing": a running extremum starts from the
        first output, which is the largest.
    method : {"sort", "projection", "cummax"}
        How values that break a rule are adjusted.
    weight : ndarray of shape (n_outputs,) or None
        Weights of the distance in the projection.
    """

    outputs: Outputs
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    edges: Edges
    components: list[Component]
    descending: bool
    method: str
    weight: NDArray[np.float64] | None

    @property
    def n_outputs(self) -> int:
        """The number of outputs."""
        return self.outputs.n_outputs

    def for_outputs(self, n_outputs: int) -> "Constraints":
        """Return the same bounds for as many outputs, where one stands for all."""
        return replace(
            self,
            outputs=replace(self.outputs, n_outputs=n_outputs),
            lower=np.repeat(self.lower, n_outputs),
            upper=np.repeat(self.upper, n_outputs),
        )

    @property
    def rules(self) -> list[Rule]:
        """The rules one by one: lower bounds, upper bounds, then the order."""
        label = self.outputs.label
        rules: list[Rule] = []
        for output, bound in enumerate(self.lower.tolist()):
            if np.isfinite(bound):
                rules.append(LowerBound(f"{label(output)} >= {bound}", output, bound))
        for output, bound in enumerate(self.upper.tolist()):
            if np.isfinite(bound):
                rules.append(UpperBound(f"{label(output)} <= {bound}", output, bound))
        for a, b in self.edges.tolist():
            rules.append(OrderEdge(f"{label(a)} <= {label(b)}", a, b))
        return rules


def resolve_constraints(
    *,
    lower: Any,
    upper: Any,
    order: Any,
    method: str = "auto",
    output_weight: Any = None,
    n_outputs: int,
    output_names: Names = None,
    owner: str,
) -> Constraints:
    """Check what the user declared, and resolve names, chains, bounds and weights.

    Parameters
    ----------
    lower, upper, order, method, output_weight : object
        As the user gave them; see `adjust_predictions`.
    n_outputs : int
        The number of outputs of the target.
    output_names : tuple of str or None
        Names by which bounds and chains may refer to the outputs.
    owner : str
        Name of the caller, for error messages.

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
    resolved = resolve_order(order, outputs)
    edges = resolved.edges
    weight = resolve_weight(output_weight, outputs)
    method = _resolve_method(method, edges, weight, owner)
    declared_lower = resolve_bound(lower, "lower", outputs)
    declared_upper = resolve_bound(upper, "upper", outputs)
    add_bounds(resolved.bounds, declared_lower, declared_upper)
    check_apart(declared_lower, declared_upper, outputs)
    tight_lower, tight_upper = tighten(declared_lower, declared_upper, edges, outputs)
    return Constraints(
        outputs=outputs,
        lower=tight_lower,
        upper=tight_upper,
        edges=edges,
        components=split_components(edges, n_outputs),
        descending=isinstance(order, str) and order == "decreasing",
        method=method,
        weight=weight,
    )


def _resolve_method(method: str, edges: Edges, weight: Any, owner: str) -> str:
    """Return the method to use, or raise if the one asked for cannot do it."""
    if not isinstance(method, str) or method not in METHODS:
        hint = ""
        if isinstance(method, str) and method == "isotonic":
            hint = " Isotonic regression is what method='projection' does to a chain."
        raise ValueError(
            f"{owner}: `method` must be 'auto', 'sort', 'projection' or 'cummax'; got "
            f"{method!r}.{hint}"
        )
    can_sort = has_disjoint_chains(edges)
    if method == "auto":
        return "sort" if can_sort and weight is None else "projection"
    if method == "sort" and not can_sort:
        raise ValueError(
            f"{owner}: method='sort' needs chains that share no output; `order` is a "
            "partial order. Use method='projection', or leave it to method='auto'."
        )
    if method != "projection" and weight is not None:
        raise ValueError(
            f"{owner}: `output_weight` acts in the projection only, but "
            f"method={method!r}. Use method='projection', or leave the weights out."
        )
    return method
