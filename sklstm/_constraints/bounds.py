"""Bounds of the outputs: one number for each output, or one for each row.

Error messages start with the name of the estimator or function with the declaration.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._constraints.linear import BoundStatement
from sklstm._constraints.outputs import Outputs
from sklstm._projection.bounds import tighten_bounds
from sklstm._projection.graph import Edges
from sklstm._utils.frames import check_same_names, column_names, take_column
from sklstm._utils.numeric import as_declared, as_numbers, refuse_booleans
from sklstm._utils.text import shortened


@dataclass(frozen=True, eq=False)
class RowBound:
    """A bound that differs from row to row.

    Attributes
    ----------
    parameter : {"lower", "upper"}
    output : int or None
        Output with this bound. None means all outputs.
    source : str, callable or array-like
        A linear expression in the columns of X, a function of X, or the values
        themselves, one for each row.
    """

    parameter: str
    output: int | None
    source: Any

    @property
    def text(self) -> str:
        """Name of the bound in messages."""
        if isinstance(self.source, str):
            return self.source
        if callable(self.source):
            return getattr(self.source, "__name__", type(self.source).__name__)
        return f"`{self.parameter}` of the row"


def resolve_bound(
    bound: Any, parameter: str, outputs: Outputs, n_samples: int | None = None
) -> tuple[NDArray[np.float64], list[RowBound]]:
    """Return one bound for each output, and those that differ from row to row.

    Parameters
    ----------
    bound : object
        As the user gave it.
    parameter : {"lower", "upper"}
        The parameter that holds it.
    outputs : Outputs
        What it refers to.
    n_samples : int, default=None
        The number of rows, where the bound may be an array with a value for each;
        None before there are rows.

    Returns
    -------
    constant : ndarray of shape (n_outputs,)
        Infinite where there is no constant bound.
    by_row : list of RowBound
    """
    resolved = np.full(outputs.n_outputs, _unbounded(parameter))
    if bound is None:
        return resolved, []
    if isinstance(bound, str) or callable(bound):
        return resolved, [RowBound(parameter, None, bound)]
    if _is_one_for_each_row(bound, outputs, n_samples):
        return resolved, [RowBound(parameter, None, bound)]
    if n_samples is not None:
        _check_length(bound, parameter, outputs, n_samples)
    columns = None if n_samples is None else column_names(bound)
    known = {*(outputs.names or ()), *(outputs.targets or ())}
    if columns and set(columns) <= known:
        bound = {
            name: take_column(bound, name, parameter, outputs.owner) for name in columns
        }
    by_output = outputs.values_by_output(bound, parameter)
    if by_output is not None:
        by_row = []
        for output, value in by_output.items():
            is_given = n_samples is not None and np.iterable(value)
            if is_given or isinstance(value, str) or callable(value):
                by_row.append(RowBound(parameter, output, value))
            elif value is not None:
                resolved[output] = _as_number(value, parameter, output, outputs)
        _check_numbers(resolved, parameter, outputs)
        return resolved, by_row
    numbers = as_declared(bound, parameter, outputs.owner)
    if numbers.ndim == 2 and n_samples is not None:
        return resolved, [RowBound(parameter, None, numbers)]
    if numbers.ndim and numbers.shape != (outputs.n_outputs,):
        raise _wrong_shape(numbers.shape, parameter, outputs, n_samples)
    resolved[:] = numbers
    _check_numbers(resolved, parameter, outputs)
    return resolved, []


def _unbounded(parameter: str) -> float:
    return -np.inf if parameter == "lower" else np.inf


def _is_one_for_each_row(bound: Any, outputs: Outputs, n_samples: int | None) -> bool:
    """Return whether a 1-D array or Series has one bound for each row."""
    if n_samples is None or outputs.n_outputs > 1:
        return False
    return _shape_of(bound) == (n_samples,) and n_samples != 1


def _shape_of(bound: Any) -> tuple[int, ...]:
    try:
        return np.shape(bound)
    except ValueError:  # ragged, which the conversion to numbers explains
        return ()


def _check_length(bound: Any, parameter: str, outputs: Outputs, n_samples: int) -> None:
    """Raise if there are more bounds than outputs, also if a Series labels them."""
    shape = _shape_of(bound)
    if len(shape) == 1 and shape[0] > outputs.n_outputs:
        raise _wrong_shape(shape, parameter, outputs, n_samples)


def _wrong_shape(
    shape: tuple[int, ...], parameter: str, outputs: Outputs, n_samples: int | None
) -> ValueError:
    several = f"{outputs.n_outputs} outputs"
    if outputs.n_outputs == 1 and n_samples is not None:
        several = f"{n_samples} rows"
    return ValueError(
        f"{outputs.owner}: `{parameter}` must be one number or one for each of the "
        f"{several}; got shape {shape}.{_hint_of_rows(shape, n_samples)}"
    )


def _hint_of_rows(shape: tuple[int, ...], n_samples: int | None) -> str:
    if n_samples is not None and shape == (n_samples,):
        return " One for each row has shape (n_samples, 1)."
    if n_samples is None and len(shape) == 2:
        return " Values for each row are given with the call, as in predict(X, ...)."
    return ""


def _as_number(value: Any, parameter: str, output: int, outputs: Outputs) -> Any:
    number = as_declared(value, parameter, outputs.owner)
    if number.ndim:
        raise TypeError(
            f"{outputs.owner}: `{parameter}` must map an output to one number; got "
            f"{shortened(value)} for {outputs.label(output)}."
        )
    return number


def _check_numbers(
    resolved: NDArray[np.float64], parameter: str, outputs: Outputs
) -> None:
    unbounded = _unbounded(parameter)
    wrong = np.isnan(resolved) | (resolved == -unbounded)
    if wrong.any():
        output = int(np.argmax(wrong))
        raise ValueError(
            f"{outputs.owner}: `{parameter}` must be a number, or {unbounded} for no "
            f"bound; got {float(resolved[output])} for {outputs.label(output)}."
        )


def check_row_values(
    values: Any, bound: RowBound, outputs: Outputs, n_samples: int
) -> NDArray[np.float64]:
    """Return the values of a bound by row, with one column, or one for each output.

    Parameters
    ----------
    values : array-like
        What the source of the bound gave.
    bound : RowBound
        The bound in question.
    outputs : Outputs
        What it refers to.
    n_samples : int
        The number of rows.

    Returns
    -------
    ndarray of shape (n_samples, 1) or (n_samples, n_outputs)

    Raises
    ------
    TypeError, ValueError
        If they are not numbers, or missing, or not one for each row.
    """
    owner, parameter = outputs.owner, bound.parameter
    where = f"`{parameter}`"
    if bound.output is not None:
        where += f" for {outputs.label(bound.output)}"
    if callable(bound.source):
        where += f", which {bound.text} returned,"
    subject = where if " " in where else parameter
    try:
        numbers = as_numbers(values, subject, owner, missing=True, infinite=True)
    except ValueError as error:  # a TypeError for every parameter
        raise TypeError(str(error)) from error
    refuse_booleans(values, subject, owner)
    numbers = numbers.astype(np.float64)
    allowed = [(n_samples,), (n_samples, 1)]
    if bound.output is None:
        allowed.append((n_samples, outputs.n_outputs))
    if numbers.shape not in allowed:
        shapes = " or ".join(map(str, dict.fromkeys(allowed[1:])))
        raise ValueError(
            f"{owner}: {where} must have shape {shapes}, one value for each row; got "
            f"{numbers.shape}."
        )
    if bound.output is None:
        check_same_names(outputs.names, values, parameter, owner)
    numbers = numbers if numbers.ndim == 2 else numbers[:, np.newaxis]
    wrong = np.isnan(numbers) | (numbers == -_unbounded(parameter))
    if wrong.any():
        row = int(np.argmax(wrong.any(axis=1)))
        got = float(numbers[row][wrong[row]][0])
        raise ValueError(
            f"{owner}: {where} must be a number in each row, or "
            f"{_unbounded(parameter)} for no bound; got {got} in {wrong.any(1).sum()} "
            f"of {n_samples} rows, the first of them row {row}."
        )
    return numbers


def array_of(bound: RowBound, outputs: Outputs) -> Any:
    """Return the values of a bound that is an array, when there is no X."""
    if isinstance(bound.source, str) or callable(bound.source):
        raise TypeError(
            f"{outputs.owner}: `{bound.parameter}` must hold numbers, since there is "
            f"no X to read {shortened(bound.text)} from. Give one value for each row."
        )
    return bound.source


def add_bounds(
    statements: Iterable[BoundStatement],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Tighten the bounds of the outputs by those stated in chains, in place."""
    for statement in statements:
        side, tighter = (lower, max) if statement.parameter == "lower" else (upper, min)
        side[statement.output] = tighter(side[statement.output], statement.bound)


