"""Everything that is declared about the outputs, resolved once, as one object."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import (
    RowBound,
    add_bounds,
    array_of,
    check_apart,
    check_row_values,
    check_rows_apart,
    resolve_bound,
    tighten,
)
from sklstm._constraints.feasible import check_feasible
from sklstm._constraints.linear import LinearStatement, resolve_rules
from sklstm._constraints.order import Order, resolve_order
from sklstm._constraints.outputs import Outputs
from sklstm._constraints.violations import (
    LowerBound,
    OrderEdge,
    Rule,
    SumRule,
    UpperBound,
)
from sklstm._constraints.weights import resolve_weight
from sklstm._projection.bounds import tighten_bounds
from sklstm._projection.graph import (
    Component,
    Edges,
    has_disjoint_chains,
    split_components,
)
from sklstm._utils.frames import Names
from sklstm._utils.text import cut, shortened

METHODS = ("auto", "sort", "projection", "cummax")

# What keeps two bounds of one output.
_TIGHTER = {"lower": np.maximum, "upper": np.minimum}


@dataclass(frozen=True, eq=False)
class Constraints:
    """What predictions must obey and how, ready to be applied.

    Attributes
    ----------
    outputs : Outputs
        Names and labels of the outputs.
    lower, upper : ndarray of shape (n_outputs,) or (n_samples, n_outputs), float64
        Tightened along the order: both never fall along an edge. Infinite where
        there is no bound. They have a row for each sample once bounds that differ
        from row to row have been read.
    declared_lower, declared_upper : ndarray of the shape of `lower`, float64
        The same before they are tightened.
    edges : ndarray of shape (n_edges, 2), intp
        Output ``edges[i, 0]`` must not exceed output ``edges[i, 1]``. Acyclic,
        without edges that others imply, sorted topologically.
    gaps : ndarray of shape (n_edges,) or None
        The least distance along each edge; None where all are 0.
    components : list of Component
        The parts of the order that have no output in common.
    descending : bool
        The order was declared as "decreasing": a running extremum starts from the
        first output, which is the largest.
    method : {"sort", "projection", "cummax"}
        How values that break a rule are adjusted.
    weight : ndarray of shape (n_outputs,) or None
        Weights of the distance in the projection.
    row_bounds : list of RowBound
        Bounds that differ from row to row.
    sums : list of LinearStatement
        Linear rules that are more than bounds and orders.
    """

    outputs: Outputs
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    declared_lower: NDArray[np.float64]
    declared_upper: NDArray[np.float64]
    edges: Edges
    gaps: NDArray[np.float64] | None
    components: list[Component]
    descending: bool
    method: str
    weight: NDArray[np.float64] | None
    row_bounds: list[RowBound] = field(default_factory=list)
    sums: list[LinearStatement] = field(default_factory=list)

    @property
    def n_outputs(self) -> int:
        """The number of outputs."""
        return self.outputs.n_outputs

    def for_outputs(self, n_outputs: int) -> "Constraints":
        """Return the same bounds for as many outputs, where one stands for all."""
        return replace(
            self,
            outputs=replace(
                self.outputs, n_outputs=n_outputs, labels=None, targets=None
            ),
            lower=np.repeat(self.lower, n_outputs),
            upper=np.repeat(self.upper, n_outputs),
            declared_lower=np.repeat(self.declared_lower, n_outputs),
            declared_upper=np.repeat(self.declared_upper, n_outputs),
        )

    @property
    def rules(self) -> list[Rule]:
        """The rules one by one: lower and upper bounds, the order, then sums."""
        label = self.outputs.label
        rules: list[Rule] = []
        lower: NDArray[np.floating] = self.lower
        upper: NDArray[np.floating] = self.upper
        if self.gaps is not None:
            # What a gap adds to a bound rounds as the dtype does; the gap is a rule.
            declared = self.declared_lower, self.declared_upper
            lower, upper, _ = tighten_bounds(*declared, self.edges[self.gaps == 0])
        for bounds, sign, kind in (
            (lower, ">=", LowerBound),
            (upper, "<=", UpperBound),
        ):
            for output, bound in enumerate(bounds.T):
                if np.isfinite(bound).any():
                    text = self._bound_text(kind.kind, output, bound)
                    statement = f"{label(output)} {sign} {text}"
                    rules.append(kind(statement, output, bound))
        gaps = np.zeros(len(self.edges)) if self.gaps is None else self.gaps
        for (a, b), gap in zip(self.edges.tolist(), gaps.tolist(), strict=True):
            small = f"{label(a)} + {gap:g}" if gap else label(a)
            rules.append(OrderEdge(f"{small} <= {label(b)}", a, b, gap))
        return rules + [SumRule(rule.text, rule.sums) for rule in self.sums]

    def _bound_text(self, parameter: str, output: int, bound: Any) -> str:
        """Return how a statement calls the bound of an output."""
        if bound.size and (bound == bound.flat[0]).all():
            return str(float(bound.flat[0]))
        texts = {
            row_bound.text
            for row_bound in self.row_bounds
            if row_bound.parameter == parameter and row_bound.output in (output, None)
        }
        return cut(texts.pop()) if len(texts) == 1 else f"`{parameter}` of the row"

    def widest(self) -> "Constraints":
        """Return what holds for the targets of which the outputs are quantiles."""
        outputs = self.outputs.of_targets()
        n_levels = self.n_outputs // outputs.n_outputs
        by_target = (*self.lower.shape[:-1], outputs.n_outputs, n_levels)
        return replace(
            self,
            outputs=outputs,
            lower=self.lower.reshape(by_target).min(axis=-1),
            upper=self.upper.reshape(by_target).max(axis=-1),
            edges=self.edges[:0],
            gaps=None,
            components=[],
            weight=None,
            sums=[],
            row_bounds=[
                bound
                if bound.output is None
                else replace(bound, output=bound.output // n_levels)
                for bound in self.row_bounds
            ],
        )

    def for_rows(
        self,
        n_samples: int,
        values: Iterable[tuple[RowBound, Any]] = (),
        *,
        lower: Any = None,
        upper: Any = None,
    ) -> "Constraints":
        """Return the constraints of these rows, whose bounds may differ.

        Parameters
        ----------
        n_samples : int
            The number of rows.
        values : iterable of (RowBound, array-like)
            The bounds by row, and their values.
        lower, upper : object, default=None
            Further bounds of these rows, as in `adjust_predictions`. Where there are
            several bounds of one output, the tightest holds.

        Returns
        -------
        Constraints

        Raises
        ------
        TypeError, ValueError
            If the values are not one number for each row, or bounds of a row cross.
        """
        values = list(values)
        if not values and lower is upper is None:
            return self
        sides = {}
        for parameter, given in (("lower", lower), ("upper", upper)):
            constant, by_row = resolve_bound(given, parameter, self.outputs, n_samples)
            values += [(bound, array_of(bound, self.outputs)) for bound in by_row]
            declared = getattr(self, f"declared_{parameter}")
            constant = _TIGHTER[parameter](constant, declared)
            sides[parameter] = np.tile(constant, (n_samples, 1))
        for bound, given in values:
            numbers = check_row_values(given, bound, self.outputs, n_samples)
            side = sides[bound.parameter]
            inside = slice(None) if bound.output is None else [bound.output]
            side[:, inside] = _TIGHTER[bound.parameter](side[:, inside], numbers)
        check_rows_apart(sides["lower"], sides["upper"], self.outputs, "")
        tight_lower, tight_upper, _ = tighten_bounds(
            sides["lower"], sides["upper"], self.edges, self.gaps
        )
        if self.gaps is None:  # gaps are added in the dtype of the predictions
            cause = " once they are carried along `order`"
            check_rows_apart(tight_lower, tight_upper, self.outputs, cause)
        return replace(
            self,
            lower=np.asarray(tight_lower, dtype=np.float64),
            upper=np.asarray(tight_upper, dtype=np.float64),
            declared_lower=sides["lower"],
            declared_upper=sides["upper"],
            row_bounds=[bound for bound, _ in values],
        )


def resolve_constraints(
    *,
    lower: Any,
    upper: Any,
    order: Any,
    rules: Any = None,
    method: str = "auto",
    output_weight: Any = None,
    n_outputs: int,
    output_names: Names = None,
    output_labels: tuple[str, ...] | None = None,
    output_targets: tuple[str, ...] | None = None,
    n_samples: int | None = None,
    owner: str,
) -> Constraints:
    """Check what the user declared, and resolve names, chains, bounds and weights.

    Parameters
    ----------
    lower, upper, order, rules, method, output_weight : object
        As the user gave them; see `adjust_predictions`.
    n_outputs : int
        The number of outputs of the target.
    output_names : tuple of str or None
        Names by which bounds and chains may refer to the outputs.
    output_labels : tuple of str, default=None
        What messages call outputs that have no names.
    output_targets : tuple of str, default=None
        Names of several targets of which the outputs are quantiles. An order of all
        outputs then acts within each target, and bounds may refer to a target.
    n_samples : int, default=None
        The number of rows, where bounds may be arrays with a value for each.
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
    outputs = Outputs(n_outputs, output_names, owner, output_labels, output_targets)
    statements = resolve_rules(rules, outputs)
    sums = [s for s in statements if isinstance(s, LinearStatement)]
    resolved = resolve_order(order, outputs, statements)
    edges = resolved.edges
    weight = resolve_weight(output_weight, outputs)
    method = _resolve_method(method, resolved, sums, weight, owner)
    declared_lower, lower_rows = resolve_bound(lower, "lower", outputs, n_samples)
    declared_upper, upper_rows = resolve_bound(upper, "upper", outputs, n_samples)
    add_bounds(resolved.bounds, declared_lower, declared_upper)
    check_apart(declared_lower, declared_upper, outputs)
    tight_lower, tight_upper = tighten(
        declared_lower, declared_upper, edges, resolved.gaps, outputs
    )
    constraints = Constraints(
        outputs=outputs,
        lower=tight_lower,
        upper=tight_upper,
        declared_lower=declared_lower,
        declared_upper=declared_upper,
        edges=edges,
        gaps=resolved.gaps,
        components=split_components(edges, n_outputs, resolved.gaps),
        descending=isinstance(order, str) and order == "decreasing",
        method=method,
        weight=weight,
        row_bounds=lower_rows + upper_rows,
        sums=sums,
    )
    if sums:
        check_feasible(constraints.rules, outputs)
    return constraints


def _resolve_method(
    method: str, order: Order, sums: list[LinearStatement], weight: Any, owner: str
) -> str:
    """Return the method to use, or raise if the one asked for cannot do it."""
    if not isinstance(method, str) or method not in METHODS:
        hint = ""
        if isinstance(method, str) and method == "isotonic":
            hint = " Isotonic regression is what method='projection' does to a chain."
        raise ValueError(
            f"{owner}: `method` must be 'auto', 'sort', 'projection' or 'cummax'; got "
            f"{shortened(method)}.{hint}"
        )
    has_gaps = order.gaps is not None
    can_sort = has_disjoint_chains(order.edges) and not has_gaps and not sums
    if method == "auto":
        return "sort" if can_sort and weight is None else "projection"
    if method != "projection" and sums:
        raise ValueError(
            f"{owner}: method={method!r} cannot keep {shortened(sums[0].text)} of "
            "`rules`. Use method='projection', or leave it to method='auto'."
        )
    if method == "sort" and has_gaps:
        raise ValueError(
            f"{owner}: method='sort' keeps no gaps between outputs, and `order` has "
            "some. Use method='projection', or leave it to method='auto'."
        )
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
