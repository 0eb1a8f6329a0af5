"""Bounds by row and gaps along the order, for every method."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from quadprog import solve_qp

from sklstm import adjust_predictions
from sklstm._projection.both import project_both
from sklstm._projection.bounds import (
    largest_below,
    tighten_bounds,
    tighten_down_samples,
)
from sklstm._projection.graph import split_components, transitive_reduction
from sklstm._projection.outputs import project_outputs
from sklstm._projection.samples import project_samples

ORDERS = {
    "chain": [(0, 1), (1, 2), (2, 3)],
    "falling": [(3, 2), (2, 1), (1, 0)],
    "two chains": [(2, 0), (1, 3)],
    "tree": [(0, 1), (0, 2), (2, 3)],
    "diamond": [(0, 1), (0, 2), (1, 3), (2, 3)],
}


class Case:
    """Rows, an order with gaps, and bounds by row that some row can meet."""

    def __init__(self, seed, order, gaps, dtype, n_samples=30):
        rng = np.random.default_rng(seed)
        self.edges = transitive_reduction(ORDERS[order], 4)
        self.gaps = rng.choice([0.0, 0.3, 1.1], len(self.edges)) if gaps else None
        self.values = (2 * rng.normal(size=(n_samples, 4))).astype(dtype)
        target = rng.normal(size=(n_samples, 4)).astype(dtype)
        for (a, b), gap in self.steps(dtype):
            target[:, b] = np.maximum(target[:, a] + gap, target[:, b])
        self.target = target
        lower = target - rng.choice([0.0, 0.5, np.inf], size=(n_samples, 4))
        upper = target + rng.choice([0.0, 0.5, np.inf], size=(n_samples, 4))
        self.lower, self.upper, crossed = tighten_bounds(
            lower.astype(dtype), upper.astype(dtype), self.edges, self.gaps
        )
        assert not crossed.any()
        self.components = split_components(self.edges, 4, self.gaps)

    def steps(self, dtype):
        gaps = np.zeros(len(self.edges)) if self.gaps is None else self.gaps
        return zip(self.edges.tolist(), gaps.astype(dtype), strict=True)

    def obeys(self, rows):
        for (a, b), gap in self.steps(rows.dtype):
            assert (rows[:, a] + gap <= rows[:, b]).all()
        assert (self.lower <= rows).all()
        assert (rows <= self.upper).all()
        return True

    def project(self, rows=slice(None), values=None, **options):
        values = self.values if values is None else values
        return project_outputs(
            values[rows],
            self.lower[rows],
            self.upper[rows],
            self.components,
            **({"method": "projection"} | options),
        )


@pytest.fixture(params=list(ORDERS))
def order(request):
    return request.param


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", ["sort", "projection", "cummax", "cummax down"])
def test_rows_obey_their_bounds_and_gaps_exactly(order, gaps, dtype, method):
    if method == "sort" and (gaps or order in ("tree", "diamond")):
        pytest.skip("sorting is for chains without gaps")
    for seed in range(5):
        case = Case(seed, order, gaps, dtype)
        given = case.values.copy()
        options = {"method": method.split()[0], "descending": method.endswith("down")}

        adjusted = case.project(**options)

        assert adjusted.dtype == dtype
        assert case.obeys(adjusted)
        assert case.values.tobytes() == given.tobytes()
        assert case.project(values=adjusted, **options).tobytes() == adjusted.tobytes()
        assert (
            case.project(values=case.target, **options).tobytes()
            == case.target.tobytes()
        )
        alone = [case.project(slice(i, i + 1), **options) for i in range(30)]
        assert np.concatenate(alone).tobytes() == adjusted.tobytes()
        if method in ("sort", "projection"):
            before = ((case.values - case.target) ** 2).sum(axis=1)
            after = ((adjusted - case.target) ** 2).sum(axis=1)
            assert (after <= before * (1 + 1e-5)).all()


def closest(row, lower, upper, edges, gaps, weight):
    n_columns = len(row)
    low, high = np.isfinite(lower), np.isfinite(upper)
    rise = np.zeros((len(edges), n_columns))
    rise[np.arange(len(edges)), edges[:, 0]] = -1
    rise[np.arange(len(edges)), edges[:, 1]] = 1
    normals = np.vstack([rise, np.eye(n_columns)[low], -np.eye(n_columns)[high]])
    offsets = np.concatenate([gaps, lower[low], -upper[high]])
    offsets -= 1e-12  # bounds that leave no room would be inconsistent by rounding
    return solve_qp(np.diag(weight), weight * row, normals.T, offsets)[0]


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_projections_with_gaps_and_bounds_by_row_agree_with_a_solver(
    order, gaps, weighted
):
    for seed in range(10):
        case = Case(seed, order, gaps, np.float64)
        rng = np.random.default_rng(seed)
        weight = rng.uniform(0.1, 0.9, size=4) if weighted else None

        adjusted = case.project(weight=weight)

        steps = np.zeros(len(case.edges)) if case.gaps is None else case.gaps
        weight = np.ones(4) if weight is None else weight
        expected = [
            closest(row, low, high, case.edges, steps, weight)
            for row, low, high in zip(case.values, case.lower, case.upper, strict=True)
        ]
        assert_allclose(adjusted, expected, atol=1e-9)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("quick_cycles", [1, 300])
def test_both_orders_with_gaps_and_bounds_by_row_agree_with_a_solver(
    order, gaps, descending, quick_cycles
):
    case = Case(0, order, gaps, np.float64, n_samples=5)
    steps = np.zeros(len(case.edges)) if case.gaps is None else case.gaps
    if descending:
        case.target = case.target[::-1]
    target = np.maximum.accumulate(case.target, axis=0)
    target = target[::-1] if descending else target
    sizes = np.array([5])
    lower, upper, crossed = tighten_bounds(
        target - 0.4, target + 0.3, case.edges, case.gaps
    )
    assert not crossed.any()
    lower, upper = tighten_down_samples(lower, upper, sizes, descending)
    assert (lower <= upper).all()
    weight = np.array([0.1, 0.4, 0.2, 0.3])

    adjusted = project_both(
        case.values,
        lower,
        upper,
        case.components,
        weight=weight,
        sizes=sizes,
        descending=descending,
        quick_cycles=quick_cycles,
    )

    place = np.arange(20).reshape(5, 4)
    down = np.column_stack([place[:-1].ravel(), place[1:].ravel()])
    expected = closest(
        case.values.ravel(),
        lower.ravel(),
        upper.ravel(),
        np.vstack(
            [place[:, case.edges].reshape(-1, 2), down[:, :: -1 if descending else 1]]
        ),
        np.concatenate([np.tile(steps, 5), np.zeros(len(down))]),
        np.tile(weight, 5),
    )
    assert_allclose(adjusted.ravel(), expected, atol=1e-8)


@pytest.mark.parametrize("method", ["sort", "projection", "cummax"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_keep_bounds_by_row(method, descending, dtype):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 2)).astype(dtype)
    sizes = np.array([10, 1, 29])
    sections = np.cumsum(sizes)[:-1]
    step = -1 if descending else 1
    target = np.vstack(
        [
            np.sort(part, axis=0)[::step]
            for part in np.split(rng.normal(size=(40, 2)), sections)
        ]
    ).astype(dtype)
    lower, upper = tighten_down_samples(
        target - dtype(0.5), target + dtype(0.4), sizes, descending
    )
    options = {"sizes": sizes, "descending": descending, "method": method}
    options |= {"lower": lower, "upper": upper}

    adjusted = project_samples(values, **options)

    assert adjusted.dtype == dtype
    assert ((lower <= adjusted) & (adjusted <= upper)).all()
    for part in np.split(adjusted, sections):
        assert (step * np.diff(part, axis=0) >= 0).all()
    assert project_samples(adjusted, **options).tobytes() == adjusted.tobytes()
    if method == "projection" and dtype is np.float64:
        first = slice(11, 40)
        chain = np.column_stack([np.arange(28), np.arange(1, 29)])
        expected = closest(
            values[first, 0],
            lower[first, 0],
            upper[first, 0],
            chain[:, ::step],
            np.zeros(28),
            np.ones(29),
        )
        assert_allclose(adjusted[first, 0], expected, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_value_below_a_gap_is_the_largest(dtype):
    rng = np.random.default_rng(0)
    for _ in range(2000):
        high = dtype(rng.normal() * 10.0 ** rng.integers(-8, 9))
        gap = dtype(abs(rng.normal()) * 10.0 ** rng.integers(-8, 9))
        low = largest_below(np.array([high, -np.inf, np.inf], dtype), gap)
        assert low.dtype == dtype
        assert low[0] + gap <= high
        assert np.nextafter(low[0], dtype(np.inf)) + gap > high
        assert low[1:].tolist() == [-np.inf, np.inf]


def test_tightened_bounds_tell_where_they_cross():
    lower = np.array([[0.0, -np.inf], [0.0, -np.inf]])
    upper = np.array([[np.inf, 0.5], [np.inf, 0.4]])
    edges, gaps = np.array([[0, 1]]), np.array([0.5])

    low, high, crossed = tighten_bounds(lower, upper, edges, gaps)

    assert low.tolist() == [[0.0, 0.5], [0.0, 0.5]]
    # So small that adding it to 0.5 rounds it away.
    assert high[0].tolist() == [2.0**-54, 0.5]
    assert crossed.tolist() == [[False, False], [True, True]]
    assert lower[0, 1] == -np.inf


@pytest.mark.parametrize("weight", [None, np.array([0.1, 0.3, 0.05, 0.2, 0.1, 0.1])])
@pytest.mark.parametrize("gaps", [None, np.full(5, 0.3)], ids=["plain", "gaps"])
def test_a_row_with_one_bound_for_all_outputs_does_not_depend_on_other_rows(
    gaps, weight
):
    # Other rows have bounds that differ from output to output.
    rng = np.random.default_rng(0)
    edges = np.array([(i, i + 1) for i in range(5)])
    values = rng.normal(size=(200, 6))
    steps = np.zeros(6) if gaps is None else 0.3 * np.arange(6)
    upper = np.where(rng.random((200, 1)) < 0.5, 0.4, np.sort(values, axis=1)) + steps
    lower = np.full(6, -np.inf)
    components = split_components(edges, 6, gaps)

    def project(rows):
        bounds = lower, upper[rows]
        return project_outputs(
            values[rows], *bounds, components, method="projection", weight=weight
        )

    alone = [project(slice(i, i + 1)) for i in range(200)]
    assert np.concatenate(alone).tobytes() == project(slice(None)).tobytes()


@pytest.mark.parametrize("tiny", [5e-324, 2.2e-308, 1e-300, -1e-200])
def test_gaps_between_tiny_values_do_not_overflow(tiny):
    order = ["y[2] + 2.0 <= y[0]", "y[0] + 0.1 <= y[1]", "y[2] + 0.1 <= y[1]"]
    rows = np.array([[0.0, 0.0, tiny], [-3.0, 1.0, 2.0]])

    adjusted = adjust_predictions(rows, order=order, lower=None)

    assert_allclose(adjusted[0], [19 / 30, 22 / 30, -41 / 30])
    assert np.array_equal(
        adjusted[0], adjust_predictions(rows[:1], order=order, lower=None)[0]
    )