def check_apart(
    lower: NDArray[np.float64], upper: NDArray[np.float64], outputs: Outputs
) -> None:
    """Raise if the bounds of one output contradict each other."""
    apart = lower > upper
    if apart.any():
        output = int(np.argmax(apart))
        raise ValueError(
            f"{outputs.owner}: `lower` must not exceed `upper`; got "
            f"lower={float(lower[output])} and upper={float(upper[output])} for "
            f"{outputs.label(output)}."
        )


def check_rows_apart(
    lower: NDArray[np.floating],
    upper: NDArray[np.floating],
    outputs: Outputs,
    cause: str = "",
    rows: NDArray[np.intp] | None = None,
) -> None:
    """Raise if the bounds of a row contradict each other.

    Parameters
    ----------
    lower, upper : ndarray of shape (n_samples, n_outputs)
    outputs : Outputs
        What they refer to.
    cause : str
        Words about how the bounds came about, for the message.
    rows : ndarray of shape (n_samples,), default=None
        Which rows these are; None for rows in the order in which they were given.
    """
    crossed = lower > upper
    if crossed.any():
        row, output = map(int, np.argwhere(crossed)[0])
        raise ValueError(
            f"{outputs.owner}: bounds cross in {crossed.any(axis=1).sum()} of "
            f"{len(lower)} rows{cause}; for example in row "
            f"{row if rows is None else rows[row]}: "
            f"lower={float(lower[row, output])} and upper={float(upper[row, output])} "
            f"for {outputs.label(output)}."
        )


