"""In the output of a graph constraints hold exactly, and values do not differ."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_onnx.graphs import session_of

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.resolve import resolve_constraints
from sklstm.onnx._constraints import add_constraints
from sklstm.onnx._graph import Graph

pytest.importorskip("onnxruntime", reason="runs the graphs")
onnx = pytest.importorskip("onnx", reason="writes the graphs")

CHAINS = {
    "one": ("increasing", {}),
    "falling": ("decreasing", {}),
    "two": ([[4, 1, 0], [3, 2]], {}),
    "gaps": (["y[2] + 0.1 <= y[0]", "y[0] + 0.7 <= y[1]"], {"is_gap": True}),
    "partial": ([[0, 1], [0, 2], [1, 4], [2, 4]], {"is_partial": True}),
    "partial with gaps": (
        ["y[0] + 0.1 <= y[1]", "y[0] + 0.3 <= y[2]"],
        {"is_gap": True, "is_partial": True},
    ),
}


def by_output(bounds):
    return st.fixed_dictionaries(dict.fromkeys(range(5), bounds))


@st.composite
def declarations(draw):
    """What a graph can do, for five outputs."""
    order, kind = CHAINS[draw(st.sampled_from(sorted(CHAINS)))]
    methods = ["cummax"]
    if not kind.get("is_partial"):
        methods.append("projection")
        if not kind.get("is_gap"):
            methods.append("sort")
    method = draw(st.sampled_from(methods))
    weight = None
    if method == "projection" and draw(st.booleans()):
        weight = draw(st.lists(st.floats(0.1, 9), min_size=5, max_size=5))
    lows = st.one_of(st.none(), st.floats(-3, -1))
    highs = st.one_of(st.none(), st.floats(1, 3))
    return {
        "order": order,
        "method": method,
        "output_weight": weight,
        "lower": draw(st.one_of(lows, by_output(lows))),
        "upper": draw(st.one_of(highs, by_output(highs))),
    }


def output_of_graph(constraints, values, rows):
    """Return what a graph with nothing but these constraints makes of values."""
    helper, graph = onnx.helper, Graph()
    names = {name: name for name in rows}
    output = add_constraints(graph, "X", constraints, values.dtype, names)
    graph.add("Identity", output)
    kind = helper.np_dtype_to_tensor_dtype(values.dtype)
    inputs = [("X", kind), *((name, onnx.TensorProto.DOUBLE) for name in rows)]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "test",
            [helper.make_tensor_value_info(n, k, ["n", 5]) for n, k in inputs],
            [helper.make_tensor_value_info(graph.nodes[-1].output[0], kind, ["n", 5])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    return session_of(model).run(None, {"X": values, **rows})[0]


@settings(max_examples=100, deadline=None)
@given(
    declarations(),
    st.integers(0, 999),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([(), ("lower",), ("upper",), ("lower", "upper")]),
)
def test_graphs_do_what_predict_does_and_break_nothing(declared, seed, dtype, by_row):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 2, size=(40, 5)).astype(dtype)
    values[::4] = values[::4].round()  # ties
    rows = {name: rng.uniform(-1, 0.3, (40, 5)) for name in by_row}
    if "upper" in rows:
        rows["upper"] += 3.0
        rows["upper"][::5] = np.inf
    constraints = resolve_constraints(n_outputs=5, owner="test", **declared)
    try:
        of_rows = constraints.for_rows(40, **rows)
        expected = apply_constraints(values, of_rows)
    except ValueError:  # bounds of a row cross
        assume(False)

    adjusted = output_of_graph(constraints, values, rows)

    assert adjusted.dtype == values.dtype
    for rule in of_rows.rules:
        assert not rule.amount(adjusted).any(), rule.statement
    error = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(adjusted, expected, rtol=error, atol=4 * error)


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
def test_rows_that_obey_stay_the_same_in_float32(method):
    rng = np.random.default_rng(0)
    values = np.sort(rng.exponential(1e3, size=(2000, 5)).astype(np.float32), axis=1)
    constraints = resolve_constraints(
        lower=0.0, upper=None, order="increasing", method=method, n_outputs=5, owner="t"
    )

    np.testing.assert_array_equal(output_of_graph(constraints, values, {}), values)


def test_bounds_by_row_are_rounded_inwards():
    rng = np.random.default_rng(0)
    values = np.zeros((5000, 5), dtype=np.float32)
    lower = rng.normal(size=(5000, 5)) * 10.0 ** rng.integers(-30, 30, (5000, 5))
    lower[0] = 1 + 2.0**-40  # next to a power of 2, from either side
    lower[1] = 1 - 2.0**-40
    upper = lower.copy()
    constraints = resolve_constraints(
        lower=None, upper=None, order=None, n_outputs=5, owner="test"
    )

    above = output_of_graph(constraints, values - np.float32(3e38), {"lower": lower})
    below = output_of_graph(constraints, values + np.float32(3e38), {"upper": upper})

    assert np.all(above.astype(np.float64) >= lower)
    assert np.all(below.astype(np.float64) <= upper)
    nearest = lower.astype(np.float32)
    assert np.all(np.abs(above - nearest) <= np.spacing(np.abs(nearest)))
    assert np.all(np.abs(below - nearest) <= np.spacing(np.abs(nearest)))


def test_bounds_by_row_beyond_float32_bound_nothing():
    values = np.arange(5, dtype=np.float32)[np.newaxis]
    constraints = resolve_constraints(
        lower=None, upper=None, order="increasing", n_outputs=5, owner="test"
    )

    for huge in (1e39, 1e300, np.finfo(np.float64).max, np.inf):
        rows = {"lower": np.full((1, 5), -huge), "upper": np.full((1, 5), huge)}
        result = output_of_graph(constraints, values, rows)
        np.testing.assert_array_equal(result, values)
