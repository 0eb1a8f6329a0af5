"""The kinds of rules: each states itself, and measures how far values break it.

A rule is what is left of a declaration once it is resolved: a bound of one output, or
an edge of the order. Code that looks at rules one by one (the target check, the
violation report) asks the rule itself, and does not depend on which kinds there are.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import lower_in, upper_in
from sklstm._projection.rules import Rule as LinearRule
from sklstm._projection.rules import Side

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Rule(ABC):
    """One rule about the outputs of a row.

    Attributes
    ----------
    statement : str
        The rule in words, such as ``"'DHI' <= 'GHI'"`` or ``"'GHI' >= 0.0"``.
    kind : str
        The parameter that declares rules of this kind.
    broken : str
        What is wrong with rows that break one, in words.
    """

    statement: str
    kind: ClassVar[str]
    broken: ClassVar[str]

    @abstractmethod
    def quantity(self, values: Floats) -> Floats:
        """Return what the rule limits, for each row: an output, or a gap of two."""

    @abstractmethod
    def amount(self, values: Floats) -> Floats:
        """Return how far each row breaks the rule; 0 where it obeys.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_outputs), floating
            In the unit of the target, and in the dtype in which they were adjusted: it
            decides how a sum rounds. Not changed.

        Returns
        -------
        ndarray of shape (n_samples,)
        """

    @abstractmethod
    def as_inequality(self, n_outputs: int) -> tuple[NDArray[np.float64], Any, bool]:
        """Return the rule as ``normal @ values <= offset``, and if it is ``==``."""

    @abstractmethod
    def is_on_edge(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rows obey, but would not if they moved by any further.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_outputs), floating
            In the dtype in which they were adjusted, which may not have the exact
            bound. Not changed.

        Returns
        -------
        ndarray of shape (n_samples,), bool
        """


@dataclass(frozen=True)
class LowerBound(Rule):
    """One output must not be below a number, or one number for each row."""

    output: int
    bound: Any
    kind = "lower"
    broken = "below `lower`"

    def quantity(self, values: Floats) -> Floats:
        """Return the output."""
        return values[:, self.output]

    def amount(self, values: Floats) -> Floats:
        """Return how far each row is below the bound."""
        column = values[:, self.output].astype(np.float64)
        return np.asarray(np.maximum(self.bound - column, 0))

    def as_inequality(self, n_outputs: int) -> tuple[NDArray[np.float64], Any, bool]:
        """Return the rule as ``normal @ values <= offset``, and if it is ``==``."""
        normal = np.zeros(n_outputs)
        normal[self.output] = -1
        return normal, -self.bound, False

    def is_on_edge(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rows are at the lowest number that the bound allows."""
        bound = lower_in(values.dtype, self.bound)
        return np.asarray(values[:, self.output] == bound)


@dataclass(frozen=True)
class UpperBound(Rule):
    """One output must not be above a number, or one number for each row."""

    output: int
    bound: Any
    kind = "upper"
    broken = "above `upper`"

    def quantity(self, values: Floats) -> Floats:
        """Return the output."""
        return values[:, self.output]

    def amount(self, values: Floats) -> Floats:
        """Return how far each row is above the bound."""
        column = values[:, self.output].astype(np.float64)
        return np.asarray(np.maximum(column - self.bound, 0))

    def as_inequality(self, n_outputs: int) -> tuple[NDArray[np.float64], Any, bool]:
        """Return the rule as ``normal @ values <= offset``, and if it is ``==``."""
        normal = np.zeros(n_outputs)
        normal[self.output] = 1
        return normal, self.bound, False

    def is_on_edge(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rows are at the highest number that the bound allows."""
        bound = upper_in(values.dtype, self.bound)
        return np.asarray(values[:, self.output] == bound)


@dataclass(frozen=True)
class OrderEdge(Rule):
    """One output, plus a gap, must not exceed another."""

    small: int
    large: int
    gap: float = 0.0
    kind = "order"
    broken = "out of `order`"

    def quantity(self, values: Floats) -> Floats:
        """Return the difference of both outputs."""
        return values[:, self.large] - values[:, self.small]

    def amount(self, values: Floats) -> Floats:
        """Return how far each row is out of order."""
        small, large = values[:, self.small], values[:, self.large]
        obeys = small + values.dtype.type(self.gap) <= large
        apart = small.astype(np.float64) + self.gap - large
        return np.where(obeys, 0.0, np.maximum(apart, np.finfo(np.float64).tiny))

    def as_inequality(self, n_outputs: int) -> tuple[NDArray[np.float64], Any, bool]:
        """Return the rule as ``normal @ values <= offset``, and if it is ``==``."""
        normal = np.zeros(n_outputs)
        normal[self.small], normal[self.large] = 1, -1
        return normal, -self.gap, False

    def is_on_edge(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rows have equal outputs, or just the gap between them."""
        smaller = values[:, self.small] + values.dtype.type(self.gap)
        return np.asarray(values[:, self.large] == smaller)


@dataclass(frozen=True)
class SumRule(Rule):
    """A sum of outputs must equal, or not exceed, another one."""

    sums: LinearRule
    kind = "rules"
    broken = "against `rules`"

    def quantity(self, values: Floats) -> Floats:
        """Return by how much the right side exceeds the left side."""
        return self.sums.right.evaluate(values) - self.sums.left.evaluate(values)

    def amount(self, values: Floats) -> Floats:
        """Return how far both sides are apart, where they should not be.

        What the addition itself may round is not counted.
        """
        exact = values.astype(np.float64)
        apart = np.abs(self.sums.error(exact))
        size = sum(
            np.abs(side.evaluate(np.abs(exact)))
            for side in (
                Side(side.columns, tuple(map(abs, side.coefficients)), side.constant)
                for side in (self.sums.left, self.sums.right)
            )
        )
        rounding = np.finfo(values.dtype).eps * size * values.shape[1]
        obeys = (self.sums.error(values) == 0) | (apart <= rounding)
        return np.where(obeys, 0.0, apart)

    def as_inequality(self, n_outputs: int) -> tuple[NDArray[np.float64], Any, bool]:
        """Return the rule as ``normal @ values <= offset``, and if it is ``==``."""
        left, right = self.sums.left, self.sums.right
        normal = left.normal(n_outputs) - right.normal(n_outputs)
        return normal, right.constant - left.constant, self.sums.is_equality

    def is_on_edge(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rows have equal sides."""
        left, right = self.sums.left.evaluate(values), self.sums.right.evaluate(values)
        return np.asarray(left == right)
