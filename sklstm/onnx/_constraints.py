"""Constraints on predictions as operators; they hold exactly in the dtype of the graph.

The formulas are others than those of the projections, since a graph has no loops here,
but their results are the same, up to rounding.
"""

import numpy as np

from sklstm._constraints.apply import bounds_in
from sklstm._projection.graph import Component

OWNER = "to_onnx"

# The projection of a chain needs the square of its length in memory for each row.
_LONGEST_CHAIN = 64


def declared_row_bounds(constraints):
    """Return which bounds are declared as an expression or a function of X."""
    return {bound.parameter for bound in constraints.row_bounds}


def constraints_of(wrapper, n_outputs):
    """Return the constraints of a fitted wrapper for so many outputs."""
    constraints = wrapper.constraints_
    if not wrapper._shape.is_counted:
        return constraints.for_outputs(n_outputs)
    if constraints.n_outputs != n_outputs:
        raise ValueError(
            f"{OWNER}: the graph of {type(wrapper.regressor_).__name__} has "
            f"{n_outputs} outputs, but {constraints.n_outputs} were seen in `fit`."
        )
    return constraints


def check_wrapper(wrapper):
    """Raise if a graph cannot do what a fitted wrapper declares."""
    constraints = wrapper.constraints_
    sample_order = wrapper._sample_values.sample_order
    if sample_order is not None:
        raise ValueError(
            f"{OWNER}: sample_order={sample_order!r} depends on all rows of a call, "
            "but a graph predicts each row alone. Use `predict`, or sample_order=None."
        )
    if constraints.sums:
        raise ValueError(
            f"{OWNER}: the rule {constraints.sums[0].text!r} needs a solver, which a "
            "graph does not have. Write the graph without `rules`, and apply them to "
            "its output with adjust_predictions."
        )
    weight = constraints.weight
    if weight is not None and np.isinf(weight).any():
        raise ValueError(
            f"{OWNER}: `output_weight` must be finite for a graph; got {weight}."
        )
    if constraints.method != "projection":
        return
    for component in constraints.components:
        outputs = np.arange(constraints.n_outputs)[component.outputs].tolist()
        if not component.is_chain:
            labels = ", ".join(constraints.outputs.label(output) for output in outputs)
            raise ValueError(
                f"{OWNER}: the projection onto the partial order of {labels} needs a "
                "solver, which a graph does not have. Use method='cummax', or declare "
                "chains that share no output."
            )
        if len(outputs) > _LONGEST_CHAIN:
            raise ValueError(
                f"{OWNER}: method='projection' takes chains of up to {_LONGEST_CHAIN} "
                f"outputs to a graph; got {len(outputs)}. Use method='sort'."
            )


def add_constraints(graph, values, constraints, dtype, rows):
    """Add the constraints on predictions.

    Parameters
    ----------
    graph : Graph
        The graph to add to.
    values : str
        Predictions of shape (n_samples, n_outputs), in `dtype`.
    constraints : Constraints
        What they must obey; as `constraints_of` returns them.
    dtype : dtype
        float32 or float64.
    rows : dict of str to str
        Bounds of each row by the names "lower" and "upper", float64, of shape
        (n_samples, n_outputs).

    Returns
    -------
    str
        Predictions of the shape and dtype of `values`.
    """
    bounds = _Bounds(graph, constraints, dtype, rows)
    parts, order = [], []
    for component in constraints.components:
        outputs = np.arange(constraints.n_outputs)[component.outputs]
        columns = graph.take(values, outputs, axis=1)
        parts.append(_Part(graph, component, constraints, dtype).add(columns, bounds))
        order.extend(outputs.tolist())
    others = sorted(set(range(constraints.n_outputs)) - set(order))
    if parts:
        if others:
            parts.append(graph.take(values, others, axis=1))
        order += others
        values = parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)
        if order != sorted(order):
            values = graph.take(values, np.argsort(order), axis=1)
    for operator, bound in (("Max", bounds.lower), ("Min", bounds.upper)):
        if bound is not None:
            values = graph.add(operator, values, bound)
    return values


