"""Numbers: the single place that decides which data are numeric."""

from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Complex, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from sklstm._utils.frames import all_column_names, as_eager, columns_of
from sklstm._utils.text import shortened

_TEXT, _DIGITS, _TIMES = "text", "text of digits", "dates or times"
_SPANS, _COMPLEX = "spans of time", "complex numbers"
_CURES = {
    _TEXT: "Encode it as numbers",
    _DIGITS: "Convert it, for example with `astype(float)`",
    _TIMES: "Turn it into numbers, such as the hour or the day of the year",
    _SPANS: "Turn it into numbers of one unit, such as hours",
    _COMPLEX: "Complex data not supported: take the real part or the modulus",
}
_KINDS = {"U": _TEXT, "S": _TEXT, "T": _TEXT, "M": _TIMES, "m": _SPANS, "c": _COMPLEX}
_MOST_COLUMNS = 3  # columns that a message describes


def as_numbers(
    values: Any,
    parameter: str,
    owner: str,
    *,
    missing: bool = False,
    infinite: bool = False,
    keep_integers: bool = False,
) -> NDArray[Any]:
    """Convert data to an array of real numbers.

    For all data except X, which scikit-learn validates (see `validate_X`):

    - Real numbers are integers and floats of NumPy, booleans (as 0 and 1, as in
      scikit-learn), Python's numbers, Decimal and Fraction, nullable, sparse and
      Arrow-backed columns of pandas, numeric columns of Polars, numeric categories, and
      everything else that NumPy converts to an array of numbers.
    - Missing values are NaN, None, ``pandas.NA``, nulls of Polars and Arrow, and the
      masked values of a masked array. They become NaN if `missing` is True, and raise
      an error otherwise.
    - An error is raised for text, even if it is numeric, since this indicates that a
      table was not read correctly; for dates, times and periods; for time spans, whose
      unit is unknown; for complex numbers; for other objects; and for sparse matrices.

    Parameters
    ----------
    values : array-like, DataFrame or Series
        The data. They are not changed.
    parameter, owner : str
        Name of the data and of the caller, for error messages.
    missing : bool, default=False
        Whether values may be missing.
    infinite : bool, default=False
        Whether values may be infinite.
    keep_integers : bool, default=False
        Whether to keep integers. Otherwise they become float64.

    Returns
    -------
    ndarray
        Floats keep their dtype; everything else becomes float64. It may share memory
        with `values`.

    Raises
    ------
    TypeError
        If the data are sparse.
    ValueError
        If the data are not numeric. The message names the column.
    """
    numbers, mask = _to_array(values, parameter, owner)
    may_stay = "fiu" if keep_integers and mask is None else "f"
    if numbers.dtype.kind not in may_stay:
        numbers = numbers.astype(np.float64)
    if mask is not None:
        numbers = np.where(mask, numbers.dtype.type(np.nan), numbers)
    may_be_bad = numbers.dtype.kind == "f" and not (missing and infinite)
    if may_be_bad and not np.isfinite(numbers).all():
        is_bad = np.isinf(numbers) if missing else ~np.isfinite(numbers)
        is_bad = np.isnan(numbers) if infinite else is_bad
        if is_bad.any():
            rule = "must be finite"
            if missing or infinite:
                rule = f"must hold no {'infinity' if missing else 'missing values'}"
            subject = f"{owner}: {_subject(parameter)} {rule}"
            _refuse_values(numbers, is_bad, mask, values, subject)
    return numbers


def as_table(values: Any, parameter: str, owner: str, **rule: bool) -> NDArray[Any]:
    """Convert data to numbers of shape (n_rows, n_columns), with at least one of each.

    A single column may be 1-D. For the other parameters, see `as_numbers`.
    """
    numbers = as_numbers(values, parameter, owner, **rule)
    if numbers.ndim not in (1, 2) or 0 in numbers.shape:
        raise ValueError(
            f"{owner}: `{parameter}` must have shape (n_samples,) or (n_samples, "
            f"n_outputs), with at least one row and column; got {numbers.shape}."
        )
    return numbers.reshape(len(numbers), -1)


def as_column(values: Any, parameter: str, owner: str, **rule: bool) -> NDArray[Any]:
    """Convert data, which may be a table of one column, to numbers of shape (n_rows,).

    There must be at least one row. For the other parameters, see `as_numbers`.
    """
    numbers = as_table(values, parameter, owner, **rule)
    if numbers.shape[1] != 1:
        raise ValueError(
            f"{owner}: `{parameter}` must be one column; got shape {numbers.shape}."
        )
    return numbers[:, 0]


