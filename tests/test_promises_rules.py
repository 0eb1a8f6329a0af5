"""The promises with linear rules: sums, multiples and limits, with everything else."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from sklearn.linear_model import LinearRegression
from strategies import bits, moderate_weights

from sklstm import PositiveOrderedRegressor, adjust_predictions

# The statement, and the pair of sides as NumPy evaluates them.
RULES = {
    "y[0] + y[1] == y[2]": lambda y: (y[0] + y[1], y[2]),
    "y[3] == y[0] + 2 * y[1]": lambda y: (y[3], y[0] + y.dtype.type(2) * y[1]),
    "y[0] - y[1] <= 2": lambda y: (y[0] - y[1], y.dtype.type(2)),
    "y[0] + y[1] + y[2] + y[3] <= 60": lambda y: (
        y[0] + y[1] + y[2] + y[3],
        y.dtype.type(60),
    ),
    "y[1] <= 0.5 * y[2]": lambda y: (y[1], y.dtype.type(0.5) * y[2]),
    "y[0] + 0.5 <= y[3] + 9": lambda y: (
        y[0] + y.dtype.type(0.5),
        y[3] + y.dtype.type(9),
    ),
}
ORDERS = {
    (): None,
    ((0, 3),): [[0, 3]],
    ((1, 2), (0, 3)): [[1, 2], [0, 3]],
}


@dataclass
class Problem:
    """Predictions, rules that a target obeys, and all other options."""

    values: np.ndarray
    target: np.ndarray
    pairs: tuple
    options: dict

    def adjust(self, values=None, rows=slice(None)):
        options = dict(self.options)
        for name in ("lower", "upper"):
            if np.ndim(options[name]) == 2:
                options[name] = options[name][rows]
        values = self.values if values is None else values
        return adjust_predictions(values[rows], **options)

    def obeys(self, rows):
        y, obeys = rows.T, np.ones(len(rows), dtype=bool)
        for text in self.options["rules"]:
            left, right = RULES[text](y)
            obeys &= left == right if "==" in text else left <= right
        for a, b in self.pairs:
            obeys &= y[a] <= y[b]
        for name, sign in (("lower", 1), ("upper", -1)):
            if self.options[name] is not None:
                obeys &= (sign * rows >= sign * self.options[name]).all(axis=1)
        return obeys


@st.composite
def problems(draw):
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    n_samples = draw(st.integers(1, 4))
    quarters = st.integers(0, 8).map(lambda number: number / 4)
    a, extra = draw(hnp.arrays(dtype, (2, n_samples), elements=quarters))
    b = np.minimum(a, extra)
    target = np.column_stack([a, b, a + b, a + 2 * b])
    pairs = draw(st.sampled_from(list(ORDERS)))
    rules = draw(st.lists(st.sampled_from(list(RULES)), min_size=1, unique=True))
    weights = hnp.arrays(float, 4, elements=moderate_weights)
    options = {
        "rules": rules,
        "order": ORDERS[pairs],
        "output_weight": draw(st.none() | weights),
        "method": draw(st.sampled_from(["auto", "projection"])),
    }
    for name, sign in (("lower", -1), ("upper", 1)):
        room = draw(st.sampled_from([0.0, 0.25, 3.0]))
        by_row = target + sign * room
        constant = by_row.min(axis=0) if sign < 0 else by_row.max(axis=0)
        options[name] = draw(st.sampled_from([None, by_row, constant]))
    width = np.dtype(dtype).itemsize * 8
    elements = st.integers(-4, 4).map(float) | st.floats(-64, 64, width=width)
    values = draw(hnp.arrays(dtype, (n_samples, 4), elements=elements))
    return Problem(values, target, pairs, options)


@given(problems())
def test_every_rule_holds_as_NumPy_evaluates_it(problem):
    adjusted = problem.adjust()
    assert adjusted.dtype == problem.values.dtype
    assert problem.obeys(adjusted).all()
    assert bits(problem.adjust(adjusted)) == bits(adjusted)


@given(problems())
def test_the_input_is_untouched(problem):
    lower, upper = problem.options["lower"], problem.options["upper"]
    arrays = [problem.values, *(b for b in (lower, upper) if b is not None)]
    before = [bits(array) for array in arrays]
    problem.adjust()
    assert [bits(array) for array in arrays] == before


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
def test_squared_error_never_rises_for_a_target_that_obeys(problem):
    weight = problem.options["output_weight"]
    weight = 1.0 if weight is None else weight
    target, raw = problem.target.astype(float), problem.values.astype(float)
    before = ((raw - target) ** 2 * weight).sum(axis=1)
    after = ((problem.adjust().astype(float) - target) ** 2 * weight).sum(axis=1)
    rounding = 1e3 * np.finfo(problem.values.dtype).eps
    assert (after <= before + rounding * 2e4 * np.sum(weight)).all()


def test_rounding_of_an_output_at_zero_is_no_contradiction():
    """The second output can only be 0; it comes out as 4e-18 before its bound."""
    adjusted = adjust_predictions(
        [[0.0, 0, 0, -1]],
        lower=None,
        upper=0.0,
        order=[[0, 3]],
        rules=["y[3] == y[0] + 2 * y[1]"],
    )
    assert_array_equal(adjusted, [[-0.5, 0, 0, -0.5]])


def test_an_infinite_weight_keeps_an_output():
    adjusted = adjust_predictions(
        [[1.0, 2.0, 9.0], [5.0, 5.0, 4.0]],
        order=None,
        rules=["y[0] + y[1] == y[2]"],
        output_weight={0: 1, 1: 1, 2: np.inf},
    )
    assert_array_equal(adjusted, [[4, 5, 9], [2, 2, 4]])


def test_an_infinite_weight_keeps_an_output_of_an_order():
    adjusted = adjust_predictions([[3.0, 1.0]], output_weight=[np.inf, 1])
    assert_array_equal(adjusted, [[3, 3]])


@pytest.mark.parametrize(
    ("rules", "edges", "lower", "upper"),
    [
        (["y[0] <= y[1]"], [[0, 1]], [0, 0, 0], [np.inf] * 3),
        (["y[0] == 2"], [], [2, 0, 0], [2, np.inf, np.inf]),
        (["3 >= y[2] >= 1"], [], [0, 0, 1], [np.inf, np.inf, 3]),
    ],
)
def test_rules_that_are_bounds_or_orders_act_as_such(rules, edges, lower, upper):
    from sklstm._constraints.resolve import resolve_constraints

    constraints = resolve_constraints(
        lower=0, upper=None, order=None, rules=rules, n_outputs=3, owner="Owner"
    )
    assert constraints.method == "sort"
    assert constraints.edges.tolist() == edges
    assert constraints.lower.tolist() == lower
    assert constraints.upper.tolist() == upper


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rules": "y[0] == y[1]"}, TypeError, "`rules` must be a list of statements"),
        (
            {"rules": [["y[0] == y[1]"]]},
            TypeError,
            "`rules` must hold statements as str",
        ),
        ({"rules": ["y[0] * y[1] == 1"]}, ValueError, "position 5: this is not linear"),
        ({"rules": ["y[0] + y[3] == 1"]}, ValueError, "`rules` refers to output 3"),
        ({"rules": ["y[0] - y[0] <= 1"]}, ValueError, "`rules` says nothing about an"),
        ({"rules": ["y[0] + y[1]"]}, ValueError, "position 11: expected <="),
        ({"rules": ["y[0]" + "+ y[0]" * 10**4 + "+"]}, ValueError, "position 60005"),
        (
            {"rules": ["y[0] + y[1] == y[2]"], "method": "sort"},
            ValueError,
            r"method='sort' cannot keep 'y\[0\] \+ y\[1\] == y\[2\]'",
        ),
        (
            {"rules": ["y[0] + y[1] == y[2]"], "sample_order": "increasing"},
            ValueError,
            r"sample_order='increasing' cannot be combined with 'y\[0\] \+ y\[1\] == "
            r"y\[2\]' of `rules`.*Leave one of them out",
        ),
        (
            {
                "output_weight": [np.inf, 1, 1],
                "method": "projection",
                "sample_order": "decreasing",
            },
            ValueError,
            "sample_order='decreasing' cannot .* infinite `output_weight`. Use a large",
        ),
        (
            {"rules": ["y[0] + y[1] <= 1", "y[2] <= 9", "y[0] + y[1] >= 2"]},
            ValueError,
            r"no values obey all .*: y\[0\] \+ y\[1\] <= 1, y\[0\] \+ y\[1\] >= 2\.",
        ),
        (
            {"rules": ["y[0] + y[1] == y[2]"], "lower": [2, 0, 0], "upper": [9, 9, 1]},
            ValueError,
            "output 0 >= 2.0, output 1 >= 0.0, output 2 <= 1.0, y",
        ),
        (
            {
                "rules": ["y[0] + y[1] == y[2]"],
                "upper": [[9, 9, 9], [9, 9, -1]],
                "lower": {0: 0, 1: 0},
            },
            ValueError,
            "no float64 values obey all .* in 1 of 2 rows, the first of them row 1",
        ),
        ({"output_weight": [np.inf] * 3}, ValueError, "finite for one output at least"),
    ],
)
def test_rules_that_cannot_be_kept_are_named(options, error, message):
    with pytest.raises(error, match=message) as refusal:
        adjust_predictions([[1.0, 2, 3], [2, 3, 4]], **({"order": None} | options))
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": ["y[0] + y[1] == y[2]"]}, "of `rules`"),
        ({"output_weight": [np.inf, 1, 1]}, "infinite `output_weight`"),
    ],
)
def test_rules_with_an_order_of_the_samples_are_refused_before_training(
    options, message
):
    class Untrainable(LinearRegression):
        def fit(self, X, y):
            raise AssertionError("It was trained.")

    model = PositiveOrderedRegressor(
        Untrainable(), order=None, sample_order="increasing", **options
    )
    with pytest.raises(ValueError, match=f"PositiveOrderedRegressor: .*{message}"):
        model.fit([[0.0], [1.0]], [[1.0, 2, 3], [2, 3, 5]])
