"""Every declaration that is refused."""

import numpy as np
import pytest
from constraints.declared import resolve


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"order": "low <= depth"}, r"Owner: `order` speaks of 'depth'.*\['open'"),
        ({"order": [[0, 4]]}, "Owner: `order` speaks of output 4, but there are 4"),
        ({"order": [[-1, 0]]}, "counted from 0"),
        (
            {"order": ["low <= open", "open <= low"]},
            r"Owner: `order` has a cycle: '\w+' <= '\w+' <= '\w+'\.",
        ),
        ({"order": "low <= low"}, "cycle: 'low' <= 'low'"),
        (
            {"order": "low"},
            "Owner: `order` must be 'increasing', ",
        ),
        ({"order": "low < high"}, "chains of two outputs"),
        ({"order": [["low"]]}, "chains of two outputs"),
        ({"order": "a <= b", "output_names": None}, "the outputs have no names"),
        (
            {"order": "a <= b", "n_outputs": 2, "output_names": ("a", "a")},
            "'a', which names 2 outputs",
        ),
        ({"method": "magic"}, "Owner: `method` must be"),
        (
            {"method": "sort", "order": ["low <= open", "low <= close"]},
            "Use method='projection'",
        ),
        ({"lower": 5, "upper": 1}, "lower=5.0 and upper=1.0 for 'open'"),
        ({"lower": {"wind": 1}}, "`lower` speaks of 'wind'"),
        ({"upper": [1, 2]}, r"`upper` must be one number or one for each of the 4"),
        ({"lower": np.nan}, "`lower` must be a number"),
        ({"lower": np.inf}, "`lower` must be a number"),
        ({"upper": [1, 2, -np.inf, 4]}, "got -inf for 'low'"),
        (
            {"order": "low <= high", "lower": {"low": 5}, "upper": {"high": 3}},
            "'low' <= 'high', but 'low' >= 5.0 and 'high' <= 3.0",
        ),
        ({"output_weight": [1, 2]}, "one weight for each of the 4"),
        ({"output_weight": [1, 2, 0, 1]}, "must be finite and positive"),
    ],
)
def test_what_contradicts_itself_is_named(declared, message):
    with pytest.raises(ValueError, match=message):
        resolve(**declared)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"lower": "zero"}, "`lower` must hold real numbers; got 'zero'"),
        ({"lower": True}, "`lower`"),
        ({"upper": 1j}, "`upper` must hold real numbers"),
        ({"lower": {"low": "zero"}}, "`lower`"),
        ({"lower": {"low": [1, 2]}}, "must map an output to one number"),
        ({"lower": {1.5: 0}}, "must name outputs by str or int; got 1.5"),
        ({"order": [[True, 0]]}, "must name outputs by str or int; got True"),
        ({"order": 3}, "`order` must be 'increasing'"),
        ({"output_weight": "heavy"}, "`output_weight`"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(declared, message):
    with pytest.raises(TypeError, match=f"Owner: .*{message}|Owner: {message}"):
        resolve(**declared)
