"""Tables: their columns and names, and the conversion of results back to tables.

All code specific to pandas, Polars and other table libraries is here, in `numeric` (the
numbers of a table) and in `labels` (groups and keys of its rows). None of these
libraries is imported; objects are recognised by their attributes.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklstm._utils.sklearn_private import _safe_indexing
from sklstm._utils.text import shortened

Names = tuple[str, ...] | None


def column_names(table: Any) -> Names:
    """Return the names of a DataFrame's columns if all are strings, otherwise None."""
    names = all_column_names(table)
    return names if names and all(isinstance(name, str) for name in names) else None


def all_column_names(table: Any) -> tuple[Any, ...]:
    """Return the names of a DataFrame's columns of any type; empty for an array."""
    if hasattr(table, "column_names"):  # Arrow
        return tuple(table.column_names)
    return tuple(getattr(table, "columns", ()))


def check_same_names(names: Names, table: Any, parameter: str, owner: str) -> None:
    """Raise if the columns of a table have these names, but in another order."""
    found = column_names(table)
    if names and found and found != names and sorted(found) == sorted(names):
        raise ValueError(
            f"{owner}: the columns of `{parameter}` must be those of the predictions, "
            f"{list(names)}, in this order; got {list(found)}."
        )


def library_of(table: Any) -> str | None:
    """Return "pandas" or "polars" for their DataFrames and Series, otherwise None.

    Subclasses are recognised as well.
    """
    for base in type(table).__mro__:
        library = base.__module__.partition(".")[0]
        if library in ("pandas", "polars") and base.__name__ in ("DataFrame", "Series"):
            return library
    return None


def collected(table: Any) -> Any:
    """Return a lazy dask or Polars table as a table in memory; others unchanged."""
    if hasattr(table, "__dask_graph__"):
        return table.compute()
    return table.collect() if type(table).__name__ == "LazyFrame" else table


def as_eager(table: Any) -> Any:
    """Return a lazy table or an Arrow table as a pandas or Polars table in memory."""
    table = collected(table)
    is_arrow = type(table).__module__.partition(".")[0] == "pyarrow"
    return table.to_pandas() if is_arrow else table


def as_dataframe(table: Any) -> Any:
    """Return a Series of pandas or Polars as a DataFrame; others unchanged."""
    is_series = library_of(table) is not None and len(table.shape) == 1
    return table.to_frame() if is_series else table


def columns_of(table: Any) -> list[Any] | None:
    """Return the columns of a DataFrame as Series; None for anything else."""
    if hasattr(table, "get_columns"):  # Polars
        return list(table.get_columns())
    if hasattr(table, "columns") and hasattr(table, "iloc"):
        return [table.iloc[:, i] for i in range(len(table.columns))]
    return None


def find_column(
    table: Any,
    n_columns: int,
    key: Any,
    parameter: str,
    owner: str,
    *,
    called: str,
    from_end: bool = False,
) -> int:
    """Return the position of the column with the name or index `key`.

    Parameters
    ----------
    table : DataFrame or array-like
        Table with the columns.
    n_columns : int
        Number of columns.
    key : object
        An index, counted from 0, or a name.
    parameter, owner : str
        Name of the parameter with `key` and of the caller, for error messages.
    called : str
        Name of the table in error messages, such as "X".
    from_end : bool, default=False
        Whether negative indices count from the last column.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If there is no such column, or if several columns have this name.
    """
    if isinstance(key, Integral) and not isinstance(key, bool):
        if not (-n_columns if from_end else 0) <= int(key) < n_columns:
            raise ValueError(
                f"{owner}: `{parameter}`={shortened(key)} is not the index of a "
                "column; valid "
                f"indices of {called} are 0 to {n_columns - 1}."
            )
        return int(key) % n_columns
    names = all_column_names(table)
    matches = [i for i, name in enumerate(names) if name == key]
    if len(matches) == 1:
        return matches[0]
    if not names:
        raise ValueError(
            f"{owner}: `{parameter}`={shortened(key)} is a name, but {called} is a "
            f"{type(table).__name__}, whose columns have no names. Pass a DataFrame or "
            "the index of the column."
        )
    if matches:
        raise ValueError(
            f"{owner}: `{parameter}`={shortened(key)} is the name of {len(matches)} "
            "columns of "
            f"{called}, {matches}. Pass the index of one of them."
        )
    raise ValueError(
        f"{owner}: `{parameter}`={shortened(key)} is not the name of a column of "
        f"{called}; they "
        f"are {shortened(list(names))}."
    )


def take_column(X: Any, key: Any, parameter: str, owner: str) -> Any:
    """Return a column of X, as a Series for a DataFrame.

    Parameters
    ----------
    X : DataFrame, array-like or sparse matrix of shape (n_rows, n_columns)
        Not changed.
    key : int or str
        Index of the column, or its name in a DataFrame.
    parameter, owner : str
        Name of the parameter with `key` and of the caller, for error messages.

    Returns
    -------
    column : array-like of shape (n_rows,)

    Raises
    ------
    ValueError
        If there is no such column.
    """
    names = all_column_names(X)
    if hasattr(X, "tocsc"):  # some sparse formats cannot be indexed by column
        X = X.tocsc()
    shape = _shape(X)
    if len(shape) != 2:
        raise ValueError(
            f"{owner}: `{parameter}`={shortened(key)} is a column, but X is not 2-D; "
            "got a "
            f"{type(X).__name__} of shape {shape}. Give a callable that maps X to "
            "one label for each row."
        )
    n_columns = len(names) or shape[1]
    position = find_column(
        X, n_columns, key, parameter, owner, called="X", from_end=True
    )
    if names and names.count(names[position]) == 1:
        return X[names[position]]
    if names:  # several columns have this name
        return X.iloc[:, position]
    if hasattr(X, "toarray"):
        return X[:, [position]].toarray()[:, 0]
    if hasattr(X, "shape"):
        return X[:, position]
    return [row[position] for row in X]


