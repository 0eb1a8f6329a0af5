"""The order of the outputs: chains by name, index or statement, as edges of a graph."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.grammar import parse_statement
from sklstm._constraints.linear import (
    BoundStatement,
    EdgeStatement,
    Statement,
    classify,
    of_outputs,
)
from sklstm._constraints.outputs import Outputs, is_sequence
from sklstm._projection.graph import (
    Edges,
    find_cycle,
    sort_outputs,
    transitive_reduction,
)
from sklstm._utils.text import shortened

# Orders of all outputs, and in which direction their indices rise.
_WHOLE = {"increasing": 1, "decreasing": -1}


@dataclass
class Order:
    """What chains declare.

    Attributes
    ----------
    edges : ndarray of shape (n_edges, 2)
        Without those that others imply, sorted topologically.
    gaps : ndarray of shape (n_edges,) or None
        The least distance along each edge; None where all are 0.
    bounds : list of BoundStatement
        The constants in chains such as ``"0 <= DHI <= GHI"``.
    """

    edges: Edges
    gaps: NDArray[np.float64] | None = None
    bounds: list[BoundStatement] = field(default_factory=list)


def resolve_order(
    order: Any, outputs: Outputs, further: Iterable[Statement] = ()
) -> Order:
    """Return the edges of the order and the bounds that its chains hold.

    Parameters
    ----------
    order : object
        As the user gave it.
    outputs : Outputs
        What it refers to.
    further : iterable of statements
        Bounds and edges that are declared elsewhere.

    Returns
    -------
    Order
    """
    further = list(further)
    bounds = [s for s in further if isinstance(s, BoundStatement)]
    if isinstance(order, str) and order in _WHOLE and len(bounds) == len(further):
        # These chains do not have to be searched for cycles.
        chains = _whole_chains(order, outputs)
        edges = np.column_stack([chains[:, :-1].ravel(), chains[:, 1:].ravel()])
        return Order(edges, None, bounds)
    statements = [*_read_order(order, outputs), *further]
    bounds = [s for s in statements if isinstance(s, BoundStatement)]
    gaps: dict[tuple[int, int], float] = {}
    for statement in statements:
        if isinstance(statement, EdgeStatement):
            pair = statement.small, statement.large
            gaps[pair] = max(gaps.get(pair, 0.0), statement.gap)
    cycle = find_cycle(gaps)
    if cycle is not None:
        path = " <= ".join(outputs.label(output) for output in cycle)
        raise ValueError(f"{outputs.owner}: `order` has a cycle: {path}.")
    edges, steps = _needed_edges(gaps, outputs.n_outputs)
    return Order(edges, steps, bounds)


def _read_order(order: Any, outputs: Outputs) -> list[Statement]:
    """Return what an order says about each output and each pair of neighbours."""
    if order is None:
        return []
    if isinstance(order, str) and order in _WHOLE:
        return [
            EdgeStatement(a, b, 0.0, order)
            for chain in _whole_chains(order, outputs).tolist()
            for a, b in pairwise(chain)
        ]
    if isinstance(order, str):
        return _read_chain(order, outputs)
    if is_sequence(order):
        _refuse_bare_outputs(order, outputs)
        return [s for chain in order for s in _read_chain(chain, outputs)]
    raise TypeError(
        f"{outputs.owner}: `order` must be 'increasing', 'decreasing', None or a "
        f"list of chains; got {shortened(order)}."
    )


def _whole_chains(order: str, outputs: Outputs) -> NDArray[np.intp]:
    """Return the chain of all outputs, or one for the quantiles of each target."""
    indices = np.arange(outputs.n_outputs).reshape(outputs.n_targets, -1)
    return indices[:, :: _WHOLE[order]]


def _needed_edges(
    gaps: dict[tuple[int, int], float], n_outputs: int
) -> tuple[Edges, NDArray[np.float64] | None]:
    """Return the edges that others do not imply, sorted topologically, and their gaps.

    Edges with a gap are all kept: rounding of the sum of other gaps could break one.
    """
    reduced = transitive_reduction(gaps, n_outputs)
    if not any(gaps.values()):
        return reduced, None
    rank = {output: position for position, output in enumerate(sort_outputs(gaps))}
    needed = {pair for pair, gap in gaps.items() if gap > 0}
    needed.update(map(tuple, reduced.tolist()))
    edges = sorted(needed, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
    return np.array(edges, dtype=np.intp), np.array([gaps[pair] for pair in edges])


def _read_chain(chain: Any, outputs: Outputs) -> list[Statement]:
    """Return what one chain says about each output and each pair of neighbours."""
    if isinstance(chain, str) and re.search("[<>=\u2264\u2265]", chain):
        keys, signs = _plain_chain(chain, outputs)
        if not signs:
            return _read_statement(chain, outputs)
    elif is_sequence(chain) and len(chain) > 1:
        keys, signs = list(chain), ["<="] * (len(chain) - 1)
    else:
        raise ValueError(
            f"{outputs.owner}: `order` must be 'increasing', 'decreasing' or None, or "
            "hold chains of two outputs or more, such as [['low', 'high']] or "
            f"['low <= high']; got {shortened(chain)} for a chain."
        )
    indices = [outputs.index(key, "order") for key in keys]
    return [
        EdgeStatement(*((a, b) if sign == "<=" else (b, a)), 0.0, str(chain))
        for a, sign, b in zip(indices, signs, indices[1:], strict=False)
    ]


def _plain_chain(text: str, outputs: Outputs) -> tuple[list[Any], list[str]]:
    """Split a chain of names, which need no backquotes then, or of indices.

    Returns no signs if the text is anything else.
    """
    first, *rest = re.split("(<=|>=)", text)
    pieces = [piece.strip() for piece in (first, *rest[1::2])]
    names = set(outputs.names or ())
    if names.issuperset(pieces):
        return pieces, rest[::2]
    if all(re.fullmatch(r"\d{1,9}", piece) for piece in pieces):
        keys = [piece if piece in names else int(piece) for piece in pieces]
        return keys, rest[::2]
    return [], []


def _read_statement(text: str, outputs: Outputs) -> list[Statement]:
    statements: list[Statement] = []
    for comparison in parse_statement(text, "order", outputs.owner):
        if comparison.is_equality:
            raise ValueError(
                f"{outputs.owner}: `order` takes <= and >=, not ==; got "
                f"{shortened(text)}. Equalities go in `rules`."
            )
        comparison = of_outputs(comparison, outputs, "order")
        statement = classify(comparison, "order", outputs)
        if isinstance(statement, EdgeStatement) and statement.gap < 0:
            raise ValueError(
                f"{outputs.owner}: `order` takes gaps that are not negative; got "
                f"{shortened(text)}. Other linear statements go in `rules`."
            )
        statements.append(statement)
    return statements


def _refuse_bare_outputs(order: Any, outputs: Outputs) -> None:
    """Raise if the list of chains is itself one chain of names or indices."""
    bare = [
        key
        for key in order
        if isinstance(key, int | np.integer)
        or (isinstance(key, str) and not re.search("[<>=\u2264\u2265]", key))
    ]
    if len(bare) == len(order) > 1:
        raise ValueError(
            f"{outputs.owner}: `order` must be a list of chains; got "
            f"{shortened(order)}. One chain? Write [{shortened(list(order))}]."
        )
