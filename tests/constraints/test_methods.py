"""Which method acts."""

import numpy as np
import pytest
from constraints.declared import resolve
from hypothesis import given
from numpy.testing import assert_array_equal
from strategies import problems

from sklstm import adjust_predictions


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"order": None}, "sort"),
        ({"order": "increasing"}, "sort"),
        ({"order": "decreasing", "lower": [0, 1, 2, 3]}, "sort"),
        ({"order": ["low <= high", "open <= close"]}, "sort"),
        ({"order": ["low <= high", "low <= close"]}, "projection"),
        ({"order": ["low <= high", "open <= high"]}, "projection"),
        ({"order": "increasing", "output_weight": [1, 1, 1, 1]}, "projection"),
        ({"order": "low + 1 <= high"}, "projection"),
        ({"order": "0 <= low <= high <= 9"}, "sort"),
    ],
)
def test_auto_sorts_where_sorting_can_do_it(declared, expected):
    assert resolve(method="auto", **declared).method == expected


@given(problems(methods=["auto"]))
def test_auto_gives_what_the_method_that_it_chooses_gives(problem):
    options = problem.options
    by_default = {k: v for k, v in options.items() if k != "method"}
    results = [adjust_predictions(problem.values, **by_default)]
    for method in ("sort", "projection"):
        try:
            result = adjust_predictions(
                problem.values, **(options | {"method": method})
            )
        except ValueError:  # this method cannot
            assert method == "sort"
        else:
            results.append(result)
            break
    assert_array_equal(*results, strict=True)


@pytest.mark.parametrize("weight", [{"open": 1, 1: 2, "low": 3, 3: 4}, [1, 2, 3, 4]])
def test_weights_may_be_given_by_name_or_index(weight):
    assert_array_equal(resolve(output_weight=weight).weight, np.array([1, 2, 3, 4]) / 8)
