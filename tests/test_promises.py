"""What the engine promises, for every method, order, bound, weight and dtype."""

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from strategies import DTYPES, METHODS, Problem, bits, problems

from sklstm import adjust_predictions

# Sums of these neither overflow nor lose digits below the smallest number.
MODERATE = 2.0**20


def adjust(problem, values=None, **changes):
    values = problem.values if values is None else values
    return adjust_predictions(values, **(problem.options | changes))


def obeys(rows, problem):
    """Tell for each row whether it meets bounds and order, with zero tolerance."""
    lower, upper = problem.bounds
    # A bound in float64 is compared in float64.
    meets = ((rows >= lower) & (rows <= upper)).all(axis=1)
    for a, b in problem.pairs:
        meets &= rows[:, a] <= rows[:, b]
    return meets


@given(problems())
def test_every_row_obeys_with_zero_tolerance(problem):
    adjusted = adjust(problem)
    assert adjusted.dtype == problem.values.dtype
    assert adjusted.shape == problem.values.shape
    assert obeys(adjusted, problem).all()


@given(problems())
def test_adjusting_twice_changes_no_bit(problem):
    once = adjust(problem)
    assert bits(adjust(problem, once)) == bits(once)


@given(problems())
def test_rows_that_obey_keep_every_bit(problem):
    mixed = np.concatenate([problem.values, problem.target])
    good = obeys(mixed, problem)
    assert bits(adjust(problem, mixed)[good]) == bits(mixed[good])


@given(problems())
def test_the_input_is_untouched(problem):
    before = bits(problem.values)
    problem.values.flags.writeable = False
    adjust(problem)
    assert bits(problem.values) == before


@given(problems(), st.data())
def test_a_row_alone_equals_its_row_in_a_batch(problem, data):
    i = data.draw(st.integers(0, len(problem.values) - 1))
    alone = adjust(problem, problem.values[i : i + 1])
    assert bits(alone) == bits(adjust(problem)[i : i + 1])


@given(problems(largest=MODERATE), st.integers(-20, 20))
def test_scaling_by_a_power_of_two_commutes(problem, exponent):
    factor = 2.0**exponent
    lower, upper = problem.bounds
    # Rounding of a bound to float32 and values near zero do not scale.
    values = problem.values.astype(np.float64).round(6)
    scaled = adjust(
        problem, values * factor, lower=lower * factor, upper=upper * factor
    )
    plain = adjust(problem, values, lower=lower, upper=upper)
    np.testing.assert_array_equal(scaled, plain * factor)


@given(problems(largest=MODERATE, dtypes=[np.float64]), st.floats(-100, 100))
def test_a_shift_of_values_and_bounds_commutes(problem, shift):
    lower, upper = problem.bounds
    shifted = adjust(
        problem, problem.values + shift, lower=lower + shift, upper=upper + shift
    )
    scale = np.abs(problem.values).max() + 200
    np.testing.assert_allclose(shifted, adjust(problem) + shift, atol=1e-10 * scale)


@given(problems(methods=["sort", "projection"], largest=MODERATE))
def test_squared_error_never_rises_for_a_target_that_obeys(problem):
    weight = problem.options["output_weight"]
    if problem.options["method"] == "sort" or weight is None:
        weight = np.ones(problem.values.shape[1])
    target, raw = problem.target.astype(float), problem.values.astype(float)
    adjusted = adjust(problem).astype(float)
    before = ((raw - target) ** 2 * weight).sum(axis=1)
    after = ((adjusted - target) ** 2 * weight).sum(axis=1)
    rounding = 64 * np.finfo(problem.values.dtype).eps
    scale = (np.abs(raw) + np.abs(target)).max(axis=1) ** 2 * weight.sum()
    assert (after <= before + rounding * scale).all()


def test_squared_error_of_cummax_can_rise():
    raw, target = np.array([[5.0, 0.0, 0.0]]), np.zeros((1, 3))
    error = {
        method: ((adjust_predictions(raw, method=method) - target) ** 2).sum()
        for method in ("sort", "projection", "cummax")
    }
    assert ((raw - target) ** 2).sum() == 25
    assert error["cummax"] == 75
    assert error["sort"] == 25
    assert error["projection"] == pytest.approx(25 / 3)


