"""Constraints resolved with defaults, on four named outputs."""

from sklstm._constraints.resolve import resolve_constraints

OHLC = ("open", "high", "low", "close")


def resolve(**declared):
    defaults = {
        "lower": None,
        "upper": None,
        "order": None,
        "method": "projection",
        "output_weight": None,
        "n_outputs": 4,
        "output_names": OHLC,
        "owner": "Owner",
    }
    return resolve_constraints(**(defaults | declared))


def edges(**declared):
    return {tuple(edge) for edge in resolve(**declared).edges.tolist()}
