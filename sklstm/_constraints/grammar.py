"""The grammar of all declarations that are strings.

    statement  = expression, comparison, expression, {comparison, expression}
    comparison = "<=" | ">=" | "=="
    expression = term, {"+" | "-", term}
    term       = {"+" | "-"}, factor, {"*" | "/", {"+" | "-"}, factor}
    factor     = number | name | "(", expression, ")"

A name is an identifier, ``y[i]`` for the output at index i, or any text in backquotes.
Only linear expressions are accepted. Text is read once from left to right: nothing is
evaluated as code, and the time is linear in its length.
"""

import re
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from sklstm._utils.text import cut, shortened

Key = str | int

_TOKEN = re.compile(
    r"""
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<index>y\[\d{1,9}\])
    | (?P<name>[^\W\d]\w*)
    | (?P<quoted>`[^`]*`)
    | (?P<compare><=|>=|==)
    | (?P<sign>[-+*/()])
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")

# Deeper nesting of parentheses could exhaust the stack.
_MAX_DEPTH = 50

# Characters of a statement shown on each side of an error.
_SHOWN = 30


@dataclass
class Linear:
    """A linear expression.

    Attributes
    ----------
    terms : dict of str or int to float
        The coefficient of each name or index, in the order in which they are written.
    constant : float
    """

    terms: dict[Key, float] = field(default_factory=dict)
    constant: float = 0.0

    def add(self, other: "Linear", factor: float) -> None:
        """Add a multiple of another expression, in place."""
        for key, coefficient in other.terms.items():
            self.terms[key] = self.terms.get(key, 0.0) + factor * coefficient
        self.constant += factor * other.constant

    def scale(self, factor: float) -> None:
        """Multiply by a number, in place."""
        self.terms = {key: factor * value for key, value in self.terms.items()}
        self.constant *= factor

    @property
    def is_finite(self) -> bool:
        """Whether no number in it has overflowed."""
        return bool(np.isfinite([self.constant, *self.terms.values()]).all())

    @property
    def single(self) -> Key | None:
        """The name, if the expression consists only of a single name."""
        if len(self.terms) == 1 and self.constant == 0:
            ((key, coefficient),) = self.terms.items()
            return key if coefficient == 1 else None
        return None


@dataclass
class Comparison:
    """A single comparison: ``left <= right`` or ``left == right``.

    Attributes
    ----------
    left, right : Linear
        Turned round where the statement has ``>=``.
    is_equality : bool
    text : str
        The statement that it comes from, for messages; cut off if it is long.
    """

    left: Linear
    right: Linear
    is_equality: bool
    text: str


def parse_statement(text: str, parameter: str, owner: str) -> list[Comparison]:
    """Return the comparisons of a statement such as ``"0 <= low + 0.5 <= high"``.

    Parameters
    ----------
    text : str
        As the user wrote it.
    parameter, owner : str
        The parameter that holds it, and the name of the caller, for messages.

    Returns
    -------
    list of Comparison
        One for each sign of comparison.

    Raises
    ------
    ValueError
        With the position of what cannot be read.
    """
    reader = _Reader(text, parameter, owner)
    sides, signs = [reader.side()], []
    while reader.kind == "compare":
        signs.append(reader.take())
        sides.append(reader.side())
    if not signs:
        reader.fail("expected <=, >= or ==")
    reader.finish()
    comparisons = []
    for i, sign in enumerate(signs):
        left, right = sides[i : i + 2]
        if sign == ">=":
            left, right = right, left
        if not left.terms and not right.terms:
            reader.fail(f"{sign} compares two numbers", at=0)
        comparisons.append(Comparison(left, right, sign == "==", cut(text)))
    return comparisons


def parse_expression(text: str, parameter: str, owner: str) -> Linear:
    """Return a linear expression such as ``"0.95 * capacity + 2"``.

    The parameters and errors are those of `parse_statement`.
    """
    reader = _Reader(text, parameter, owner)
    parsed = reader.side()
    reader.finish()
    return parsed


class _Reader:
    """Reads a text token by token.

    Attributes
    ----------
    kind : str
        The kind of the token to be read next; "end" at the end.
    """

    def __init__(self, text: str, parameter: str, owner: str) -> None:
        self.text = text
        self.parameter = parameter
        self.owner = owner
        self.kind = ""
        self.depth = self.at = self.stop = 0
        self.take()

    def take(self) -> str:
        """Return the current token, and advance to the next one."""
        token = self.text[self.at : self.stop]
        self.at = _SPACE.match(self.text, self.stop).end()  # type: ignore[union-attr]
        found = _TOKEN.match(self.text, self.at)
        if found is not None:
            self.kind, self.stop = str(found.lastgroup), found.end()
        elif self.at == len(self.text):
            self.kind, self.stop = "end", self.at
        else:
            self.fail(_unreadable(self.text[self.at]))
        return token

    def peek(self) -> str:
        """Return the current token."""
        return self.text[self.at : self.stop]

    def finish(self) -> None:
        """Raise unless the whole text has been read."""
        if self.kind != "end":
            self.fail("expected +, -, *, / or a comparison")

    def side(self) -> Linear:
        """Read an expression that is complete."""
        at = self.at
        whole = self.expression()
        if not whole.is_finite:
            self.fail("a product or sum of these numbers is too large", at)
        return whole

    def expression(self) -> Linear:
        """Read a sum of terms."""
        total = self.term()
        while self.peek() in ("+", "-"):
            factor = 1.0 if self.take() == "+" else -1.0
            total.add(self.term(), factor)
        return total

    def term(self) -> Linear:
        """Read a product, in which at most one factor has names."""
        product, multiple = self.factor(), 1.0
        while self.peek() in ("*", "/"):
            at, sign = self.at, self.take()
            other = self.factor()
            if sign == "*" and not product.terms:
                product, other = other, product
            if other.terms:
                self.fail("this is not linear", at)
            if sign == "/" and other.constant == 0:
                self.fail("division by zero", at)
            multiple *= 1 / other.constant if sign == "/" else other.constant
        if multiple != 1:
            product.scale(multiple)
        return product

    def factor(self) -> Linear:
        """Read a number, a name or an expression in parentheses, with its signs."""
        factor = 1.0
        while self.peek() in ("+", "-"):
            factor = -factor if self.take() == "-" else factor
        kind, at, token = self.kind, self.at, self.peek()
        if kind == "number":
            number = float(token)
            if not np.isfinite(number):
                self.fail("this number is too large", at)
            result = Linear({}, number)
        elif kind in ("name", "quoted", "index"):
            key: Key = int(token[2:-1]) if kind == "index" else token.strip("`")
            if key == "":
                self.fail("a name is empty", at)
            result = Linear({key: 1.0})
        elif token == "(":
            return self.parentheses(factor)
        else:
            self.fail("expected a name or a number")
        self.take()
        result.scale(factor)
        return result

    def parentheses(self, factor: float) -> Linear:
        """Read an expression in parentheses."""
        opened = self.at
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.fail("parentheses are nested too deeply", opened)
        self.take()
        inner = self.expression()
        if self.peek() != ")":
            self.fail("this parenthesis is not closed", opened)
        self.take()
        self.depth -= 1
        inner.scale(factor)
        return inner

    def fail(self, problem: str, at: int | None = None) -> NoReturn:
        """Raise an error that shows the position of the problem."""
        at = self.at if at is None else at
        start = max(0, at - _SHOWN)
        before = ("..." if start else "") + self.text[start:at]
        after = self.text[at : at + _SHOWN]
        after += "..." if at + _SHOWN < len(self.text) else ""
        shown = re.sub(r"\s", " ", before + after)
        raise ValueError(
            f"{self.owner}: `{self.parameter}` cannot be read at position {at}: "
            f"{problem}.\n    {shown}\n    {' ' * len(before)}^"
        )


def _unreadable(character: str) -> str:
    """Return the problem with a character that does not start a token."""
    hints = {
        "<": "write <=; strict inequalities cannot be kept exactly",
        ">": "write >=; strict inequalities cannot be kept exactly",
        "=": "write ==",
        "`": "this backquote is not closed",
        "\u2264": "write <=",
        "\u2265": "write >=",
    }
    return hints.get(
        character,
        f"unexpected {shortened(character)}; write names that are not identifiers "
        "in backquotes",
    )
