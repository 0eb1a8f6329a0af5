"""Every declaration that is refused."""

import numpy as np
import pandas as pd
import pytest
from constraints.declared import OHLC, resolve


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"order": "low <= depth"}, r"Owner: `order` refers to 'depth'.*\['open'"),
        ({"order": [[0, 4]]}, "Owner: `order` refers to output 4, but valid"),
        ({"order": [[-1, 0]]}, "valid indices are 0 to 3"),
        (
            {"order": ["low <= open", "open <= low"]},
            r"Owner: `order` has a cycle: '\w+' <= '\w+' <= '\w+'\.",
        ),
        ({"order": "low <= low"}, "cycle: 'low' <= 'low'"),
        (
            {"order": "low"},
            "Owner: `order` must be 'increasing', ",
        ),
        ({"order": "low < high"}, "position 4: write <=; strict inequalities"),
        ({"order": "low == high"}, "`order` takes <= and >=, not =="),
        ({"order": "low - 1 <= high"}, "takes gaps that are not negative"),
        ({"order": "low + 1 <= high", "method": "sort"}, "'sort' keeps no gaps .*auto"),
        (
            {"order": "low + 1 <= high", "lower": {0: 0, 2: 5}, "upper": {"high": 5.5}},
            r"asks for 'low' \+ 1 <= 'high', but 'low' >= 5.0 and 'high' <= 5.5",
        ),
        ({"order": ["low + 1 <= high", "high + 1 <= low"]}, "has a cycle"),
        ({"order": "low <= low + 1"}, "`order` says nothing about an output"),
        ({"order": "low <= high <= 5 <= 6"}, "<= compares two numbers"),
        ({"order": "low + open <= high"}, "takes chains of outputs, constants and gap"),
        ({"order": "2 * low <= high"}, "takes chains of outputs, constants and gaps"),
        ({"order": "5 <= low <= 3"}, "lower=5.0 and upper=3.0 for 'low'"),
        ({"order": "0 <= y[4]"}, "`order` refers to output 4, but valid indices"),
        (
            {"order": ["low", "open", "high"]},
            r"One chain\? Write \[\['low', 'open', 'hi",
        ),
        ({"order": (0, 2)}, r"One chain\? Write \[\[0, 2\]\]"),
        ({"order": "a" * 100_000}, r"\(100002 characters\)"),
        ({"order": [["low"]]}, "chains of two outputs"),
        ({"order": "a <= b", "output_names": None}, "the outputs have no names"),
        (
            {"order": "a <= b", "n_outputs": 2, "output_names": ("a", "a")},
            "'a', which names 2 outputs",
        ),
        ({"method": "magic"}, "Owner: `method` must be 'auto', .* got 'magic'.$"),
        ({"method": "isotonic"}, "got 'isotonic'. .*method='projection'"),
        ({"method": ["sort"]}, r"Owner: `method` must be .* got \['sort'\]"),
        (
            {"method": "sort", "output_weight": [1] * 4},
            "method='sort'. Use method='pro",
        ),
        ({"method": "cummax", "output_weight": [1] * 4}, "in the projection only"),
        (
            {"lower": {"open": -1, 0: -2}},
            "`lower` sets 'open' twice, as 'open' and as 0",
        ),
        ({"upper": {np.int64(2): 1, "low": 1}}, "`upper` sets 'low' twice"),
        (
            {"upper": pd.Series([1, 2, 3, 4, 5], index=[*OHLC, "low"])},
            "`upper` sets 'low' twice, as 'low' and as 'low'",
        ),
        ({"output_weight": {0: 1, "open": 1, 1: 1, 2: 1, 3: 1}}, "sets 'open' twice"),
        ({"output_weight": {"open": 1, "low": 1, "close": 2}}, "'high' has none"),
        (
            {"method": "sort", "order": ["low <= open", "low <= close"]},
            "Use method='projection'",
        ),
        ({"lower": 5, "upper": 1}, "lower=5.0 and upper=1.0 for 'open'"),
        ({"lower": {"wind": 1}}, "`lower` refers to 'wind'"),
        ({"upper": [1, 2]}, r"`upper` must be one number or one for each of the 4"),
        ({"lower": np.nan}, "`lower` must be a number, .* got nan for 'open'"),
        ({"lower": np.inf}, "`lower` must be a number, .* got inf for 'open'"),
        ({"upper": [1, 2, -np.inf, 4]}, "got -inf for 'low'"),
        (
            {"order": "low <= high", "lower": {"low": 5}, "upper": {"high": 3}},
            "'low' <= 'high', but 'low' >= 5.0 and 'high' <= 3.0",
        ),
        ({"output_weight": [1, 2]}, "one weight for each of the 4"),
        ({"output_weight": [1, 2, 0, 1]}, "must be positive, and finite"),
    ],
)
def test_what_contradicts_itself_is_named(declared, message):
    with pytest.raises(ValueError, match=message):
        resolve(**declared)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"lower": ["zero"]}, r"`lower` must hold real numbers; got \['zero'\]"),
        ({"lower": True}, "`lower` must hold real numbers; got True"),
        ({"upper": 1j}, "`upper` must hold real numbers"),
        ({"lower": {"low": b"zero"}}, "`lower` must hold real numbers; got b'zero'"),
        ({"lower": {"low": [1, 2]}}, "`lower` must map an output to one number"),
        ({"lower": {1.5: 0}}, "`lower` must name outputs by str or int; got 1.5"),
        ({"order": [[True, 0]]}, "`order` must name outputs by str or int; got True"),
        ({"order": 3}, "`order` must be 'increasing', .* got 3"),
        ({"output_weight": "heavy"}, "`output_weight` must hold real numbers; got 'h"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(declared, message):
    with pytest.raises(TypeError, match=f"^Owner: {message}"):
        resolve(**declared)
