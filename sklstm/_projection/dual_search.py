"""The dual active-set search for the closest rows, for many rows at once.

What is computed for a row has shapes and an order of its own, so that it does not
depend on the rows beside it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A smaller violation is rounding, relative to the terms of the constraint.
_TOLERANCE = 1e-12
# What is left of a normal, squared, where others span it.
_DEPENDENT_SHARE = 1e-14
# What one column rounds of another, relative to the largest of them.
_SHARED_ROUNDING = 1e-15
_MAX_ROUNDS = 2_000


class DualSearch:
    """Where the search for the binding constraints stands, for each row.

    Attributes
    ----------
    at : ndarray of shape (n_rows, n_columns), int
        -1 at the lower bound, 1 at the upper, 0 for a free column.
    binding : ndarray of shape (n_rows, n_constraints), bool
    multiplier, held : ndarray
        The multipliers of the general constraints and of the bounds that bind.
    infeasible, unsolved : ndarray of shape (n_rows,), bool
        Rows for which the constraints seem to contradict each other, and rows for which
        the search ended without an answer.
    """

    def __init__(
        self,
        values: Floats,
        lower: Floats,
        upper: Floats,
        normals: Floats,
        offsets: Floats,
        n_equalities: int,
        weight: Floats,
    ) -> None:
        self.y, self.low, self.high = values, lower, upper
        self.move = 1 / weight
        norm = np.sqrt((normals**2 * self.move).sum(axis=1))
        self.normals, self.offsets = normals / norm[:, None], offsets / norm
        self.n_equalities = n_equalities
        self.x = values.copy()
        self.at = np.zeros(values.shape, dtype=np.int8)
        self.binding = np.zeros(offsets.shape, dtype=bool)
        self.binding[:, _independent(self.normals[:n_equalities], self.move)] = True
        self.multiplier, self.held = np.zeros(offsets.shape), np.zeros(values.shape)
        self.idle = np.zeros(offsets.shape, dtype=bool)
        self.infeasible, self.unsolved = np.zeros((2, len(values)), dtype=bool)

    def run(self) -> None:
        """Search until each row is found, infeasible or given up."""
        active = np.arange(len(self.y))
        # Overflow and NaN are found when the conditions of optimality are checked.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            for _ in range(_MAX_ROUNDS):
                if active.size == 0:
                    break
                # Rows with equally many binding constraints have arrays of one shape.
                sizes = self.binding[active].sum(axis=1)
                going = [self._step(active[sizes == k], k) for k in np.unique(sizes)]
                active = np.sort(np.concatenate(going))
        self.unsolved[active] = True

    def _step(self, rows: NDArray[np.intp], k: int) -> NDArray[np.intp]:
        """Take one step in rows where k constraints bind; return those not done."""
        chosen = np.nonzero(self.binding[rows])[1].reshape(len(rows), k)
        free = self.at[rows] == 0
        bound = np.where(self.at[rows] < 0, self.low[rows], self.high[rows])
        normals = self.normals[chosen]
        moving = np.where(free[:, None], normals, 0)
        products: Floats = (moving * self.move) @ moving.transpose(0, 2, 1)
        inverse, singular = _inverses(products)
        if singular.any():
            self.unsolved[rows[singular]] = True
            return self._step(rows[~singular], k)
        wanted = self.offsets[rows[:, None], chosen]
        x = np.where(free, self.y[rows], bound)
        multiplier = np.zeros((len(rows), k))
        for _ in range(2):  # the second time against rounding
            change = apply(inverse, wanted - apply(normals, x))
            multiplier += change
            x += self.move * apply(moving.transpose(0, 2, 1), change)
        pull = (x - self.y[rows]) / self.move
        pull -= apply(normals.transpose(0, 2, 1), multiplier)
        held = np.where(free, 0, -self.at[rows] * pull)

        old, old_held = self.multiplier[rows[:, None], chosen], self.held[rows]
        signed = chosen >= self.n_equalities
        ratio = _share_to_zero(old, np.where(signed, multiplier, 0))
        ratio_held = _share_to_zero(old_held, held)
        share = np.minimum(
            ratio.min(axis=1, initial=2.0), ratio_held.min(axis=1, initial=2.0)
        )
        splits = share <= 1
        leaves = splits[:, None] & (ratio <= share[:, None])
        leaves_held = splits[:, None] & (ratio_held <= share[:, None])
        share = np.minimum(share, 1)[:, None]
        multiplier = np.where(leaves, 0, old + share * (multiplier - old))
        held = np.where(leaves_held, 0, old_held + share * (held - old_held))
        self.multiplier[rows[:, None], chosen] = multiplier
        self.held[rows] = held
        self.binding[rows[:, None], chosen] = ~leaves
        self.at[rows] = np.where(leaves_held, 0, self.at[rows])
        self.x[rows] = x
        whole = ~splits
        return np.concatenate(
            [
                rows[splits],
                self._enter(rows[whole], chosen[whole], moving[whole], inverse[whole]),
            ]
        )

    def _enter(
        self,
        rows: NDArray[np.intp],
        chosen: NDArray[np.intp],
        moving: Floats,
        inverse: Floats,
    ) -> NDArray[np.intp]:
        """Let the most violated constraint of each row bind; return those not done."""
        column, side, violation = self._worst(rows)
        going = violation > 0
        rows, chosen, moving = rows[going], chosen[going], moving[going]
        inverse, column, side = inverse[going], column[going], side[going]
        n_columns = self.y.shape[1]
        is_bound = column < n_columns
        unit = np.eye(n_columns)
        normal = np.where(
            is_bound[:, None],
            unit[np.minimum(column, n_columns - 1)],
            self.normals[np.maximum(column - n_columns, 0)],
        )
        normal *= side[:, None]
        free = self.at[rows] == 0
        moved = np.where(free, normal, 0)
        mixed = apply(inverse, apply(moving, self.move * moved))
        rest = moved - apply(moving.transpose(0, 2, 1), mixed)
        spare = (self.move * rest**2).sum(axis=1)
        spans = spare <= _DEPENDENT_SHARE * (self.move * normal**2).sum(axis=1)
        joins = ~spans
        general = joins & ~is_bound
        self.binding[rows[general], column[general] - n_columns] = True
        bounds = joins & is_bound
        self.at[rows[bounds], column[bounds]] = -side[bounds]
        if spans.any():
            self._exchange(
                rows[spans],
                chosen[spans],
                mixed[spans],
                normal[spans],
                column[spans],
                side[spans],
            )
        return rows[~self.infeasible[rows]]

    def _worst(
        self, rows: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.int8], Floats]:
        """Return the most violated constraint of each row, its side, and by how much.

        Bounds are numbered by their column, general constraints after them.
        """
        x, y, low, high = self.x[rows], self.y[rows], self.low[rows], self.high[rows]
        root = 1 / np.sqrt(self.move)
        size = np.abs(x) + np.abs(y)
        # A column at 0 still has the rounding of the columns that move with it.
        shared = _SHARED_ROUNDING * size.max(axis=1, keepdims=True)
        below = low - x - _TOLERANCE * (size + np.abs(low)) - shared
        above = x - high - _TOLERANCE * (size + np.abs(high)) - shared
        free = self.at[rows] == 0
        outside = np.where(free, np.maximum(below, above) * root, -np.inf)
        gap = self.offsets[rows] - apply(self.normals, x)
        rounding = apply(np.abs(self.normals), size) + np.abs(self.offsets[rows])
        side = np.where(gap < 0, -1, 1)
        side[:, self.n_equalities :] = 1
        gap = side * gap - _TOLERANCE * rounding
        gap -= shared * np.abs(self.normals).sum(axis=1)
        gap[self.binding[rows] | self.idle[rows]] = -np.inf
        both = np.hstack([outside, gap])
        sides = np.hstack([np.where(below > above, 1, -1), side])
        worst = both.argmax(axis=1)
        at = np.arange(len(rows))
        return worst, sides[at, worst].astype(np.int8), both[at, worst]

    def _exchange(
        self,
        rows: NDArray[np.intp],
        chosen: NDArray[np.intp],
        mixed: Floats,
        normal: Floats,
        column: NDArray[np.intp],
        side: NDArray[np.int8],
    ) -> None:
        """Let a constraint bind that others span, in place of one of these."""
        at, n_columns = self.at[rows], self.y.shape[1]
        spanned = apply(self.normals[chosen].transpose(0, 2, 1), mixed)
        # By how much the multipliers of what binds fall for each unit that enters.
        rates = np.where(at == 0, 0, -at * (normal - spanned))
        signed = chosen >= self.n_equalities
        slow = 1e-9
        steps = np.full(mixed.shape, np.inf)
        current = self.multiplier[rows[:, None], chosen]
        np.divide(current, mixed, out=steps, where=signed & (mixed > slow))
        limits = np.full(rates.shape, np.inf)
        scale = np.sqrt(self.move)
        np.divide(self.held[rows], rates, out=limits, where=rates * scale > slow)
        every = np.hstack([limits, steps])
        leaving = every.argmin(axis=1)
        amount = every[np.arange(len(rows)), leaving]
        stuck = np.isinf(amount)
        self._stick(rows[stuck], column[stuck])
        keep = ~stuck
        rows, chosen, leaving, amount = (
            rows[keep],
            chosen[keep],
            leaving[keep],
            amount[keep],
        )
        column, side = column[keep], side[keep]
        self.multiplier[rows[:, None], chosen] -= amount[:, None] * mixed[keep]
        self.held[rows] -= amount[:, None] * rates[keep]
        bound = leaving < n_columns
        self.at[rows[bound], leaving[bound]] = 0
        self.held[rows[bound], leaving[bound]] = 0
        of = np.flatnonzero(~bound)
        gone = chosen[of, leaving[of] - n_columns]
        self.binding[rows[of], gone] = False
        self.multiplier[rows[of], gone] = 0
        np.maximum(self.held, 0, out=self.held)
        enters = column < n_columns
        self.at[rows[enters], column[enters]] = -side[enters]
        self.held[rows[enters], column[enters]] = amount[enters]
        general = column[~enters] - n_columns
        self.binding[rows[~enters], general] = True
        self.multiplier[rows[~enters], general] = amount[~enters] * side[~enters]

    def _stick(self, rows: NDArray[np.intp], column: NDArray[np.intp]) -> None:
        """Tell a row that cannot be met from one where rounding is left."""
        n_columns = self.y.shape[1]
        rule = np.maximum(column - n_columns, 0)
        normal, offset = self.normals[rule], self.offsets[rows, rule]
        gap = offset - (normal * self.x[rows]).sum(axis=1)
        size = np.abs(normal) * (np.abs(self.x[rows]) + np.abs(self.y[rows]))
        small = np.abs(gap) <= 1e-9 * (size.sum(axis=1) + np.abs(offset))
        small &= column >= n_columns
        self.idle[rows[small], rule[small]] = True
        self.infeasible[rows[~small]] = True


def _share_to_zero(old: Floats, new: Floats) -> Floats:
    """Return at which share of the way from old to new zero is met; 2 for never."""
    share: Floats = np.full(old.shape, 2.0)
    np.divide(old, old - new, out=share, where=new < 0)
    return share


def _independent(normals: Floats, move: Floats) -> list[int]:
    """Return rows that span all of them."""
    kept: list[int] = []
    basis: list[Floats] = []
    for i, normal in enumerate(normals * np.sqrt(move)):
        rest = normal.copy()
        for _ in range(2):
            for direction in basis:
                rest = rest - (rest @ direction) * direction
        if rest @ rest > _DEPENDENT_SHARE * (normal @ normal):
            kept.append(i)
            basis.append(rest / np.sqrt(rest @ rest))
    return kept


def _inverses(matrices: Floats) -> tuple[Floats, Bools]:
    """Return the inverse of each matrix, and which of them have none."""
    singular = np.zeros(len(matrices), dtype=bool)
    try:
        return np.linalg.inv(matrices).astype(np.float64, copy=False), singular
    except np.linalg.LinAlgError:
        inverses = np.zeros_like(matrices)
    for i, matrix in enumerate(matrices):
        try:
            inverses[i] = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            singular[i] = True
    return inverses, singular


def apply(matrices: Floats, vectors: Floats) -> Floats:
    """Multiply one matrix, or one for each row, with the vector of each row."""
    return (matrices @ vectors[:, :, None])[:, :, 0]