@st.composite
def sample_problems(draw):
    """A problem, with an order down the rows in groups."""
    problem = draw(problems(max_samples=9, largest=MODERATE))
    n_samples = len(problem.values)
    groups = st.lists(st.integers(0, 2), min_size=n_samples, max_size=n_samples)
    options = {
        "sample_order": draw(st.sampled_from(["increasing", "decreasing"])),
        "groups": draw(st.none() | groups),
        "order_by": draw(st.none() | st.permutations(range(n_samples))),
    }
    return Problem(
        problem.values, problem.target, problem.options | options, problem.pairs
    )


def paths_down(problem):
    """Return the rows of each group, each group in its order."""
    n_samples = len(problem.values)
    groups = problem.options["groups"] or [0] * n_samples
    keys = problem.options["order_by"] or range(n_samples)
    return [
        sorted(
            (i for i in range(n_samples) if groups[i] == group), key=lambda i: keys[i]
        )
        for group in sorted(set(groups))
    ]


def wrong_steps(rows, problem):
    sign = 1 if problem.options["sample_order"] == "increasing" else -1
    steps = [sign * np.diff(rows[path], axis=0) for path in paths_down(problem)]
    return sum((step < 0).sum() for step in steps)


@given(sample_problems())
def test_orders_of_outputs_and_samples_hold_together(problem):
    adjusted = adjust(problem)
    assert adjusted.dtype == problem.values.dtype
    assert obeys(adjusted, problem).all()
    assert wrong_steps(adjusted, problem) == 0


@given(sample_problems())
def test_adjusting_samples_twice_changes_no_bit(problem):
    once = adjust(problem)
    assert bits(adjust(problem, once)) == bits(once)


@given(sample_problems())
def test_a_group_alone_equals_its_group_in_a_batch(problem):
    adjusted = adjust(problem)
    keys = problem.options["order_by"]
    for path in paths_down(problem):
        alone = adjust(
            problem,
            problem.values[path],
            groups=None,
            order_by=None if keys is None else [keys[i] for i in path],
        )
        assert bits(alone) == bits(adjusted[path])


@given(sample_problems(), st.data())
def test_rows_come_back_where_they_were_given(problem, data):
    n_samples = len(problem.values)
    order_by = problem.options["order_by"] or list(range(n_samples))
    groups = problem.options["groups"] or [0] * n_samples
    shuffle = data.draw(st.permutations(range(n_samples)))
    shuffled = adjust(
        problem,
        problem.values[shuffle],
        groups=[groups[i] for i in shuffle],
        order_by=[order_by[i] for i in shuffle],
    )
    assert bits(shuffled) == bits(adjust(problem)[shuffle])


@given(sample_problems(), st.data())
def test_squared_error_never_rises_with_an_order_of_samples(problem, data):
    method = data.draw(st.sampled_from(["sort", "projection"]))
    weight = problem.options["output_weight"]
    if weight is None or method == "sort":
        weight = np.ones(problem.values.shape[1])
    if method == "sort":
        # The order may be partial, which cannot be sorted.
        problem.options |= {"order": None, "method": "sort", "output_weight": None}
        problem.pairs = []
    problem.options["method"] = method
    target = adjust(problem, problem.target, method="cummax", output_weight=None)
    target = target.astype(float)
    raw = problem.values.astype(float)
    before = ((raw - target) ** 2 * weight).sum()
    after = ((adjust(problem).astype(float) - target) ** 2 * weight).sum()
    rounding = 64 * np.finfo(problem.values.dtype).eps + 1e-9
    scale = (np.abs(raw) + np.abs(target)).max() ** 2 * weight.sum()
    assert after <= before + rounding * scale * len(raw)


@given(problems())
def test_targets_made_by_the_strategies_obey(problem):
    # Else the errors of the properties above would be compared with nothing.
    assert obeys(problem.target, problem).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_strategies_make_rows_that_break_each_rule(method, dtype):
    made = problems(methods=[method], dtypes=[dtype])

    def breaks_order(problem):
        values = problem.values
        return any((values[:, a] > values[:, b]).any() for a, b in problem.pairs)

    def is_found(breaks):
        # The first one is enough; a smaller one takes a minute to find.
        first = settings(max_examples=2000, phases=[Phase.generate])
        problem = find(made, breaks, settings=first)
        return problem.options["method"] == method

    assert is_found(breaks_order)
    assert is_found(lambda problem: (problem.values < problem.bounds[0]).any())
    assert is_found(lambda problem: (problem.values > problem.bounds[1]).any())
    if method == "projection":
        assert is_found(lambda problem: problem.options["output_weight"] is not None)
