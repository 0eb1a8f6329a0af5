"""The grammar of `order`: chains of outputs, by name or index, as edges of a graph."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from sklstm._constraints.outputs import Outputs
from sklstm._projection.graph import Edges, find_cycle, transitive_reduction


def resolve_order(order: Any, outputs: Outputs) -> Edges:
    """Return the edges of the order, without those that others imply."""
    index = np.arange(outputs.n_outputs)
    if order is None:
        return np.empty((0, 2), dtype=np.intp)
    if isinstance(order, str) and order == "increasing":
        return np.column_stack([index[:-1], index[1:]])
    if isinstance(order, str) and order == "decreasing":
        return np.column_stack([index[1:], index[:-1]])[::-1]
    if isinstance(order, str):
        edges = _chain_edges(order, outputs)
    elif _is_sequence(order):
        edges = [edge for chain in order for edge in _chain_edges(chain, outputs)]
    else:
        raise TypeError(
            f"{outputs.owner}: `order` must be 'increasing', 'decreasing', None or a "
            f"list of chains; got {order!r}."
        )
    cycle = find_cycle(edges)
    if cycle is not None:
        path = " <= ".join(outputs.label(output) for output in cycle)
        raise ValueError(f"{outputs.owner}: `order` has a cycle: {path}.")
    return transitive_reduction(edges, outputs.n_outputs)


def _chain_edges(chain: Any, outputs: Outputs) -> list[tuple[int, int]]:
    """Return the edges between the neighbours of one chain."""
    if isinstance(chain, str):
        first, *rest = re.split(r"([<>]=?)", chain)
        signs = rest[::2]
        keys = [_key_from_text(text.strip(), outputs) for text in (first, *rest[1::2])]
    elif _is_sequence(chain):
        keys = list(chain)
        signs = ["<="] * (len(keys) - 1)
    else:
        keys, signs = [], []
    if not signs or not set(signs) <= {"<=", ">="}:
        raise ValueError(
            f"{outputs.owner}: `order` must be 'increasing', 'decreasing' or None, or "
            "hold chains of two outputs or more, such as [['low', 'high']] or "
            f"['low <= high']; got {chain!r} for a chain."
        )
    indices = [outputs.index(key, "order") for key in keys]
    return [
        (a, b) if sign == "<=" else (b, a)
        for a, sign, b in zip(indices, signs, indices[1:], strict=False)
    ]


def _key_from_text(text: str, outputs: Outputs) -> str | int:
    """Read a number as an index, unless it is the name of an output."""
    if text.isdecimal() and text not in (outputs.names or ()):
        return int(text)
    return text


def _is_sequence(candidate: Any) -> bool:
    """Tell lists, tuples and arrays from text, mappings, sets and generators."""
    return (
        hasattr(candidate, "__len__")
        and hasattr(candidate, "__getitem__")
        and not isinstance(candidate, str | bytes | Mapping)
    )