def tighten(
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    edges: Edges,
    gaps: NDArray[np.float64] | None,
    outputs: Outputs,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Propagate bounds along the order, and raise an error if they cross."""
    tight_lower, tight_upper, crossed = tighten_bounds(lower, upper, edges, gaps)
    if not crossed.any():
        return np.asarray(tight_lower, float), np.asarray(tight_upper, float)
    # Find the outputs that declare the bounds, for the message.
    output = int(np.argmax(crossed))
    steps = np.zeros(len(edges)) if gaps is None else gaps
    below, above = list(range(lower.size)), list(range(upper.size))
    lows, highs = lower.copy(), upper.copy()
    for (a, b), gap in zip(edges.tolist(), steps, strict=True):
        if lows[a] + gap > lows[b]:
            lows[b], below[b] = lows[a] + gap, below[a]
    for (a, b), gap in reversed(list(zip(edges.tolist(), steps, strict=True))):
        if highs[b] - gap < highs[a]:
            highs[a], above[a] = highs[b] - gap, above[b]
    low, high = below[output], above[output]
    distance = "" if gaps is None else f" + {lows[output] - lower[low]:g}"
    raise ValueError(
        f"{outputs.owner}: `order` asks for {outputs.label(low)}{distance} <= "
        f"{outputs.label(high)}, but {outputs.label(low)} >= {float(lower[low])} and "
        f"{outputs.label(high)} <= {float(upper[high])}."
    )


def lower_in(dtype: np.dtype[np.floating], lower: Any) -> NDArray[np.floating]:
    """Return the smallest numbers of the dtype that are not below `lower`."""
    lower = np.asarray(lower)
    with np.errstate(over="ignore"):
        near = np.asarray(lower.astype(dtype))
    upwards = np.nextafter(near, dtype.type(np.inf))
    return np.where(near < lower, upwards, near)


def upper_in(dtype: np.dtype[np.floating], upper: Any) -> NDArray[np.floating]:
    """Return the largest numbers of the dtype that are not above `upper`."""
    return -lower_in(dtype, -np.asarray(upper))
