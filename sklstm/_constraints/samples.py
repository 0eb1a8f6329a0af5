"""Order down the rows of one call."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.resolve import Constraints
from sklstm._projection.bounds import tighten_down_samples
from sklstm._projection.samples import order_rows, project_samples
from sklstm._utils.labels import rank_labels
from sklstm._utils.text import shortened
from sklstm._utils.validation import check_choice


@dataclass(frozen=True, eq=False)
class SampleOrder:
    """Order down the rows of one call, for each output within each group.

    Attributes
    ----------
    direction : {"increasing", "decreasing"}
        Whether values must not fall or must not rise from row to row.
    rows : ndarray of shape (n_samples,), intp
        The rows group by group, each group in its order.
    sizes : ndarray of shape (n_groups,), intp
        How many rows belong to each group.
    is_grouped, is_keyed : bool
        Whether groups were given, and keys along which the rows are ordered.
    """

    direction: str
    rows: NDArray[np.intp]
    sizes: NDArray[np.intp]
    is_grouped: bool = False
    is_keyed: bool = False
    kind: ClassVar[str] = "sample_order"

    @classmethod
    def of_ranks(
        cls,
        n_samples: int,
        direction: str,
        groups: NDArray[np.intp] | None = None,
        order_by: NDArray[np.intp] | None = None,
    ) -> "SampleOrder":
        """Return the order of rows whose labels are ranked already."""
        rows, sizes = order_rows(n_samples, groups, order_by)
        return cls(direction, rows, sizes, groups is not None, order_by is not None)

    def reversed(self) -> "SampleOrder":
        """Return the order of the same rows in the other direction."""
        other = "increasing" if self.descending else "decreasing"
        return replace(self, direction=other)

    @property
    def descending(self) -> bool:
        """Whether values must not rise."""
        return self.direction == "decreasing"

    @property
    def broken(self) -> str:
        """What is wrong with rows out of order, in words."""
        return f"{'above' if self.descending else 'below'} an earlier one"

    @property
    def statement(self) -> str:
        """The rule in words."""
        return f"sample_order={self.direction!r}"

    def in_order(self, constraints: Constraints) -> Constraints:
        """Return constraints of the rows in their order.

        Bounds that differ from row to row are carried along the order: lower bounds to
        later rows and upper bounds to earlier ones, or the other way round.
        """
        refuse_rules(constraints, self.direction)
        if constraints.lower.ndim == 1:
            return constraints
        lower, upper = tighten_down_samples(
            constraints.declared_lower[self.rows],
            constraints.declared_upper[self.rows],
            self.sizes,
            self.descending,
        )
        return replace(
            constraints,
            declared_lower=np.asarray(lower, dtype=np.float64),
            declared_upper=np.asarray(upper, dtype=np.float64),
        )

    def amount(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return how far each row falls behind an earlier one of its group.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_outputs), float64
            Not changed.

        Returns
        -------
        ndarray of shape (n_samples,)
            The largest over the outputs; 0 where the row does not fall behind.
        """
        values = values[self.rows]
        reached = project_samples(
            values, sizes=self.sizes, method="cummax", descending=self.descending
        )
        behind = np.empty(len(values))
        behind[self.rows] = np.abs(reached - values).max(axis=1)
        return behind

    def quantity(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return what the order moves: the mean of the outputs of each row."""
        return np.asarray((values / values.shape[1]).sum(axis=1))  # never overflows

    def is_on_edge(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Tell which rows equal the one before, in some output within their group."""
        values = values[self.rows]
        is_equal = np.zeros(len(values), dtype=bool)
        is_equal[1:] = (values[1:] == values[:-1]).any(axis=1)
        is_equal[np.cumsum(self.sizes)[:-1]] = False  # the first row of a group
        on_edge = np.empty(len(values), dtype=bool)
        on_edge[self.rows] = is_equal
        return on_edge


def refuse_rules(constraints: Constraints, direction: Any) -> None:
    """Raise if rows are to be ordered, and linear rules or infinite weights declared.

    Parameters
    ----------
    constraints : Constraints
    direction : object
        The parameter `sample_order`; None for no order of the rows.
    """
    weight = constraints.weight
    has_infinite = weight is not None and bool(np.isinf(weight).any())
    if direction is None or not (constraints.sums or has_infinite):
        return
    owner = constraints.outputs.owner
    stated = f"{owner}: sample_order={shortened(direction)} cannot be combined with "
    if constraints.sums:
        raise ValueError(
            f"{stated}{shortened(constraints.sums[0].text)} of `rules`, which it could "
            "break. Leave one of them out; `rules` that only bound an output, or order "
            "two of them, may stay."
        )
    raise ValueError(
        f"{stated}an infinite `output_weight`. Use a large finite weight, or leave one "
        "of them out."
    )


def resolve_sample_order(
    n_samples: int, direction: Any, groups: Any, order_by: Any, owner: str
) -> SampleOrder | None:
    """Return the order down `n_samples` rows, or None if there is none.

    Parameters
    ----------
    n_samples : int
        The number of rows.
    direction, groups, order_by : object
        `sample_order`, `groups` and `order_by` of `adjust_predictions`.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    SampleOrder or None
    """
    if direction is None:
        for name, labels in (("groups", groups), ("order_by", order_by)):
            if labels is not None:
                raise ValueError(
                    f"{owner}: `{name}` orders the samples only together with "
                    "`sample_order`; got sample_order=None."
                )
        return None
    check_choice(direction, "sample_order", ("increasing", "decreasing", None), owner)
    ranks = {
        name: None if given is None else rank_labels(given, n_samples, name, owner)
        for name, given in (("groups", groups), ("order_by", order_by))
    }
    return SampleOrder.of_ranks(n_samples, direction, **ranks)