def as_declared(values: Any, parameter: str, owner: str) -> NDArray[np.float64]:
    """Convert the numbers of a parameter, such as bounds, weights or levels.

    Booleans raise an error, since ``lower=True`` is a mistake; otherwise, the rules are
    those of `as_numbers`. NaN and infinity are not checked.

    Raises
    ------
    TypeError
        If the values are not real numbers.
    """
    if type(values) in (int, float):  # a shortcut
        return np.array(values, dtype=np.float64)
    is_wrong = False
    try:
        numbers = as_numbers(values, parameter, owner, missing=True, infinite=True)
    except ValueError:
        is_wrong = True
    if is_wrong or _holds_booleans(values):
        raise TypeError(
            f"{owner}: `{parameter}` must hold real numbers; got {shortened(values)}."
        )
    return numbers.astype(np.float64)


def refuse_booleans(values: Any, parameter: str, owner: str) -> None:
    """Raise if some of the numbers that belong to a parameter are booleans.

    For values that differ by row; `as_declared` does the same for all others.
    """
    if _holds_booleans(values):
        raise TypeError(
            f"{owner}: {_subject(parameter)} must hold real numbers; got booleans. "
            "Convert them, for example with `astype(float)`, if they are 0 and 1."
        )


def _holds_booleans(values: Any) -> bool:
    """Return whether some of the values are booleans, also in lists or objects."""
    if type(values) in (int, float):  # a shortcut
        return False
    values = as_eager(values)
    columns = columns_of(values)
    if columns is not None:
        return any(map(_holds_booleans, columns))
    if isinstance(values, list | tuple):
        return any(map(_holds_booleans, values))
    dtype: Any = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "") == "b" or str(dtype) == "Boolean":  # of Polars
        return True
    if str(dtype).lower() in ("object", "category"):
        return _holds_booleans(np.asarray(values, dtype=object).ravel().tolist())
    return isinstance(values, bool)


def is_masked(values: Any) -> bool:
    """Return whether values are a masked array, or a list that contains one."""
    if isinstance(values, list | tuple):
        return any(map(is_masked, values))
    return isinstance(values, np.ma.MaskedArray)


def unmasked(X: Any) -> Any:
    """Return samples with NaN in place of masked values, which most libraries ignore.

    Anything that has no masked values is returned as it is.
    """
    if not is_masked(X):
        return X
    masked = _stacked(X)
    if not np.ma.is_masked(masked):
        return X
    kind = masked.dtype.kind
    dtype = masked.dtype if kind == "f" else np.float64 if kind in "iub" else object
    return np.ma.filled(masked.astype(dtype), np.nan)


def _stacked(values: Any) -> np.ma.MaskedArray[Any, Any]:
    """Return a masked array, also for a list of masked arrays."""
    if isinstance(values, list | tuple):
        stacked: np.ma.MaskedArray[Any, Any] = np.ma.stack(list(map(_stacked, values)))
        return stacked
    return np.ma.asarray(values)


# -- conversion to an array ------------------------------------------------------------


class _NotNumbers(NamedTuple):
    """Values that are not numeric."""

    what: str
    example: Any
    column: Any  # its name or index; None if there are no columns


