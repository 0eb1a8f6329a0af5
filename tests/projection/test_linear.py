"""Bounds by row, orders, gaps and linear rules together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from quadprog import solve_qp

from sklstm import adjust_predictions
from sklstm._projection.bounds import tighten_bounds
from sklstm._projection.graph import split_components, transitive_reduction
from sklstm._projection.linear import project_linear
from sklstm._projection.rules import Rule, Side

NONE = np.inf


def total_of(parts, total):
    """The rule that the parts add up to the total."""
    return Rule(Side(tuple(parts), (1.0,) * len(parts)), Side((total,), (1.0,)), True)


def at_most(columns, coefficients, limit):
    return Rule(
        Side(tuple(columns), tuple(coefficients)),
        Side(constant=limit),
        is_equality=False,
    )


def sums_to(columns, constant):
    return Rule(
        Side(tuple(columns), (1.0,) * len(columns)),
        Side(constant=constant),
        is_equality=True,
    )


class Case:
    """Random rows, and constraints of every kind that a known target meets."""

    def __init__(self, seed, dtype=np.float64, n_samples=6):
        rng = np.random.default_rng(seed)
        n_outputs = int(rng.integers(3, 10))
        target = rng.integers(-8, 9, size=(n_samples, n_outputs)) / 8
        places = rng.permutation(n_outputs)
        self.rules = []
        n_parts = int(rng.integers(2, n_outputs))
        if rng.random() < 0.8:
            *parts, total = places[: n_parts + 1].tolist()
            target[:, total] = target[:, parts].sum(axis=1)
            self.rules.append(total_of(parts, total))
        if rng.random() < 0.3:  # another total over some of the same parts
            free = places[n_parts + 1 :].tolist()
            if free:
                target[:, free[0]] = target[:, places[:2]].sum(axis=1)
                self.rules.append(total_of(places[:2].tolist(), free[0]))
        if rng.random() < 0.6:
            columns = rng.choice(n_outputs, size=2, replace=False).tolist()
            coefficients = rng.choice([1.0, -1.0, 0.5, 2.0], size=2).tolist()
            limit = float((target[:, columns] @ coefficients).max())
            self.rules.append(at_most(columns, coefficients, limit))
        pairs = [
            (a, b)
            for a in range(n_outputs)
            for b in range(n_outputs)
            if (target[:, a] <= target[:, b]).all() and rng.random() < 0.3 and a != b
        ]
        ranked = {column: place for place, column in enumerate(places.tolist())}
        pairs = [(a, b) for a, b in pairs if ranked[a] < ranked[b]]
        self.edges = transitive_reduction(pairs, n_outputs)
        room = [(target[:, b] - target[:, a]).min() for a, b in self.edges]
        self.gaps = np.array(room) * rng.choice([0.0, 0.5, 1.0], size=len(room))
        lower = target - rng.choice(
            [0.0, 0.5, NONE], size=target.shape, p=[0.1, 0.6, 0.3]
        )
        upper = target + rng.choice(
            [0.0, 0.5, NONE], size=target.shape, p=[0.1, 0.6, 0.3]
        )
        self.lower, self.upper, crossed = tighten_bounds(
            lower.astype(dtype), upper.astype(dtype), self.edges, self.gaps
        )
        assert not crossed.any()
        self.target = target.astype(dtype)
        self.values = (target + 2 * rng.normal(size=target.shape)).astype(dtype)
        self.weight = 10.0 ** rng.uniform(-1.5, 1.5, size=n_outputs)
        self.components = split_components(self.edges, n_outputs, self.gaps)

    def project(self, rows=slice(None), values=None, weight=None):
        values = self.values if values is None else values
        return project_linear(
            values[rows],
            self.lower[rows],
            self.upper[rows],
            self.components,
            self.rules,
            weight=self.weight if weight is None else weight,
        )

    def obeys(self, rows):
        assert (self.lower <= rows).all()
        assert (rows <= self.upper).all()
        for (a, b), gap in zip(self.edges, self.gaps.astype(rows.dtype), strict=True):
            assert (rows[:, a] + gap <= rows[:, b]).all()
        for rule in self.rules:
            left, right = rule.left.evaluate(rows), rule.right.evaluate(rows)
            assert (left == right if rule.is_equality else left <= right).all()
        return True

    def closest(self, i):
        n_outputs = self.values.shape[1]
        unit = np.eye(n_outputs)
        normals, offsets, n_equalities = [], [], 0
        for rule in sorted(self.rules, key=lambda rule: not rule.is_equality):
            normal = rule.left.normal(n_outputs) - rule.right.normal(n_outputs)
            sign = 1 if rule.is_equality else -1
            normals.append(sign * normal)
            offsets.append(sign * (rule.right.constant - rule.left.constant))
            n_equalities += rule.is_equality
        for (a, b), gap in zip(self.edges, self.gaps, strict=True):
            normals.append(unit[b] - unit[a])
            offsets.append(gap)
        low, high = np.isfinite(self.lower[i]), np.isfinite(self.upper[i])
        normals = np.vstack([*normals, unit[low], -unit[high]])
        offsets = np.concatenate([offsets, self.lower[i][low], -self.upper[i][high]])
        # Without this, constraints that leave no room are inconsistent by rounding.
        offsets[n_equalities:] -= 1e-11
        row = self.values[i].astype(float)
        return solve_qp(
            np.diag(self.weight), self.weight * row, normals.T, offsets, n_equalities
        )[0]


@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_rows_with_everything_at_once_agree_with_a_solver(first):
    for seed in range(first, first + 50):
        case = Case(seed)
        projected, failed = case.project()
        assert not failed.any()
        expected = [case.closest(i) for i in range(len(projected))]
        assert_allclose(projected, expected, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_obey_every_rule_exactly(dtype):
    for seed in range(300):
        case = Case(seed, dtype)
        given = case.values.copy()

        projected, failed = case.project()

        assert not failed.any()
        assert projected.dtype == dtype
        assert case.obeys(projected)
        assert case.values.tobytes() == given.tobytes()
        assert case.project(values=projected)[0].tobytes() == projected.tobytes()
        assert case.project(values=case.target)[0].tobytes() == case.target.tobytes()
        loss = (case.weight * (projected.astype(float) - case.target) ** 2).sum(axis=1)
        before = (case.weight * (given.astype(float) - case.target) ** 2).sum(axis=1)
        assert (loss <= before * (1 + 1e-5)).all()


@pytest.mark.parametrize("seed", [2766, 3590, 3665, 3917, 6121, 6453])
def test_rows_with_hardly_any_room_are_met_exactly(seed):
    # Found among 5000 cases: outputs that are nudged down with those below them, and
    # sums that can only hold where the parts have digits to spare.
    case = Case(seed, n_samples=3)
    projected, failed = case.project()
    assert not failed.any()
    assert case.obeys(projected)
    assert_allclose(projected, [case.closest(i) for i in range(3)], atol=1e-9)


def test_a_row_alone_equals_its_row_in_a_batch():
    for seed in range(100):
        case = Case(seed, n_samples=8)
        projected = case.project()[0]
        for i in range(len(projected)):
            alone = case.project(slice(i, i + 1))[0]
            assert alone.tobytes() == projected[i : i + 1].tobytes()
        few = case.project(slice(3, 6))[0]
        assert few.tobytes() == projected[3:6].tobytes()


def project(values, rules, lower=-NONE, upper=NONE, weight=None):
    values = np.asarray(values, dtype=float)
    return project_linear(
        values,
        np.full(values.shape[1], lower, dtype=float),
        np.full(values.shape[1], upper, dtype=float),
        [],
        rules,
        weight=None if weight is None else np.array(weight),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_parts", [1, 2, 5, 30])
def test_non_negative_parts_add_up_to_their_total(n_parts, dtype):
    rng = np.random.default_rng(0)
    values = rng.normal(0.3, 1, size=(2000, n_parts + 1)).astype(dtype)
    rule = total_of(range(n_parts), n_parts)
    upper = np.full(n_parts + 1, 1.5, dtype)

    projected, failed = project_linear(
        values, np.zeros(n_parts + 1, dtype), upper, [], [rule]
    )

    assert not failed.any()
    total = projected[:, 0]
    for j in range(1, n_parts):
        total = total + projected[:, j]
    assert (total == projected[:, -1]).all()
    assert ((projected >= 0) & (projected <= 1.5)).all()


def test_an_output_of_infinite_weight_stays():
    rules = [total_of([0, 1], 2)]
    values = [[3.0, 1.0, 7.7], [3.0, 5.0, 1.1], [0.1, 0.2, -4.0]]

    projected, failed = project(values, rules, lower=0.0, weight=[1, 1, np.inf])

    assert not failed.any()
    assert projected[:, 2].tolist() == [7.7, 1.1, 0.0]
    assert (projected[:, 0] + projected[:, 1] == projected[:, 2]).all()
    assert_allclose(projected[:, 0], [4.85, 0.0, 0.0], atol=1e-12)


def test_rows_that_cannot_be_met_are_reported_and_others_are_not_affected():
    rules = [total_of([0, 1], 2), at_most([2], [1.0], 1.0)]
    values = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.1, 0.2, 9.0]])
    lower = np.array([[0.0, 0.0, 0.0], [0.6, 0.6, 0.0], [0.0, 0.0, 0.0]])
    upper = np.full(3, NONE)

    projected, failed = project_linear(values, lower, upper, [], rules)

    assert failed.tolist() == [False, True, False]
    alone = project_linear(values[2:], lower[2:], upper, [], rules)[0]
    assert projected[2].tobytes() == alone[0].tobytes()


def test_fixed_outputs_that_contradict_a_rule_are_reported():
    rules = [total_of([0, 1], 2)]
    values = [[1.0, 2.0, 3.0], [1.0, 2.0, 4.0]]
    projected, failed = project(values, rules, weight=[np.inf] * 3)
    assert failed.tolist() == [False, True]
    assert projected[0].tolist() == values[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("whole", [1.0, 100.0])
def test_shares_sum_exactly(whole, dtype):
    rng = np.random.default_rng(0)
    values = rng.normal(whole / 7, whole / 7, size=(3000, 7)).astype(dtype)

    projected, failed = project_linear(
        values,
        np.zeros(7, dtype),
        np.full(7, np.inf, dtype),
        [],
        [sums_to(range(7), whole)],
    )

    assert not failed.any()
    total = projected[:, 0]
    for j in range(1, 7):
        total = total + projected[:, j]
    assert (total == dtype(whole)).all()
    assert (projected >= 0).all()


def test_a_hierarchy_adds_up_at_every_level():
    # The whole, two regions, and three and two stores.
    rules = [total_of([1, 2], 0), total_of([3, 4, 5], 1), total_of([6, 7], 2)]
    values = np.random.default_rng(0).normal(1, 2, size=(500, 8))

    projected, failed = project(values, rules, lower=0.0)

    assert not failed.any()
    x = projected.T
    assert (x[3] + x[4] + x[5] == x[1]).all()
    assert (x[6] + x[7] == x[2]).all()
    assert (x[1] + x[2] == x[0]).all()
    assert (x >= 0).all()


def test_independent_blocks_do_not_disturb_each_other():
    rules = [total_of([0, 1], 2), total_of([3, 4], 5)]
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 6)) * [1, 1, 1, 1e12, 1e12, 1e12]

    projected = project(values, rules)[0]

    alone = project(values[:, :3], rules[:1])[0]
    assert projected[:, :3].tobytes() == alone.tobytes()


def test_a_statement_is_evaluated_as_numpy_does():
    rows = np.array([[0.1, 0.2, 0.3, 7.0]])
    side = Side((0, 1, 2), (1.0, -2.0, 1.0), constant=0.25)
    assert side.evaluate(rows)[0] == 0.1 - 2.0 * 0.2 + 0.3 + 0.25
    assert side.evaluate(rows.astype(np.float32)).dtype == np.float32
    assert Side(constant=3.0).evaluate(rows).tolist() == [3.0]
    assert Side((0,), (-1.0,)).evaluate(rows).tolist() == [-0.1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_output_is_nudged_along_with_those_that_its_order_ties_to_it(dtype):
    # b <= c asks for a gap in a, and a gap ties a to b.
    rows = np.random.default_rng(0).normal(0, 0.1, size=(300, 3)).astype(dtype)
    adjusted = adjust_predictions(
        rows,
        lower=None,
        order=["y[0] + 0.025 <= y[1]", "y[1] + 0.014 <= y[2]"],
        rules=["y[0] + y[1] == y[2]"],
    )
    assert (adjusted[:, 0] + dtype(0.025) <= adjusted[:, 1]).all()
    assert (adjusted[:, 1] + dtype(0.014) <= adjusted[:, 2]).all()
    assert (adjusted[:, 0] + adjusted[:, 1] == adjusted[:, 2]).all()
