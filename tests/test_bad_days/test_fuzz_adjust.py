"""adjust_predictions with any arguments: an answer that obeys, or an explanation."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import event, given, settings
from hypothesis import strategies as st
from test_bad_days import anything
from test_bad_days.outcomes import BY_HAND, REFUSED, outcome

from sklstm import adjust_predictions


@st.composite
def calls(draw):
    """Return arguments of adjust_predictions, many of which fit each other."""
    n_rows, n_outputs = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    predictions = draw(anything.tables(n_rows, n_outputs))
    if draw(st.integers(0, 9)) == 0:
        predictions = draw(
            anything.junk
            | anything.arrays((n_rows, 2, n_outputs))
            | anything.arrays((n_rows,))
            | anything.tables(n_rows, n_outputs, anything.numbers)
        )
    options = {
        "lower": anything.bounds(n_rows, n_outputs),
        "upper": anything.bounds(n_rows, n_outputs),
        "order": anything.orders(n_outputs),
        "rules": st.none()
        | st.lists(anything.statements(), max_size=3)
        | anything.junk,
        "method": st.sampled_from(["auto", "sort", "projection", "cummax", "no", None]),
        "output_weight": st.none()
        | anything.arrays((n_outputs,), st.floats(0.1, 9) | anything.reals)
        | anything.junk,
        "sample_order": st.sampled_from([None, None, "increasing", "decreasing", "up"]),
        "groups": st.none() | anything.arrays((n_rows,)) | anything.junk,
        "order_by": st.none() | anything.arrays((n_rows,)) | anything.junk,
    }
    names = draw(st.sets(st.sampled_from(sorted(options)), max_size=3))
    return predictions, {name: draw(options[name]) for name in sorted(names)}


@settings(max_examples=BY_HAND or 300, derandomize=not BY_HAND)
@given(calls())
def test_an_answer_obeys_and_an_error_explains(call):
    predictions, options = call
    adjusted = outcome(
        lambda: adjust_predictions(predictions, **options), "adjust_predictions"
    )
    event("refused" if adjusted is REFUSED else "answered")
    if adjusted is REFUSED:
        return
    values = np.asarray(adjusted)
    assert values.dtype.kind == "f"
    assert np.isfinite(values).all()
    if values.ndim == 3:
        return
    assert values.shape == np.asarray(predictions).shape
    table = values if values.ndim == 2 else values[:, np.newaxis]
    assert_within(table, options.get("lower", 0.0), options.get("upper"))
    assert_in_order(table, options.get("order", "increasing"))
    rules = options.get("rules")
    for text in () if rules is None else rules:
        assert_holds(table, text)
    again = adjust_predictions(adjusted, **options)
    np.testing.assert_array_equal(np.asarray(again), values)


def assert_within(table, lower, upper):
    """Assert that a table obeys bounds that are numbers or arrays."""
    for bound, sign in ((lower, 1), (upper, -1)):
        if bound is None or isinstance(bound, dict | pd.Series):
            continue
        bound = np.asarray(bound, dtype=float)
        if bound.ndim == 1 and table.shape[1] == 1 and len(bound) == len(table):
            bound = bound[:, np.newaxis]
        assert (sign * table >= sign * bound).all()


def assert_in_order(table, order):
    """Assert that the columns of a table are in order."""
    if order is None or table.shape[1] == 1:
        return
    columns = range(table.shape[1])
    if isinstance(order, str) and order in ("increasing", "decreasing"):
        chains = [columns if order == "increasing" else columns[::-1]]
    else:
        chains = [order] if isinstance(order, str) else order
    for chain in chains:
        if isinstance(chain, str):
            assert_holds(table, chain)
            continue
        keys = [anything.NAMES.index(k) if isinstance(k, str) else k for k in chain]
        for a, b in pairwise(keys):
            assert (table[:, a] <= table[:, b]).all()


def assert_holds(table, text):
    """Assert that a statement is true for each row, as Python evaluates it."""
    names = {"y": table.T, **dict(zip(anything.NAMES, table.T, strict=False))}
    if re.fullmatch(r"[\d<>= ]+", text):
        return  # a chain of indices
    sides = re.split("<=|>=|==", text.replace("`", ""))
    signs = re.findall("<=|>=|==", text)
    with np.errstate(over="ignore", invalid="ignore"):
        evaluated = [eval(side.strip(), {}, names) for side in sides]
        scale = sum(np.abs(side) for side in evaluated) + np.abs(table).max(initial=1)
    for left, sign, right in zip(evaluated, signs, evaluated[1:], strict=False):
        difference = left - right if sign != ">=" else right - left
        difference = np.abs(difference) if sign == "==" else difference
        assert (difference <= 1e-9 * scale).all(), text
