"""Formatting of fractions and values in messages."""

from typing import Any

import numpy as np


def percent(share, digits=0):
    """Return a fraction in percent: "0%" only for 0, and "100%" only for 1."""
    shown = f"{share:.{digits}%}"
    smallest = 10.0**-digits
    if share > 0 and float(shown[:-1]) == 0:
        return f"<{smallest:.{digits}f}%"
    if share < 1 and float(shown[:-1]) == 100:
        return f">{100 - smallest:.{digits}f}%"
    return shown


def shortened(value: Any, limit: int = 200) -> str:
    """Return the representation of a value in one line, cut off if it is long.

    Numbers of NumPy are shown as Python's, 1.5 instead of np.float64(1.5).
    """
    with plain_scalars():
        return cut(repr(value), limit)


def plain_scalars() -> Any:
    """Return a context in which scalars of NumPy are represented as Python's are."""
    return np.printoptions(legacy="1.25")


def cut(text: str, limit: int = 200) -> str:
    """Return a text in one line; if it is long, only its beginning and its length."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(text)} characters)"
