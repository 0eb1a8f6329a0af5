"""Tables: the names of their columns."""

from typing import Any

Names = tuple[str, ...] | None


def column_names(table: Any) -> Names:
    """Return the names of a DataFrame's columns, if all are text; None for others."""
    names = tuple(getattr(table, "columns", ()))
    return names if names and all(isinstance(name, str) for name in names) else None


def check_same_names(names: Names, table: Any, parameter: str, owner: str) -> None:
    """Raise if a table has these names in another order."""
    found = column_names(table)
    if names and found and found != names and sorted(found) == sorted(names):
        raise ValueError(
            f"{owner}: the columns of `{parameter}` must be those of the predictions, "
            f"{list(names)}, in this order; got {list(found)}."
        )
