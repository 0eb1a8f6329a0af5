"""The promises with bounds that differ by row, gaps, and constants in the order."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import bits, moderate_weights

from sklstm import adjust_predictions

ROOM = (0.0, 0.1, 0.5, 3.0, np.inf)


@dataclass
class Problem:
    """Predictions, bounds of each value, edges with gaps, and a target that obeys."""

    values: np.ndarray
    target: np.ndarray
    lower: np.ndarray | None
    upper: np.ndarray | None
    edges: dict
    options: dict

    def adjust(self, values=None, rows=slice(None), **changes):
        """Return adjusted rows, of these or other values."""
        values = self.values if values is None else values
        bounds = {
            name: None if bound is None else bound[rows]
            for name, bound in (("lower", self.lower), ("upper", self.upper))
        }
        order = [f"y[{a}] + {gap} <= y[{b}]" for (a, b), gap in self.edges.items()]
        return adjust_predictions(
            values[rows], **(bounds | {"order": order} | self.options | changes)
        )

    def obeys(self, rows):
        """Tell for each value whether it meets each rule, with zero tolerance."""
        obeys = np.ones(len(rows), dtype=bool)
        if self.lower is not None:
            obeys &= (rows >= self.lower).all(axis=1)
        if self.upper is not None:
            obeys &= (rows <= self.upper).all(axis=1)
        for (a, b), gap in self.edges.items():
            obeys &= rows[:, a] + gap <= rows[:, b]
        return obeys


def values_of(shape, dtype):
    width = np.dtype(dtype).itemsize * 8
    elements = st.integers(-4, 4).map(float) | st.floats(-8, 8, width=width)
    return hnp.arrays(dtype, shape, elements=elements)


@st.composite
def problems(draw, *, with_samples=False):
    """Return a problem of any method, order, gaps, bounds, weights and dtype."""
    method = draw(st.sampled_from(["auto", "sort", "projection", "cummax"]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    n_samples, n_outputs = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    ranked = draw(st.permutations(range(n_outputs)))
    pairs = list(pairwise(ranked))
    if method != "sort" and n_outputs > 2:
        pairs += draw(st.lists(st.sampled_from(pairs_of(ranked)), max_size=3))
    pairs = [pair for pair in pairs if draw(st.booleans())]
    gap = st.just(0.0) if method == "sort" else st.sampled_from([0.0, 0.1, 0.5, 2.0])
    edges = {pair: draw(gap) for pair in pairs}
    options = {"method": method}
    if method in ("auto", "projection"):
        weights = hnp.arrays(float, n_outputs, elements=moderate_weights)
        options["output_weight"] = draw(st.none() | weights)
    target = draw(values_of((n_samples, n_outputs), dtype))
    if with_samples:
        options["sample_order"] = draw(st.sampled_from(["increasing", "decreasing"]))
        options["groups"] = draw(
            st.lists(st.integers(0, 1), min_size=n_samples, max_size=n_samples)
        )
        for path in paths_of(options):
            target[path] = np.maximum.accumulate(target[path])
    for a in ranked:  # from below
        for (low, high), step in edges.items():
            if low == a:
                lifted = target[:, low] + target.dtype.type(step)
                target[:, high] = np.maximum(target[:, high], lifted)
    room = hnp.arrays(float, target.shape, elements=st.sampled_from(ROOM))
    return Problem(
        values=draw(values_of((n_samples, n_outputs), dtype)),
        target=target,
        lower=draw(st.none() | room.map(lambda r: target - r)),
        upper=draw(st.none() | room.map(lambda r: target + r)),
        edges=edges,
        options=options,
    )


def pairs_of(ranked):
    return [(a, b) for i, a in enumerate(ranked) for b in ranked[i + 1 :]]


def paths_of(options):
    """Return the rows of each group, from the smallest value to the largest."""
    groups = np.asarray(options["groups"])
    step = 1 if options["sample_order"] == "increasing" else -1
    return [np.flatnonzero(groups == group)[::step] for group in np.unique(groups)]


@given(problems())
def test_every_row_obeys_its_own_bounds_with_zero_tolerance(problem):
    adjusted = problem.adjust()
    assert adjusted.dtype == problem.values.dtype
    assert problem.obeys(adjusted).all()


@given(problems())
def test_adjusting_twice_changes_no_bit(problem):
    once = problem.adjust()
    assert bits(problem.adjust(once)) == bits(once)


@given(problems())
def test_rows_that_obey_keep_every_bit(problem):
    assert problem.obeys(problem.target).all()
    assert bits(problem.adjust(problem.target)) == bits(problem.target)


@given(problems(), st.data())
def test_a_row_alone_equals_its_row_in_a_batch(problem, data):
    i = data.draw(st.integers(0, len(problem.values) - 1))
    alone = problem.adjust(rows=slice(i, i + 1))
    assert bits(alone) == bits(problem.adjust()[i : i + 1])


@given(problems())
def test_the_input_is_untouched(problem):
    given_arrays = [problem.values, problem.lower, problem.upper]
    before = [None if array is None else bits(array) for array in given_arrays]
    problem.adjust()
    assert before == [None if array is None else bits(array) for array in given_arrays]


@given(problems(), st.sampled_from(["sort", "projection"]))
def test_squared_error_never_rises_for_a_target_that_obeys(problem, method):
    if problem.options["method"] == "cummax":
        problem.options["method"] = method
    if problem.options["method"] == "sort":
        problem.edges = {}
    weight = problem.options.get("output_weight")
    weight = 1.0 if weight is None else weight
    target, raw = problem.target.astype(float), problem.values.astype(float)
    before = ((raw - target) ** 2 * weight).sum(axis=1)
    after = ((problem.adjust().astype(float) - target) ** 2 * weight).sum(axis=1)
    rounding = 1e3 * np.finfo(problem.values.dtype).eps
    assert (after <= before + rounding * 400 * np.sum(weight)).all()


@given(problems(with_samples=True))
def test_bounds_by_row_hold_together_with_the_order_of_samples(problem):
    adjusted = problem.adjust()
    assert problem.obeys(adjusted).all()
    for path in paths_of(problem.options):
        assert (np.diff(adjusted[path], axis=0) >= 0).all()
    assert bits(problem.adjust(adjusted)) == bits(adjusted)


@given(problems(with_samples=True))
def test_targets_of_the_strategies_obey_the_order_of_samples(problem):
    assert problem.obeys(problem.target).all()
    assert bits(problem.adjust(problem.target)) == bits(problem.target)


@given(problems())
def test_equal_bounds_of_all_rows_are_the_bounds_of_the_outputs(problem):
    # Constant bounds are carried along the order in float64, those by row in the dtype
    # of the predictions, so float32 bounds without any room may only hold in one.
    room = 0.01
    lower = None if problem.lower is None else problem.lower.min(axis=0) - room
    upper = None if problem.upper is None else problem.upper.max(axis=0) + room
    each = [
        None if b is None else np.tile(b, (len(problem.values), 1))
        for b in (lower, upper)
    ]
    constant = problem.adjust(lower=lower, upper=upper)
    by_row = problem.adjust(lower=each[0], upper=each[1])
    assert bits(constant) == bits(by_row)


@pytest.mark.parametrize("method", ["auto", "sort", "projection", "cummax"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_shapes_of_bounds_by_row(method, dtype):
    flat = np.array([1.0, 5.0, 3.0], dtype=dtype)
    cap = [2.0, 2.0, 4.0]
    adjusted = adjust_predictions(flat, upper=cap, method=method)
    assert adjusted.dtype == dtype
    assert adjusted.tolist() == [1, 2, 3]
    wide = np.array([[1.0, 5.0], [6.0, 7.0], [3.0, 1.0]], dtype=dtype)
    column = np.reshape(cap, (3, 1))
    expected = [[1, 2], [2, 2], {"cummax": [3, 3], "projection": [2, 2]}.get(method)]
    expected[2] = expected[2] or [1, 3]
    for upper in (column, np.tile(column, 2), {0: cap, 1: cap}):
        adjusted = adjust_predictions(wide, upper=upper, method=method)
        assert adjusted.tolist() == expected
