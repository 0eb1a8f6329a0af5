"""The projection onto bounds, orders, gaps and linear rules together.

    projected, failed = project_linear(
        values, lower, upper, components, rules, weight=weight
    )

`rules` are `Rule` objects: ``a + b == c`` for the outputs 0, 1 and 2 is
``Rule(Side((0, 1), (1.0, 1.0)), Side((2,), (1.0,)), is_equality=True)``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sklstm._projection.bounds import clip
from sklstm._projection.component import project_component
from sklstm._projection.exact_sums import Statements, Steps, meet_exactly
from sklstm._projection.graph import Component, as_slice
from sklstm._projection.one_rule import project_one_rule
from sklstm._projection.quadratic import project_general
from sklstm._projection.rules import Rule

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]

# Values that are worked on at once: most of their copies stay in the cache.
_CHUNK_SIZE = 2**16
# Smaller values, relative to the largest in their row, are rounding.
_NOISE = 1e-15


def project_linear(
    values: Floats,
    lower: Floats,
    upper: Floats,
    components: list[Component],
    rules: list[Rule],
    *,
    weight: Doubles | None = None,
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the closest rows that meet bounds, order, gaps and rules exactly.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_outputs), float
        Finite predictions, in the unit of the target. Not changed.
    lower, upper : ndarray of shape (n_outputs,) or (n_samples, n_outputs)
        Bounds in the dtype of `values`, tightened along the edges in this dtype;
        infinite where there is none.
    components : list of Component
        The order, as `split_components` returns it.
    rules : list of Rule
        Statements about the outputs. An output that is the single name on one side of
        an equality is recomputed from the other side.
    weight : ndarray of shape (n_outputs,), default=None
        Weights of the squared distance. An output of infinite weight stays where it is,
        or at the bound that it breaks.

    Returns
    -------
    projected : ndarray of shape (n_samples, n_outputs)
        Rows that obey are the same, bit for bit; the others are true up to rounding,
        and obey with zero tolerance as NumPy evaluates each statement.
    failed : ndarray of shape (n_samples,), bool
        Rows that no values of this dtype could be found for; they hold no result.
    """
    n_outputs = values.shape[1]
    if weight is None:
        weight = np.ones(n_outputs)
    problem = _Problem(components, rules, weight)
    lower, upper = np.atleast_2d(lower), np.atleast_2d(upper)
    out = np.empty(values.shape, values.dtype)
    failed = np.zeros(len(values), dtype=bool)
    step = max(1, _CHUNK_SIZE // n_outputs)
    for start in range(0, len(values), step):
        chunk = slice(start, start + step)
        # One column after the other in memory: each operation runs along all rows.
        rows = np.asfortranarray(values[chunk])
        low, high = _rows(lower, chunk), _rows(upper, chunk)
        wrong = np.flatnonzero(~problem.statements.obeyed(rows, low, high))
        if wrong.size == len(rows):
            rows, failed[chunk] = problem.project(rows, low, high)
        elif wrong.size:
            rows = rows.copy(order="K")
            rows[wrong], failed[start + wrong] = problem.project(
                *(_rows(array, wrong) for array in (rows, low, high))
            )
        out[chunk] = rows
    return out, failed


def _rows(array: NDArray[Any], rows: slice | NDArray[np.intp]) -> NDArray[Any]:
    """Return these rows, one column after the other in memory; a single one stays."""
    if len(array) == 1:
        return array
    if isinstance(rows, slice):
        return np.asfortranarray(array[rows])
    return array.T.take(rows, axis=1).T


@dataclass(frozen=True)
class _Block:
    """Outputs that constraints connect, and these constraints.

    Attributes
    ----------
    columns : slice or ndarray of intp
    constraints : ndarray of intp
        Which rows of the normals, equalities first.
    component : Component or None
        The order, where there is nothing else.
    """

    columns: slice | NDArray[np.intp]
    constraints: NDArray[np.intp]
    component: Component | None


class _Problem:
    """The constraints as ``normals @ x >= offsets``, split into independent blocks."""

    def __init__(
        self, components: list[Component], rules: list[Rule], weight: Doubles
    ) -> None:
        n_outputs = weight.size
        self.fixed = np.isinf(weight)
        # A power of 2 changes no digit.
        largest = weight[~self.fixed].max(initial=0.0)
        self.weight = np.ldexp(weight, -np.frexp(largest)[1])
        steps = _steps(components, n_outputs)
        self.statements = Statements(steps, rules, ~self.fixed)
        normals = [
            rule.left.normal(n_outputs) - rule.right.normal(n_outputs) for rule in rules
        ]
        offsets = [rule.right.constant - rule.left.constant for rule in rules]
        for i, rule in enumerate(rules):
            if not rule.is_equality:
                normals[i], offsets[i] = -normals[i], -offsets[i]
        unit = np.eye(n_outputs)
        normals += [unit[b] - unit[a] for a, b, _ in steps]
        offsets += [gap for _, _, gap in steps]
        self.normals = np.array(normals).reshape(-1, n_outputs)
        self.offsets = np.array(offsets)
        self.is_equality = np.zeros(len(normals), dtype=bool)
        self.is_equality[: len(rules)] = [rule.is_equality for rule in rules]
        self.blocks = self._split(components, len(rules))

    def project(
        self, values: Floats, lower: Floats, upper: Floats
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the projected rows, and which failed."""
        y, low, high = (
            a.astype(np.float64, copy=False) for a in (values, lower, upper)
        )
        x = clip(y, low, high)
        failed = np.zeros(len(y), dtype=bool)
        for block in self.blocks:
            at = block.columns
            inside = y[:, at], low[:, at], high[:, at]
            if block.component is not None:
                lows, highs = (b[0] if len(b) == 1 else b for b in inside[1:])
                x[:, at] = project_component(
                    inside[0], lows, highs, block.component, self.weight[at] / 2
                )
                continue
            normals = self.normals[block.constraints][:, at]
            offsets = self._offsets(block, x)
            n_equalities = int(self.is_equality[block.constraints].sum())
            if len(normals) == 1:
                x[:, at], wrong = project_one_rule(
                    *inside,
                    normals[0],
                    offsets[:, 0],
                    n_equalities > 0,
                    self.weight[at],
                )
            else:
                x[:, at], wrong = project_general(
                    *inside, normals, offsets, n_equalities, self.weight[at]
                )
                x[:, at] = _without_noise(x[:, at], *inside)
            failed |= wrong
        with np.errstate(under="ignore", over="ignore"):
            rows = x.astype(values.dtype, copy=False)
        if not failed.any():
            return meet_exactly(rows, lower, upper, self.statements)
        ready = np.flatnonzero(~failed)
        part, low, high = (_rows(array, ready) for array in (rows, lower, upper))
        rows[ready], failed[ready] = meet_exactly(part, low, high, self.statements)
        return rows, failed

    def _offsets(self, block: "_Block", x: Doubles) -> Doubles:
        """Return the offsets of a block, less what fixed outputs contribute."""
        offsets = np.tile(self.offsets[block.constraints], (len(x), 1))
        for column in np.flatnonzero(self.fixed):
            normal = self.normals[block.constraints, column]
            if normal.any():
                offsets -= normal * x[:, column, None]
        return offsets

    def _split(self, components: list[Component], n_rules: int) -> list[_Block]:
        n_outputs = self.weight.size
        free = ~self.fixed
        # A node for each output and for each constraint.
        constraint, column = np.nonzero(self.normals * free)
        n_nodes = n_outputs + len(self.normals)
        graph = coo_array(
            (np.ones(column.size), (column, n_outputs + constraint)),
            shape=(n_nodes, n_nodes),
        )
        label = connected_components(graph, directed=False)[1]
        blocks = []
        for number in np.unique(label[:n_outputs][free]):
            columns = np.flatnonzero((label[:n_outputs] == number) & free)
            rows = np.flatnonzero(label[n_outputs:] == number)
            if rows.size == 0:
                continue
            order = None
            if rows.min() >= n_rules:
                order = _component_of(components, columns)
            if order is not None:
                columns = np.arange(n_outputs)[order.outputs]
            rows = rows[np.argsort(~self.is_equality[rows], kind="stable")]
            blocks.append(_Block(as_slice(columns), rows, order))
        return blocks


def _without_noise(x: Doubles, y: Doubles, low: Doubles, high: Doubles) -> Doubles:
    """Return 0 for what is only the rounding of larger values around it.

    Where a rule leaves a column no other value than 0, rounding could break the rule.
    """
    size = np.maximum(np.abs(x), np.abs(y)).max(axis=1, keepdims=True)
    return np.where(np.abs(x) <= _NOISE * size, clip(np.zeros_like(x), low, high), x)


def _steps(components: list[Component], n_outputs: int) -> Steps:
    """Return all edges with their gaps."""
    steps = []
    for component in components:
        outputs = np.arange(n_outputs)[component.outputs]
        gaps = component.gaps
        if gaps is None:
            gaps = np.zeros(len(component.edges))
        pairs = outputs[component.edges].tolist()
        steps += [(a, b, g) for (a, b), g in zip(pairs, gaps.tolist(), strict=True)]
    return steps


def _component_of(
    components: list[Component], columns: NDArray[np.intp]
) -> Component | None:
    """Return the component of exactly these outputs, if it is one."""
    n_outputs = int(columns.max()) + 1
    for component in components:
        outputs = component.outputs
        if isinstance(outputs, slice):
            largest = max(outputs.start, outputs.stop or 0) + 1
            outputs = np.arange(max(n_outputs, largest))[outputs]
        if np.array_equal(np.sort(outputs), columns):
            return component
    return None
