"""Constraints applied to predictions, in the dtype of the predictions."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.bounds import check_rows_apart, lower_in, upper_in
from sklstm._constraints.resolve import Constraints
from sklstm._constraints.samples import SampleOrder
from sklstm._projection.both import project_both
from sklstm._projection.bounds import tighten_bounds
from sklstm._projection.linear import project_linear
from sklstm._projection.outputs import project_outputs
from sklstm._projection.samples import project_samples

Floats = NDArray[np.floating]

# Sums of values larger than the largest number divided by this may overflow.
_ROOM = 1024


def apply_constraints(
    predictions: Floats,
    constraints: Constraints,
    samples: SampleOrder | None = None,
) -> Floats:
    """Return the predictions, adjusted where they break the constraints.

    Parameters
    ----------
    predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Finite and floating. Not changed.
    constraints : Constraints
        Resolved for `n_outputs` outputs.
    samples : SampleOrder, default=None
        The order down these rows; None for no such order.

    Returns
    -------
    ndarray of the shape and dtype of `predictions`
    """
    values = predictions.reshape(len(predictions), constraints.n_outputs)
    if samples is None:
        bounds = bounds_in(values.dtype, constraints)
        adjusted = _adjust_outputs(values, constraints, *bounds)
        return adjusted.reshape(predictions.shape)
    constraints = samples.in_order(constraints)
    bounds = bounds_in(values.dtype, constraints, samples.rows)
    adjusted = np.empty_like(values)
    adjusted[samples.rows] = _adjust_both(
        values[samples.rows], constraints, samples, *bounds
    )
    return adjusted.reshape(predictions.shape)


def _adjust_outputs(
    values: Floats, constraints: Constraints, lower: Floats, upper: Floats
) -> Floats:
    """Return rows that meet bounds and order of the outputs, and their sums."""
    weight = constraints.weight
    if constraints.sums or (weight is not None and np.isinf(weight).any()):
        return _project_sums(values, constraints, lower, upper)
    # Sums with gaps may overflow, which ends in bounds that cross, or in infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        projected = project_outputs(
            values,
            lower,
            upper,
            constraints.components,
            method=constraints.method,
            weight=weight,
            descending=constraints.descending,
        )
    if constraints.gaps is not None:
        failed = np.asarray(~np.isfinite(projected).all(axis=1))
        _refuse_rows(failed, values, constraints)
    return projected


def _project_sums(
    values: Floats, constraints: Constraints, lower: Floats, upper: Floats
) -> Floats:
    """Return rows that meet linear rules, too; raise where there are none."""
    # Rows whose sums overflow are solved in rational arithmetic, or fail.
    with np.errstate(over="ignore", invalid="ignore"):
        projected, failed = project_linear(
            values,
            lower,
            upper,
            constraints.components,
            [statement.sums for statement in constraints.sums],
            weight=constraints.weight,
        )
    failed |= ~np.isfinite(projected).all(axis=1)
    _refuse_rows(failed, values, constraints)
    return projected


def _refuse_rows(
    failed: NDArray[np.bool_], values: Floats, constraints: Constraints
) -> None:
    """Raise if no values were found for some rows."""
    if not failed.any():
        return
    hint = ""
    largest = float(np.abs(values[failed]).max())
    if largest > np.finfo(values.dtype).max / _ROOM:
        hint = f" Sums of values as large as {largest:g} overflow; use a larger unit."
    raise ValueError(
        f"{constraints.outputs.owner}: no {values.dtype} values obey all that is "
        f"declared in {failed.sum()} of {len(failed)} rows, the first of them row "
        f"{failed.argmax()}.{hint}"
    )


def _adjust_both(
    values: Floats,
    constraints: Constraints,
    samples: SampleOrder,
    lower: Floats,
    upper: Floats,
) -> Floats:
    """Return rows, in their order, that meet the orders of outputs and of samples."""
    sizes, descending = samples.sizes, samples.descending
    method = constraints.method
    if method != "projection":
        return _run_both(values, constraints, samples.sizes, descending, lower, upper)
    if not constraints.components:
        return project_samples(
            values,
            sizes=sizes,
            method=method,
            descending=descending,
            lower=lower,
            upper=upper,
        )
    # Each running extremum keeps the order of the other, and changes nothing in groups
    # that obey: these are not projected, which would round them.
    running = replace(constraints, method="cummax", weight=None)
    changed = _run_both(values, running, sizes, descending, lower, upper) != values
    broken = np.logical_or.reduceat(changed.any(axis=1), np.cumsum(sizes) - sizes)
    members, sizes = np.repeat(broken, sizes), sizes[broken]
    out = values.copy()
    if broken.any():
        lower, upper = (b if b.ndim == 1 else b[members] for b in (lower, upper))
        projected = project_both(
            values[members],
            lower.astype(np.float64),
            upper.astype(np.float64),
            constraints.components,
            weight=constraints.weight,
            sizes=sizes,
            descending=descending,
        ).astype(values.dtype)
        # Exact up to rounding.
        out[members] = _run_both(projected, running, sizes, descending, lower, upper)
    return out


def _run_both(
    values: Floats,
    constraints: Constraints,
    sizes: NDArray[np.intp],
    descending: bool,
    lower: Floats,
    upper: Floats,
) -> Floats:
    """Sort, or run an extremum, along the outputs and then down the samples.

    Neither order is lost where values are then clipped to bounds that obey both.
    """
    unbounded = np.full(values.shape[1], np.inf, dtype=values.dtype)
    ordered = _adjust_outputs(values, constraints, -unbounded, unbounded)
    ordered = project_samples(
        ordered, sizes=sizes, method=constraints.method, descending=descending
    )
    return _adjust_outputs(ordered, replace(constraints, components=[]), lower, upper)


def bounds_in(
    dtype: np.dtype[np.floating],
    constraints: Constraints,
    rows: NDArray[np.intp] | None = None,
) -> tuple[Floats, Floats]:
    """Return the tightest bounds of the dtype that keep the bounds in float64.

    They are carried along the order in this dtype, as NumPy adds the gaps in it.
    """
    outputs = constraints.outputs
    declared = constraints.declared_lower, constraints.declared_upper
    order = constraints.edges, constraints.gaps
    if constraints.gaps is not None:
        largest = constraints.gaps.max()
        if largest > np.finfo(dtype).max:
            raise ValueError(
                f"{outputs.owner}: `order` asks for a gap of {float(largest)}, which "
                f"no two {dtype} numbers have; predict in float64."
            )
    lower, upper = lower_in(dtype, declared[0]), upper_in(dtype, declared[1])
    with np.errstate(over="ignore"):  # to infinity, which crosses
        lower, upper, crossed = tighten_bounds(lower, upper, *order)
    crossed |= np.isposinf(lower) | np.isneginf(upper)
    if crossed.any():
        tight = tighten_bounds(*declared, *order)[:2]
        if tight[0].ndim == 2:
            check_rows_apart(
                *tight, outputs, " once they are carried along the order", rows
            )
        *row, output = np.argwhere(crossed)[0].tolist()
        low, high = (float(bound[(*row, output)]) for bound in tight)
        place = f" in row {row[0] if rows is None else rows[row[0]]}" if row else ""
        raise ValueError(
            f"{outputs.owner}: no {dtype} number lies between lower={low} and "
            f"upper={high} for {outputs.label(output)}{place}; predict in float64."
        )
    return lower, upper
