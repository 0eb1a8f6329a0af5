"""The grammar of statements and expressions, and the places of its errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklstm._constraints.grammar import parse_expression, parse_statement

NAMES = ("a", "b_1", "température", "dew point", "GHI+1")


def read(text):
    return parse_expression(text, "upper", "Owner")


def compare(text):
    return parse_statement(text, "order", "Owner")


@pytest.mark.parametrize(
    ("text", "terms", "constant"),
    [
        ("capacity", {"capacity": 1}, 0),
        ("0.95 * capacity + 2", {"capacity": 0.95}, 2),
        ("2 + capacity / 4", {"capacity": 0.25}, 2),
        ("-(a - 2 * (b + 1)) / 4", {"a": -0.25, "b": 0.5}, 0.5),
        ("`dew point` - `GHI+1`", {"dew point": 1, "GHI+1": -1}, 0),
        ("a + a - b", {"a": 2, "b": -1}, 0),
        ("3 * 2 * a * .5", {"a": 3}, 0),
        ("1e-3*a", {"a": 1e-3}, 0),
        ("--a - -1", {"a": 1}, 1),
        ("  a  ", {"a": 1}, 0),
        ("température", {"température": 1}, 0),
        ("y[0] + y[12]", {0: 1, 12: 1}, 0),
        ("y", {"y": 1}, 0),
        ("4", {}, 4),
    ],
)
def test_linear_expressions_are_read(text, terms, constant):
    parsed = read(text)
    assert parsed.terms == terms
    assert list(parsed.terms) == list(terms)  # sums are evaluated in this order
    assert parsed.constant == constant


def test_each_sign_of_a_chain_is_a_comparison():
    first, second, third = compare("0 <= low + 0.5 >= `high` == 2 * mid")
    assert (first.left.constant, first.right.terms) == (0, {"low": 1})
    assert (second.left.terms, second.right.constant) == ({"high": 1}, 0.5)
    assert third.is_equality
    assert third.right.terms == {"mid": 2}


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 0, "expected a name or a number"),
        ("low", 3, "expected <=, >= or =="),
        ("low + <= high", 6, "expected a name or a number"),
        ("low <= ", 7, "expected a name or a number"),
        ("low * high <= 1", 4, "not linear"),
        ("1 / low <= 1", 2, "not linear"),
        ("low / 0 <= 1", 4, "division by zero"),
        ("low / (1 - 1) <= 1", 4, "division by zero"),
        ("low < high", 4, "strict inequalities"),
        ("low = high", 4, "write =="),
        ("low ≤ high", 4, "write <="),
        ("(low <= high", 0, "not closed"),
        ("low <= high)", 11, "expected +"),
        ("low <= `hi", 7, "this backquote is not closed"),
        ("low <= ``", 7, "a name is empty"),
        ("low high <= 1", 4, "expected <=, >="),
        ("2 low <= 1", 2, "expected <=, >="),
        ("T2.m <= 1", 2, "in backquotes"),
        ("low <= T.m", 8, "in backquotes"),
        ("low <= f(1)", 8, "expected +"),
        ("low <= __import__('os')", 17, "expected +"),
        ("low <= 1e999", 7, "too large"),
        ("low <= 'high'", 7, "in backquotes"),
        ("1 <= 2", 0, "compares two numbers"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text, position, problem):
    with pytest.raises(ValueError, match="Owner: `order` cannot be read") as refusal:
        compare(text)
    first, shown, caret = str(refusal.value).split("\n")
    assert f"position {position}: " in first
    assert problem in first
    assert shown[4:] == text
    assert caret.index("^") == 4 + position


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000 + "!",
        "(" * 100_000,
        "+".join("a" * 50_000) + " < 1",
        "-" * 100_000,
        "9" * 100_000,
        "`" * 99_999,
        "a<=" * 33_333,
        "y[" + "9" * 100_000 + "]",
        " " * 100_000,
        "1." + "0" * 100_000 + ".",
    ],
    ids=range(10),
)
def test_long_texts_end_in_short_messages(text):
    with pytest.raises(ValueError, match=r"^Owner: .* at position \d+: ") as refusal:
        compare(text)
    assert len(str(refusal.value)) < 400


@st.composite
def expressions(draw, depth=3):
    """Return the text of a linear expression, and what it is at each name."""
    kind = draw(st.sampled_from(["name", "number", "sum", "difference", "multiple"]))
    if kind == "name" or depth == 0:
        index = draw(st.integers(0, len(NAMES) - 1))
        name = NAMES[index]
        return (name if name.isidentifier() else f"`{name}`"), lambda x: x[index]
    if kind == "number":
        number = draw(st.integers(0, 9)) / 2
        return str(number), lambda x: number
    left, value_left = draw(expressions(depth=depth - 1))
    if kind == "multiple":
        factor = draw(st.integers(-4, 4)) / 4
        return f"{factor} * ({left})", lambda x: factor * value_left(x)
    right, value_right = draw(expressions(depth=depth - 1))
    if kind == "sum":
        return f"{left} + ({right})", lambda x: value_left(x) + value_right(x)
    return f"({left}) - ({right})", lambda x: value_left(x) - value_right(x)


@given(expressions(), st.lists(st.integers(-9, 9), min_size=5, max_size=5))
def test_what_is_read_has_the_value_of_the_expression(expression, x):
    text, value = expression
    parsed = read(text)
    at = dict(zip(NAMES, x, strict=True))
    got = sum(c * at[name] for name, c in parsed.terms.items()) + parsed.constant
    assert got == value(x)


@given(st.text(alphabet="ab y[0]`+-*/()<>=.1e≤\n", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        comparisons = compare(text)
    except ValueError as error:
        message = str(error)
    else:
        assert all(np.isfinite(c.left.constant) for c in comparisons)
        return
    assert "cannot be read at position" in message