class _Bounds:
    """Bounds in the dtype of the graph, tightened along the order.

    Attributes
    ----------
    lower, upper : str or None
        None where there are none.
    are_shared : bool
        Whether all outputs have the same bounds, for each row.
    """

    def __init__(self, graph, constraints, dtype, rows):
        lower, upper = bounds_in(np.dtype(dtype), constraints)
        self.are_shared = (
            not rows and (lower == lower[0]).all() and (upper == upper[0]).all()
        )
        self.lower = graph.constant(lower) if np.isfinite(lower).any() else None
        self.upper = graph.constant(upper) if np.isfinite(upper).any() else None
        n_edges = len(constraints.edges)
        gaps = np.zeros(n_edges) if constraints.gaps is None else constraints.gaps
        steps = list(zip(constraints.edges.tolist(), gaps.astype(dtype), strict=True))
        if "lower" in rows:
            columns = _columns(graph, _round_up(graph, rows["lower"], dtype), lower)
            for (a, b), gap in steps:
                columns[b] = graph.add("Max", columns[b], _plus(graph, columns[a], gap))
            tight = _concat(graph, columns)
            self.lower = graph.add("Max", tight, graph.constant(lower))
        if "upper" in rows:
            negative = _round_up(graph, graph.add("Neg", rows["upper"]), dtype)
            columns = _columns(graph, graph.add("Neg", negative), upper)
            for (a, b), gap in reversed(steps):
                high = _below(graph, columns[b], gap)
                columns[a] = graph.add("Min", columns[a], high)
            tight = _concat(graph, columns)
            self.upper = graph.add("Min", tight, graph.constant(upper))

    def of(self, graph, outputs):
        """Return the bounds of some outputs, infinite where there are none."""
        infinite = np.inf * np.ones((1, len(outputs)))
        return [
            graph.constant(sign * infinite)
            if bound is None
            else graph.cast(_rows(graph, bound, outputs), np.float64)
            for bound, sign in ((self.lower, -1), (self.upper, 1))
        ]


def _rows(graph, bound, outputs):
    """Return columns of a bound, of shape (1 or n_samples, n_outputs)."""
    taken = graph.take(bound, outputs, axis=-1)
    return graph.reshape(taken, -1, len(outputs))


class _Part:
    """The order of one component, whose outputs are columns in topological order."""

    def __init__(self, graph, component: Component, constraints, dtype):
        self.graph = graph
        self.component = component
        self.outputs = np.arange(constraints.n_outputs)[component.outputs]
        self.constraints = constraints
        self.dtype = np.dtype(dtype)

    @property
    def n_columns(self):
        return len(self.outputs)

    def add(self, columns, bounds):
        """Return the columns in their order; bounds that all share may wait."""
        method = self.constraints.method
        if method == "sort":
            return self._sort(columns)
        if method == "projection":
            columns = self._project(columns, bounds)
            if self.component.gaps is None:
                return columns  # in order, since the formula and rounding keep it
            return self._run_extremum(columns, descending=False)
        return self._run_extremum(columns, descending=self.constraints.descending)

    def _sort(self, columns):
        graph = self.graph
        n_columns = graph.constant([self.n_columns], np.int64)
        values, _ = graph.add(
            "TopK", columns, n_columns, n_outputs=2, axis=1, largest=0, sorted=1
        )
        return values

    def _run_extremum(self, columns, *, descending):
        """Lift the columns to their order, or with `descending` lower them."""
        graph, component = self.graph, self.component
        if component.gaps is None and component.is_chain:
            operator = "Min" if descending else "Max"
            return _run(
                graph, operator, columns, self.n_columns, axis=1, back=not descending
            )
        gaps = np.zeros(len(component.edges))
        if component.gaps is not None:
            gaps = component.gaps
        steps = list(
            zip(component.edges.tolist(), gaps.astype(self.dtype), strict=True)
        )
        parts = [graph.take(columns, [k], axis=1) for k in range(self.n_columns)]
        if not descending:
            for (a, b), gap in steps:
                parts[b] = graph.add("Max", parts[b], _plus(graph, parts[a], gap))
        else:
            for (a, b), gap in reversed(steps):
                lowered = _below(graph, parts[b], gap)
                wide = graph.add("Greater", _plus(graph, parts[a], gap), parts[b])
                parts[a] = graph.add("Where", wide, lowered, parts[a])
        return _concat(graph, parts)

    def _project(self, columns, bounds):
        """Project a chain: ``x_j = max(i <= j) min(k >= j) mean(v_i, ..., v_k)``.

        With bounds, the mean is clipped to the lower bound of output k and the upper
        bound of output i, which are the tightest of the block.
        """
        graph, n = self.graph, self.n_columns
        values = graph.cast(columns, np.float64)
        offsets = self.component.offsets
        if offsets is not None:
            values = graph.add("Sub", values, graph.constant(offsets))
        means = graph.add("MatMul", values, graph.constant(self._averages()))
        means = graph.reshape(means, -1, n, n)  # i, k
        if not bounds.are_shared or offsets is not None:
            lower, upper = bounds.of(graph, self.outputs)
            if offsets is not None:
                lower, upper = (
                    graph.add("Sub", bound, graph.constant(offsets))
                    for bound in (lower, upper)
                )
            means = graph.add("Max", means, graph.reshape(lower, -1, 1, n))
            means = graph.add("Min", means, graph.reshape(upper, -1, n, 1))
        lowest = _run(graph, "Min", means, n, axis=2, back=False)
        # Blocks that begin after output j do not count.
        unreached = np.tril(np.full((n, n), -np.inf), -1)
        lowest = graph.add("Add", lowest, graph.constant(unreached))
        highest = _run(graph, "Max", lowest, n, axis=1, back=True)
        projected = graph.reshape(graph.take(highest, [n - 1], axis=1), -1, n)
        if offsets is not None:
            projected = graph.add("Add", projected, graph.constant(offsets))
        return graph.cast(projected, self.dtype)

    def _averages(self):
        """Return the matrix from values to the means of all blocks."""
        n, weight = self.n_columns, self.constraints.weight
        weight = np.ones(n) if weight is None else weight[self.outputs]
        averages = np.zeros((n, n, n))
        for i in range(n):
            for k in range(i, n):
                inside = weight[i : k + 1]
                averages[i : k + 1, i, k] = inside / inside.sum()
            averages[i, i, i] = 1.0
        return averages.reshape(n, n * n)


