"""Types of what users declare, for annotations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

# A number, an array, an expression, a function of X, or a dict of these by output.
Bound = ArrayLike | Callable[[Any], ArrayLike] | Mapping[Any, Any] | None

# "increasing", "decreasing", or chains of outputs.
Order = str | Sequence[str | Sequence[Any]] | None

# Labels of groups, or what samples are ordered by: values, columns, or a function of X.
Keys = ArrayLike | Callable[[Any], ArrayLike] | None
