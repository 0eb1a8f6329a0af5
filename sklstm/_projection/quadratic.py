"""Projections onto bounds and linear inequalities, true up to rounding."""

import numpy as np
from numpy.typing import NDArray

from sklstm._projection.bounds import clip
from sklstm._projection.dual_search import DualSearch, apply
from sklstm._projection.exact_quadratic import project_rules_exactly

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# What is not known to be closer to the answer, relative to the largest value of its
# row, is solved again.
_MAX_ERROR = 1e-9
# A larger violation of a constraint, relative to its terms, is not rounding.
_MAX_VIOLATION = 1e-11
_BATCH_SIZE = 2**18


def project_general(
    values: Floats,
    lower: Floats,
    upper: Floats,
    normals: Floats,
    offsets: Floats,
    n_equalities: int,
    weight: Floats,
) -> tuple[Floats, Bools]:
    """Return the closest rows within bounds with ``normals @ x >= offsets``.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        Not changed.
    lower, upper : ndarray of shape (n_rows, n_columns) or (1, n_columns)
    normals : ndarray of shape (n_constraints, n_columns)
        Equalities first.
    offsets : ndarray of shape (n_rows, n_constraints)
    n_equalities : int
        How many of the constraints hold with equality.
    weight : ndarray of shape (n_columns,)

    Returns
    -------
    projected : ndarray of shape (n_rows, n_columns)
    infeasible : ndarray of shape (n_rows,), bool

    Notes
    -----
    The dual active-set method [1]_, in which bounds that bind remove a column, so that
    only the general constraints that bind are solved for. The conditions of optimality
    are checked at the end, and rows that fail them are solved again in rational
    arithmetic; so are rows that seem to be infeasible, up to the first that is.

    References
    ----------
    .. [1] Goldfarb, D. and Idnani, A. (1983). A numerically stable dual method for
       solving strictly convex quadratic programs. Mathematical Programming, 27, 1-33.
       :doi:`10.1007/BF02591962`
    """
    # The layout decides how products of matrices are summed up.
    values, lower, upper = (
        np.ascontiguousarray(np.broadcast_to(array, values.shape))
        for array in (values, lower, upper)
    )
    projected = np.empty_like(values)
    infeasible = np.zeros(len(values), dtype=bool)
    confirmed = False
    step = max(1, _BATCH_SIZE // normals.size)
    for start in range(0, len(values), step):
        part = slice(start, start + step)
        search = DualSearch(
            values[part],
            lower[part],
            upper[part],
            normals,
            offsets[part],
            n_equalities,
            weight,
        )
        search.run()
        projected[part], infeasible[part] = search.x, search.infeasible
        # A search that overflowed left infinity or NaN, which pass no comparison.
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            violation = _violation(search)
            optimal = _is_near_optimum(search) & (violation <= _MAX_VIOLATION)
        doubtful = search.unsolved | search.infeasible | ~optimal
        for row in start + np.flatnonzero(doubtful):
            if infeasible[row] and confirmed:
                continue
            exact = project_rules_exactly(
                values[row],
                lower[row],
                upper[row],
                normals,
                offsets[row],
                n_equalities,
                weight,
            )
            if exact is not None:
                projected[row], infeasible[row] = exact, False
            elif infeasible[row] or not violation[row - start] <= _MAX_ERROR:
                infeasible[row] = confirmed = True
    return projected, infeasible


def _is_near_optimum(search: DualSearch) -> Bools:
    """Tell for which rows the conditions of optimality prove a small error.

    If x meets the constraints and misses stationarity by some residual, it is the
    projection of y moved by this residual. As a projection moves no two points apart,
    measured with the weights, x is as close to the projection of y as the residual is
    large.
    """
    at, weight = search.at, 1 / search.move
    multiplier = search.multiplier.copy()
    signed = slice(search.n_equalities, None)
    np.maximum(multiplier[:, signed], 0, out=multiplier[:, signed])
    force = apply(search.normals.T, multiplier)
    residual = search.x - search.y - search.move * force
    # A column at its lower bound may be pushed up, and one at its upper bound down.
    residual = np.where(at < 0, np.minimum(residual, 0), residual)
    residual = np.where(at > 0, np.maximum(residual, 0), residual)
    distance = np.sqrt(apply(weight[None], residual**2))
    error = distance * np.sqrt(search.move)
    size = np.maximum(np.abs(search.x), np.abs(search.y)).max(axis=1)
    return np.asarray(error.max(axis=1) <= _MAX_ERROR * size)


def _violation(search: DualSearch) -> Floats:
    """Return by how much each row violates a constraint, relative to its terms."""
    x, low, high = search.x, search.low, search.high
    outside = np.abs(clip(x, low, high) - x)
    size = np.maximum(np.abs(x), np.abs(search.y))
    largest = size.max(axis=1, keepdims=True)
    gap = search.offsets - apply(search.normals, x)
    gap[:, : search.n_equalities] = np.abs(gap[:, : search.n_equalities])
    terms = apply(np.abs(search.normals), size) + np.abs(search.offsets)
    terms += np.abs(search.normals).sum(axis=1) * largest
    relative = np.zeros(gap.shape)
    np.divide(np.maximum(gap, 0), terms, out=relative, where=gap > 0)
    tiny = np.finfo(np.float64).tiny
    return np.asarray(
        np.maximum(
            (outside / np.maximum(largest, tiny)).max(axis=1), relative.max(axis=1)
        )
    )