def _to_array(
    values: Any, parameter: str, owner: str
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return an array of real numbers, and its mask (None if nothing is masked)."""
    if type(values) is np.ndarray and values.dtype.kind in "fiub":
        return values, None
    if issparse(values):
        raise TypeError(
            f"{owner}: {_subject(parameter)} must be dense; got a sparse "
            f"{type(values).__name__}. Convert it with `.toarray()`."
        )
    values = as_eager(values)
    columns = columns_of(values)
    mask = None
    if columns is not None:
        found = [_as_real(_as_array(column)) for column in columns]
    else:
        try:
            array, mask = _split_mask(values)
            found = [_as_real(array)]
        except (TypeError, ValueError) as error:
            is_ragged = "inhomogeneous" in str(error) or "same shape" in str(error)
            cause = "its rows differ in length" if is_ragged else error
            raise ValueError(
                f"{owner}: {_subject(parameter)} cannot be converted to an array: "
                f"{cause}."
            ) from error
    arrays = _only_arrays(found, values, parameter, owner)
    if columns is None:
        return arrays[0], mask
    return np.column_stack(arrays) if arrays else np.empty(values.shape), None


def _split_mask(values: Any) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Return values as an array, and its mask (None if nothing is masked)."""
    if not is_masked(values):
        return _as_array(values), None
    masked = _stacked(values)
    mask = np.ma.getmaskarray(masked) if np.ma.is_masked(masked) else None
    # The values behind a mask need not be numeric.
    return masked.filled(np.nan) if masked.dtype == object else masked.data, mask


def _as_array(column: Any) -> NDArray[Any]:
    dtype: Any = getattr(column, "dtype", None)
    if getattr(dtype, "kind", "") == "f" and hasattr(dtype, "numpy_dtype"):
        # Some releases of pandas convert nullable columns to objects.
        return np.asarray(column.to_numpy(dtype.numpy_dtype, na_value=np.nan))
    if hasattr(dtype, "is_temporal") and dtype.is_temporal():
        # Times are refused, so one is enough; Polars 1.0 crashes converting all.
        first = column.drop_nulls().head(1).to_list()
        return np.array(first, dtype=object) if first else np.array("NaT", "M8[us]")
    return np.asarray(column)


def _as_real(array: NDArray[Any]) -> NDArray[Any] | _NotNumbers:
    """Return an array as real numbers, or a description of what it contains instead."""
    kind = array.dtype.kind
    if kind in "fiub":
        return array
    if kind == "O":
        return _from_objects(array)
    what = _KINDS.get(kind, f"values of dtype {array.dtype}")
    if what == _TEXT:
        return _from_objects(array.astype(str).astype(object))
    example = array.flat[0] if array.size else array.dtype
    return _NotNumbers(what, example, 0 if array.ndim == 2 else None)


def _from_objects(array: NDArray[Any]) -> NDArray[np.float64] | _NotNumbers:
    values = array.ravel().tolist()
    kinds = {kind: _kind_of(kind) for kind in set(map(type, values))}
    wrong = {kind for kind, what in kinds.items() if what not in ("number", "missing")}
    if wrong:
        first = next(i for i, value in enumerate(values) if type(value) in wrong)
        what = kinds[type(values[first])]
        if what == _TEXT and _are_digits(values):
            what = _DIGITS
        column = first % array.shape[1] if array.ndim == 2 else None
        return _NotNumbers(what, values[first], column)
    if "missing" in kinds.values():
        values = [np.nan if kinds[type(v)] == "missing" else v for v in values]
    try:
        return np.array(values, dtype=np.float64).reshape(array.shape)
    except OverflowError:
        return _NotNumbers("integers beyond float64", max(values, key=abs), None)


def _kind_of(kind: type) -> str:
    """Return "number", "missing", or a description of the objects of a type."""
    if issubclass(kind, Real | Decimal | np.bool_):
        return "number"
    if kind in (type(None), np.ma.core.MaskedConstant) or kind.__name__ == "NAType":
        return "missing"
    if issubclass(kind, str | bytes):
        return _TEXT
    if issubclass(kind, timedelta | np.timedelta64):
        return _SPANS
    is_time = kind.__name__ in ("NaTType", "Period")  # of pandas
    if is_time or issubclass(kind, date | time | np.datetime64):
        return _TIMES
    if issubclass(kind, Complex):
        return _COMPLEX
    return f"objects of type {kind.__name__}"


def _are_digits(values: list[Any]) -> bool:
    """Return whether every text can be converted to a number."""
    try:
        [float(value) for value in values if isinstance(value, str | bytes)]
    except ValueError:
        return False
    return True


# -- messages --------------------------------------------------------------------------


def _subject(parameter: str) -> str:
    return parameter if " " in parameter else f"`{parameter}`"


def _only_arrays(
    found: list[NDArray[Any] | _NotNumbers], values: Any, parameter: str, owner: str
) -> list[NDArray[Any]]:
    """Return the arrays, or raise an error if some of the data are not numeric."""
    names = all_column_names(values)
    wrong = [
        one._replace(column=names[i]) if names else one
        for i, one in enumerate(found)
        if isinstance(one, _NotNumbers)
    ]
    if not wrong:
        return [one for one in found if not isinstance(one, _NotNumbers)]
    phrases = [
        f"{one.what} such as {shortened(one.example, 60)}"
        + ("" if one.column is None else f" in column {shortened(one.column)}")
        for one in wrong[:_MOST_COLUMNS]
    ]
    n_more = len(wrong) - _MOST_COLUMNS
    more = f" (and in {n_more} more columns)" if n_more > 0 else ""
    cures = {_CURES.get(one.what, "Give numbers") for one in wrong}
    cure = cures.pop() if len(cures) == 1 else "Turn them into numbers"
    cure += "" if wrong[0].column is None else ", or leave the column out"
    raise ValueError(
        f"{owner}: {_subject(parameter)} must hold real numbers; got "
        f"{', '.join(phrases)}{more}. {cure}."
    )


def _refuse_values(
    numbers: NDArray[Any],
    is_bad: NDArray[np.bool_],
    mask: NDArray[np.bool_] | None,
    values: Any,
    rule: str,
) -> None:
    """Raise an error with the number of rows with missing or infinite values."""
    has_nan, has_infinity = (
        np.isnan(numbers[is_bad]).any(),
        np.isinf(numbers[is_bad]).any(),
    )
    missing = "masked values" if mask is not None else "NaN"
    words = [missing] * bool(has_nan) + ["infinity"] * bool(has_infinity)
    by_row = is_bad.reshape(len(is_bad), -1) if is_bad.ndim else is_bad.reshape(1, 1)
    row = int(by_row.any(axis=1).argmax())
    names = all_column_names(values)
    column = (
        f" in column {shortened(names[int(by_row[row].argmax())])}" if names else ""
    )
    raise ValueError(
        f"{rule}; got {' or '.join(words)} in {by_row.any(axis=1).sum()} of "
        f"{len(by_row)} rows, the first of them row {row}{column}."
    )
