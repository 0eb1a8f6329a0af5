"""Linear rules where rounding decides, against rational arithmetic and a solver."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from projection.test_linear import NONE, Case, at_most, total_of

from sklstm import adjust_predictions
from sklstm._projection import dual_search
from sklstm._projection.exact_quadratic import project_rules_exactly
from sklstm._projection.linear import project_linear


def exact(case, i):
    """Row i of the case in rational arithmetic."""
    n_outputs = case.values.shape[1]
    normals, offsets, are_equal = [], [], []
    for rule in case.rules:
        normal = rule.left.normal(n_outputs) - rule.right.normal(n_outputs)
        sign = 1 if rule.is_equality else -1
        normals.append(sign * normal)
        offsets.append(sign * (rule.right.constant - rule.left.constant))
        are_equal.append(rule.is_equality)
    for (a, b), gap in zip(case.edges.tolist(), case.gaps, strict=True):
        normals.append(np.eye(n_outputs)[b] - np.eye(n_outputs)[a])
        offsets.append(gap)
        are_equal.append(False)
    if not normals:
        return np.clip(case.values[i], case.lower[i], case.upper[i])
    ranked = np.argsort(np.logical_not(are_equal), kind="stable")
    return project_rules_exactly(
        case.values[i],
        case.lower[i],
        case.upper[i],
        np.array(normals)[ranked],
        np.array(offsets)[ranked],
        sum(are_equal),
        case.weight,
    )


def test_rational_arithmetic_agrees_with_a_solver():
    for seed in range(60):
        case = Case(seed, n_samples=2)
        for i in range(2):
            assert_allclose(exact(case, i), case.closest(i), atol=1e-9)


def test_rational_arithmetic_finds_what_cannot_be_met():
    row, none = np.zeros(2), np.full(2, NONE)
    normals, weight = np.array([[1.0, 1.0]]), np.ones(2)
    arguments = normals, np.array([3.0]), 1, weight
    assert project_rules_exactly(row, -none, np.ones(2), *arguments) is None
    found = project_rules_exactly(row, -none, np.array([1.0, NONE]), *arguments)
    assert found.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("decades", [4, 8])
def test_weights_of_very_different_size_with_rules(decades):
    # Of these, the search alone fails for cases 41, 50 and 137.
    for seed in (*range(30), 41, 50, 137):
        case = Case(seed, n_samples=6)
        weights = np.random.default_rng(seed + 10**6)
        n_outputs = case.values.shape[1]
        case.weight = 10.0 ** weights.uniform(-decades, decades, size=n_outputs)

        projected, failed = case.project()

        assert not failed.any()
        assert case.obeys(projected)
        for i in (0, 1):
            assert_allclose(projected[i], exact(case, i), atol=1e-9)
            alone = case.project(slice(i, i + 1))[0]
            assert alone.tobytes() == projected[i : i + 1].tobytes()


def test_rows_that_the_search_gives_up_are_solved_in_rational_arithmetic(monkeypatch):
    cases = [Case(seed, n_samples=2) for seed in range(20)]
    expected = [case.project()[0] for case in cases]
    monkeypatch.setattr(dual_search, "_MAX_ROUNDS", 0)
    for case, rows in zip(cases, expected, strict=True):
        projected, failed = case.project()
        assert not failed.any()
        assert_allclose(projected, rows, atol=1e-12)


def test_a_wrong_answer_of_the_search_is_noticed(monkeypatch):
    case = Case(3)
    expected = case.project()[0]
    run = dual_search.DualSearch.run

    def run_and_move(search):
        run(search)
        search.x[::2] += 1e-6

    monkeypatch.setattr(dual_search.DualSearch, "run", run_and_move)
    assert_allclose(case.project()[0], expected, atol=1e-12)


def test_rows_that_cannot_be_met_beside_those_that_the_search_gives_up(monkeypatch):
    monkeypatch.setattr(dual_search, "_MAX_ROUNDS", 0)
    rules = [total_of([0, 1], 2), at_most([2], [1.0], 1.0)]
    values = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.1, 0.2, 9.0]])
    lower = np.array([[0.0, 0.0, 0.0], [0.6, 0.6, 0.0], [0.0, 0.0, 0.0]])
    projected, failed = project_linear(values, lower, np.full(3, NONE), [], rules)
    assert failed.tolist() == [False, True, False]
    assert_allclose(projected[0], [0.5, 0.5, 1.0], atol=1e-12)


def test_the_error_names_the_first_row_that_cannot_be_met():
    rows = [[1.0, 1.0, 1.0, 0.0]] * 3
    upper = np.full((3, 4), np.inf)
    upper[1:, :2] = 0.25
    with pytest.raises(ValueError, match=r"in 2 of 3 rows, the first of them row 1"):
        adjust_predictions(
            rows,
            order=None,
            upper=upper,
            rules=["y[0] + y[1] == y[2]", "y[2] - y[3] >= 0.75"],
        )