def take_columns(table: Any, positions: Sequence[int]) -> Any:
    """Return the columns of a DataFrame or 2-D array at some positions, as a table."""
    if hasattr(table, "iloc"):
        return table.iloc[:, list(positions)]
    if hasattr(table, "select"):  # Polars and Arrow
        names = all_column_names(table)
        return table.select([names[i] for i in positions])
    return table[:, list(positions)]


def take_rows(X: Any, rows: Any) -> Any:
    """Return the rows of a table, array, list or sparse matrix at some positions."""
    if hasattr(X, "tocsr"):  # some sparse formats cannot be indexed by row
        X = X.tocsr()
    elif hasattr(X, "__array__") and not hasattr(X, "__getitem__"):
        X = np.asarray(X)
    elif library_of(X) == "pandas":
        X = _in_native_order(X)
    return _safe_indexing(X, rows)


def _in_native_order(table: Any) -> Any:
    """Return a pandas object in native byte order, else pandas cannot take rows."""
    if len(table.shape) == 1:
        swapped = _is_swapped(table.dtype)
        return table.astype(table.dtype.newbyteorder("=")) if swapped else table
    native = {
        name: dtype.newbyteorder("=")
        for name, dtype in table.dtypes.items()
        if _is_swapped(dtype)
    }
    return table.astype(native) if native else table


def _is_swapped(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and not dtype.isnative


def _shape(table: Any) -> tuple[int, ...]:
    """Return the shape of a table, which may be a list of rows."""
    if hasattr(table, "shape"):
        return tuple(table.shape)
    try:
        return np.shape(table)
    except ValueError:  # rows of different length
        return (len(table),)


def row_labels(series: Any) -> list[Any] | None:
    """Return the labels in the index of a pandas Series; None for anything else."""
    is_series = library_of(series) == "pandas" and len(series.shape) == 1
    return list(series.index) if is_series else None


def in_the_kind_of(
    table: Any,
    values: NDArray[Any],
    *,
    names: Sequence[Any] | None = None,
    sources: Sequence[int] | None = None,
    rows: Any = slice(None),
) -> Any:
    """Return values as a table of the same type as the one they were computed from.

    Parameters
    ----------
    table : object
        A DataFrame or Series of pandas or Polars, or any other object.
    values : ndarray of shape (n_rows,) or (n_rows, n_columns)
        1-D for a Series, 2-D for a DataFrame.
    names : sequence of length n_columns, default=None
        Names of the columns. None takes those of `table`.
    sources : sequence of int of length n_columns, default=None
        Positions of the columns of `table` from which the columns were computed. None
        means one each. Nullable and Arrow-backed dtypes of pandas are kept.
    rows : slice or ndarray of shape (n_rows,), default=slice(None)
        Rows of `table` whose index the values get.

    Returns
    -------
    DataFrame, Series, masked array or ndarray
        `values` without any change if `table` is none of these.
    """
    library = library_of(table)
    if library is None or values.ndim != len(table.shape):
        is_masked = isinstance(table, np.ma.MaskedArray)
        return np.ma.asarray(values) if is_masked else values
    if values.ndim == 1:
        if library == "polars":
            return type(table)(table.name, values)
        dtype = _same_backend(table.dtype, values.dtype)
        index = table.index[rows]
        return type(table)(values, index=index, name=table.name, dtype=dtype)
    names = table.columns if names is None else names
    if library == "polars":
        return type(table)(values, schema=list(names), orient="row")
    found = list(table.dtypes)
    dtypes = [
        _same_backend(found[source], values.dtype)
        for source in (range(len(found)) if sources is None else sources)
    ]
    frame = type(table)(values, index=table.index[rows])
    frame = frame.astype({i: dtype for i, dtype in enumerate(dtypes) if dtype})
    frame.columns = names  # last, since they need not be unique
    return frame


def _same_backend(dtype: Any, wanted: np.dtype[Any]) -> Any:
    """Return the pandas dtype for `wanted` with the backend of `dtype`.

    None if the backend is NumPy.
    """
    if hasattr(dtype, "pyarrow_dtype"):
        from pyarrow import from_numpy_dtype

        return type(dtype)(from_numpy_dtype(wanted))
    is_nullable = str(dtype).startswith(("Int", "UInt", "Float", "boolean"))
    if not is_nullable or isinstance(dtype, np.dtype) or wanted == np.float16:
        return None
    kind = {"i": "Int", "u": "UInt", "f": "Float"}[wanted.kind]
    return f"{kind}{8 * wanted.itemsize}"
