"""Hypothesis strategies: arguments of every kind, most of them wrong."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

NAMES = ("a", "b", "c", "d", "e")

extremes = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 1e-310, 1.7e308, -1.7e308, 1e300, 0.1]
)
reals = st.floats(-8, 8) | st.integers(-4, 4).map(float) | extremes
numbers = reals | st.floats()

# Things that nobody should pass, but somebody will.
junk = st.sampled_from(
    [
        None,
        True,
        "a",
        "",
        b"a",
        np.nan,
        1j,
        -1,
        0,
        2**70,
        Decimal("1.5"),
        object(),
        int,
        [],
        [[]],
        [1.0, [2.0]],
        ["a", 1],
        (),
        {},
        {"a": 1.0},
        {0: 1.0},
        {0: None},
        {"zzz": 1.0},
        {1: "a"},
        {"a": [1.0, 2.0]},
        set("ab"),
        np.array(None),
        np.array("a"),
        np.empty((0, 3)),
        np.zeros((2, 2, 2, 2)),
        np.ma.masked,
        np.ma.array([1.0, 2.0], mask=[True, False]),
        pd.NaT,
        pd.NA,
        pd.Series([1.0, None], dtype="Float64"),
        pd.Timestamp("2026-01-01"),
        sparse.eye_array(2),
        np.datetime64("2026-01-01"),
        Ellipsis,
        range(3),
        slice(2),
        "a <= b",
        "increasing",
        ["a", "b"],
        float,
        len,
        np.float16(1.5),
        np.longdouble(1.5),
    ]
)

DTYPES = "f2 f4 f8 g >f8 >f4 i1 i2 i4 i8 u1 u2 u4 u8 ? O"


@st.composite
def arrays(draw, shape, elements=reals):
    """Return an array of this shape, of any dtype and layout."""
    values = draw(hnp.arrays(np.float64, shape, elements=elements))
    dtype = np.dtype(draw(st.sampled_from(["f8", *DTYPES.split()])))
    with np.errstate(all="ignore"):
        if dtype.kind in "iu":
            values = np.nan_to_num(values).clip(0, 100)
        values = values.astype(dtype)
    layout = draw(st.sampled_from(["plain", "fortran", "reversed", "strided", "const"]))
    if not shape:
        return values[()]
    if layout == "fortran":
        return np.asfortranarray(values)
    if layout == "reversed":
        return values[::-1].copy()[::-1]
    if layout == "strided":
        return np.repeat(values, 2, axis=0)[::2]
    values.flags.writeable = layout != "const"
    return values


def as_container(values, kind):
    """Return a table in another container."""
    names = list(NAMES[: values.shape[-1]]) if values.ndim == 2 else None
    if kind == "list":
        return values.tolist()
    if kind == "pandas" and values.ndim == 2:
        return pd.DataFrame(values, columns=names)
    if kind == "pandas" and values.ndim == 1:
        return pd.Series(values, index=np.arange(len(values))[::-1])
    if kind == "polars" and values.ndim == 2 and values.dtype in ("f8", "f4", "i8"):
        return pl.DataFrame(values, schema=names)
    return values


@st.composite
def tables(draw, n_rows, n_columns, elements=reals):
    """Return a table of this shape, of any dtype, layout and container."""
    values = draw(arrays((n_rows, n_columns), elements))
    return as_container(values, draw(st.sampled_from(["array"] * 3 + KINDS)))


KINDS = ["list", "pandas", "polars"]


def bounds(n_rows, n_outputs):
    """Return bounds, many of which fit."""
    shapes = st.sampled_from(
        [(), (n_outputs,), (n_rows, 1), (n_rows, n_outputs), (n_rows,), (2, 3)]
    )
    keys = st.sampled_from([*range(n_outputs), *NAMES[:n_outputs], n_outputs, "zzz"])
    number = reals | st.sampled_from([np.inf, -np.inf, np.nan, None])
    return (
        st.none()
        | reals
        | shapes.flatmap(lambda shape: arrays(shape))
        | st.dictionaries(keys, number, max_size=3)
        | st.just(np.inf)
        | junk
    )


# -- the grammar -----------------------------------------------------------------------

outputs = st.sampled_from(["y[0]", "y[1]", "y[2]", "a", "b", "c", "`a`", "y[9]"])
constants = st.sampled_from(["0", "1", "2.5", "1e308", "1e-320", "1e999", ".5", "3e0"])
signs = [*"+-*/()=<>`[]. \n0", "<=", ">=", "==", "y", "y[", "y[-1]", "**", "//", "é"]
tokens = outputs | constants | st.sampled_from(signs)


@st.composite
def expressions(draw):
    """Return a sum of a few terms, as text."""
    terms = []
    for _ in range(draw(st.integers(1, 3))):
        factor = draw(st.sampled_from(["", "", "2 * ", "0.5 * ", "-", "1e300 * "]))
        terms.append(factor + draw(outputs | constants))
    return draw(st.sampled_from([" + ", " - "])).join(terms)


@st.composite
def statements(draw):
    """Return statements that the grammar accepts, and others."""
    if draw(st.integers(0, 5)) == 0:
        return "".join(draw(st.lists(tokens, max_size=8)))
    sides = draw(st.lists(expressions(), min_size=1, max_size=3))
    signs = st.sampled_from([" <= ", " <= ", " >= ", " == ", "<="])
    return "".join(
        side + (draw(signs) if i < len(sides) - 1 else "")
        for i, side in enumerate(sides)
    )


def orders(n_outputs):
    """Return orders, many of which fit."""
    keys = st.sampled_from([*range(n_outputs + 1), *NAMES[:n_outputs]])
    chains = st.lists(keys, max_size=n_outputs + 1)
    return (
        st.sampled_from(["increasing", "decreasing", None])
        | st.lists(chains, max_size=3)
        | st.lists(statements(), max_size=3)
        | statements()
        | junk
    )