def _run(graph, operator, values, n, *, axis, back):
    """Return the running extremum along an axis of size n, from either end.

    Each step doubles its reach; beyond the end the last value counts again.
    """
    reach = 1
    while reach < n:
        place = np.arange(n) + (-reach if back else reach)
        moved = graph.take(values, np.clip(place, 0, n - 1), axis=axis)
        values = graph.add(operator, values, moved)
        reach *= 2
    return values


def _columns(graph, values, constant):
    return [graph.take(values, [k], axis=1) for k in range(len(constant))]


def _concat(graph, columns):
    return columns[0] if len(columns) == 1 else graph.add("Concat", *columns, axis=1)


def _plus(graph, values, gap):
    return graph.add("Add", values, graph.constant(gap)) if gap else values


def _below(graph, high, gap):
    """Return values to which the gap can be added without exceeding `high`."""
    if not gap:
        return high
    low = graph.add("Sub", high, graph.constant(gap))
    exceeds = graph.add("Greater", _plus(graph, low, gap), high)
    size = graph.add("Max", graph.add("Abs", high), graph.constant(gap))
    # Larger than all that rounding may add.
    margin = graph.constant(4 * np.finfo(gap.dtype).eps, gap.dtype)
    lower = graph.add("Sub", low, graph.add("Mul", size, margin))
    return graph.add("Where", exceeds, lower, low)


def _round_up(graph, bound, dtype):
    """Return float64 values in a dtype, the next larger where it does not hold them."""
    if np.dtype(dtype) == np.float64:
        return bound
    near = graph.cast(bound, dtype)
    is_below = graph.add("Less", graph.cast(near, np.float64), bound)
    info = np.finfo(dtype)
    # A finite value below those of the dtype was cast to -inf.
    smallest = graph.constant(info.min, dtype)
    near_finite = graph.add("Max", near, smallest)
    # More than half, and less than one and a half, of the last place.
    share = graph.constant(info.eps / 2 * (1 + 2.0**-10), dtype)
    step = graph.add("Mul", graph.add("Abs", near_finite), share)
    step = graph.add("Add", step, graph.constant(info.smallest_subnormal))
    raised = graph.add("Add", near_finite, step)
    was_finite = graph.add("Greater", near, smallest)
    raised = graph.add("Where", was_finite, raised, smallest)
    return graph.add("Where", is_below, raised, near)
