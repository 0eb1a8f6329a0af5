"""The rows of a display: their positions, and a summary of them if there are many."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from numbers import Number

import numpy as np

from sklstm._utils.text import shortened


def as_positions(x, n_samples, n_outputs, owner):
    """Return the positions of the rows on the horizontal axis, and its label.

    Parameters
    ----------
    x : array-like of shape (n_samples,) or (n_samples, n_outputs), or None
        Numbers, times (or text in ISO 8601), periods or time spans. None takes the
        numbers of the rows.
    n_samples, n_outputs : int
        The shape of the predictions.
    owner : str
        Name of the caller, for error messages.

    Returns
    -------
    positions : ndarray of shape (n_samples, 1) or (n_samples, n_outputs)
        Numbers, or datetime64 in local time.
    label : str
        Empty for times, which need no label.
    """
    if x is None:
        return np.arange(n_samples)[:, np.newaxis], "Row"
    name = getattr(x, "name", None)
    # Polars converts times with a time zone to UTC; a list keeps the local time.
    has_zone = getattr(getattr(x, "dtype", None), "time_zone", None)
    positions = np.asarray(x.to_list() if has_zone else _fill_masked(x))
    if positions.shape not in ((n_samples,), (n_samples, n_outputs)):
        raise ValueError(
            f"{owner}: `x` must have a number or time for each of the {n_samples} "
            f"rows, or for each row and each of the {n_outputs} outputs; got shape "
            f"{positions.shape}."
        )
    positions = positions.reshape(n_samples, -1)
    if positions.dtype.kind == "O":
        positions = _from_objects(positions)
    if positions.dtype.kind not in "biufmM":
        positions = _as_local_times(positions, owner)
    if positions.dtype.kind == "m":
        return positions / np.timedelta64(1, "h"), f"{name or 'Time'} (hours)"
    if positions.dtype.kind == "M":
        return positions, ""
    return positions, str(name or "")


def _fill_masked(x):
    """Return a masked array with missing times or NaN where it is masked."""
    if not isinstance(x, np.ma.MaskedArray):
        return x
    is_time = x.dtype.kind in "mM"
    values = x.data.copy() if is_time else x.data.astype(np.float64)
    values[np.ma.getmaskarray(x)] = "NaT" if is_time else np.nan
    return values


def _from_objects(positions):
    """Convert objects to numbers or time spans, if all of them are."""
    if all(isinstance(p, Number) for p in positions.flat):
        return positions.astype(np.float64)
    if all(isinstance(p, timedelta) for p in positions.flat):
        return positions.astype("timedelta64[us]")
    return positions


def _as_local_times(positions, owner):
    """Convert times, periods or text in ISO 8601 to datetime64, in local time."""
    try:
        times = [_local_time(one) for one in positions.flat]
        return np.array(times, dtype="datetime64[us]").reshape(positions.shape)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{owner}: `x` must hold numbers or times; got "
            f"{shortened(positions.flat[0])}. "
            "Convert text to times with pandas.to_datetime."
        ) from error


def _local_time(moment):
    if hasattr(moment, "to_timestamp"):  # a period of pandas
        moment = moment.to_timestamp()
    return moment.replace(tzinfo=None) if hasattr(moment, "tzinfo") else moment


def forecast_steps(names):
    """Return the number of steps from the first step of the forecast to each output.

    Parameters
    ----------
    names : sequence or None
        Names of the outputs.

    Returns
    -------
    ndarray of shape (n_outputs,) or None
        None unless the names are as `make_windows` creates them for a horizon of 2 or
        more: ``GHI+1``, ``GHI+2`` and so on, the same steps for each target; or those
        of their quantiles, ``GHI+1@0.9``.
    """
    names = () if names is None else names
    pattern = re.compile(r"(.+)\+(\d+)(@[\d.e-]+)?", re.DOTALL)
    found = [pattern.fullmatch(str(name)) for name in names]
    matches = [match for match in found if match]
    if not matches or len(matches) < len(found):
        return None
    horizons: dict[tuple[str, str], list[int]] = {}
    for match in matches:
        horizons.setdefault((match[1], match[3]), []).append(int(match[2]))
    horizon = len(matches) // len(horizons)
    every = list(range(1, horizon + 1))
    if horizon < 2 or any(sorted(its) != every for its in horizons.values()):
        return None
    return np.array([int(match[2]) - 1 for match in matches])


def shift_by_steps(positions, steps, y_true):
    """Return the time of each row and output, if the length of a step is known.

    The rows must be evenly spaced, and are assumed to be one step apart. If there are
    targets, their overlap in neighbouring rows shows how many steps apart these are.

    Parameters
    ----------
    positions : ndarray of shape (n_samples, 1)
        Sorted times of the first step of each forecast.
    steps : ndarray of shape (n_outputs,)
        Steps of the outputs, from `forecast_steps`.
    y_true : ndarray of shape (n_samples, n_outputs) or None
        Target values.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs) or None
        None if the length of a step is not known.
    """
    spacing = np.diff(positions[:, 0])
    if not spacing.size or not _all_equal(spacing) or not spacing[0]:
        return None
    stride: int | None = 1
    if y_true is not None and y_true.shape[1] == len(steps):
        strides = range(1, steps.max() + 1)
        stride = next((k for k in strides if _overlap(y_true, steps, k)), None)
    if stride is None:
        return None
    return positions + steps * spacing[0] / stride


def _all_equal(spacing):
    if spacing.dtype.kind == "f":
        return np.allclose(spacing, spacing[0], rtol=1e-6, atol=0)
    return (spacing == spacing[0]).all()


def _overlap(y_true, steps, stride):
    """Return whether the targets of each row are those of the row before, shifted."""
    # Outputs are ordered by step, with the same order of the targets in each step.
    n_targets = np.count_nonzero(steps == 0)
    ordered = y_true[:, np.argsort(steps, kind="stable")]
    shift = stride * n_targets
    return np.array_equal(ordered[1:, :-shift], ordered[:-1, shift:], equal_nan=True)


@dataclass(frozen=True, eq=False)
class Rows:
    """Positions, predictions and targets, one row for each sample.

    Attributes
    ----------
    x : ndarray of shape (n_samples, 1) or (n_samples, n_outputs)
    raw, adjusted : ndarray of shape (n_samples, n_outputs)
    y_true : ndarray of shape (n_samples, 1) or (n_samples, n_outputs), or None
    """

    x: np.ndarray
    raw: np.ndarray
    adjusted: np.ndarray
    y_true: np.ndarray | None

    def sorted(self):
        """Return the rows sorted by position (of the first output)."""
        order = np.argsort(self.x[:, 0], kind="stable")
        return Rows(
            self.x[order],
            self.raw[order],
            self.adjusted[order],
            None if self.y_true is None else self.y_true[order],
        )

    def at_steps(self, steps):
        """Return the rows with a position for each step, or None if unknown."""
        x = shift_by_steps(self.x, steps, self.y_true)
        return None if x is None else replace(self, x=x)

    def changed_values(self):
        """Return the positions and raw values of the changed predictions."""
        is_changed = self.raw != self.adjusted
        x = np.broadcast_to(self.x, self.raw.shape)
        return x[is_changed], self.raw[is_changed]

    def summary(self, n_stretches):
        """Summarise stretches of consecutive rows of about equal length.

        Parameters
        ----------
        n_stretches : int
            Number of stretches, at most the number of rows.

        Returns
        -------
        means : Rows
            Mean of each stretch, at the position of its middle row.
        lowest, highest : ndarray of shape (n_stretches, n_outputs)
            Minimum and maximum of `adjusted`.
        largest : Rows
            The prediction with the largest change in each stretch.
        """
        edges = np.linspace(0, len(self.x), n_stretches + 1).astype(int)
        starts = edges[:-1]
        means = Rows(
            self.x[(starts + edges[1:]) // 2],
            _means(self.raw, starts),
            _means(self.adjusted, starts),
            None if self.y_true is None else _means(self.y_true, starts),
        )
        lowest = np.minimum.reduceat(self.adjusted, starts)
        highest = np.maximum.reduceat(self.adjusted, starts)
        change = np.abs(self.raw - self.adjusted)
        places = [
            np.unravel_index(block.argmax(), block.shape)
            for block in np.split(change, edges[1:-1])
        ]
        at = starts + [i for i, _ in places], [j for _, j in places]
        x = np.broadcast_to(self.x, self.raw.shape)
        largest = Rows(x[at], self.raw[at], self.adjusted[at], None)
        return means, lowest, highest, largest


def _means(values, starts):
    """Return the mean of each stretch, ignoring NaN."""
    is_known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(is_known, values, 0), starts)
    counts = np.add.reduceat(is_known.astype(np.intp), starts)
    unknown = np.full(sums.shape, np.nan)
    return np.divide(sums, counts, out=unknown, where=counts > 0)
