"""What the displays share. Matplotlib is imported inside, when a figure is drawn."""

import textwrap
from datetime import timedelta
from numbers import Number

import numpy as np

from sklstm._utils.optional import import_extra

# Entries of a legend in one column, and characters of one line of it.
_ENTRIES = 15
_CHARACTERS = 30


def get_axes(ax, display):
    """Return the axes given, or those of a new figure for `display`."""
    plt = import_extra(
        "matplotlib.pyplot", extra="plot", needed_for=f"{type(display).__name__}.plot"
    )
    if ax is not None:
        return ax
    return plt.subplots(figsize=(8, 4), layout="constrained")[1]


def shades(n_shades, colormap="viridis", *, last=0.75):
    """Return colors of different brightness: a grey print, too, tells them apart."""
    from matplotlib import colormaps

    return colormaps[colormap](np.linspace(0.15, last, n_shades))


def draw_columns(ax, x, values, colors, *, label=None, **style):
    """Draw a line for each column; `label` puts the style of all into the legend."""
    if len(x) == 1:  # of which a line shows nothing
        style = {"marker": "o", **style}
    lines = [
        ax.plot(x, column, color=color, **style)[0]
        for column, color in zip(values.T, colors, strict=True)
    ]
    if label is not None:
        color = colors[0] if len(colors) == 1 else "gray"
        ax.plot([], [], color=color, label=label, **style)
    return lines


def as_label(name):
    """Return a name as Matplotlib shows it, to the letter and not too wide."""
    text = textwrap.fill(str(name), _CHARACTERS).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text  # these it leaves out


def draw_legend(ax):
    """Draw a legend beside the axes if the figure makes room for it, else within."""
    entries = len(ax.get_legend_handles_labels()[1])
    style = {"ncols": 1 + (entries - 1) // _ENTRIES}
    if ax.figure.get_layout_engine() is None:
        ax.legend(**style)
    else:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, **style)


def as_positions(x, n_samples, owner):
    """Return where rows stand on a horizontal axis, and what that axis is called.

    Parameters
    ----------
    x : array-like of shape (n_samples,) or None
        Numbers, times (or texts in ISO 8601), periods or spans of time; None for the
        numbers of the rows.
    n_samples : int
        The number of rows.
    owner : str
        Whom an error is about.

    Returns
    -------
    positions : ndarray of shape (n_samples,)
        Numbers, or datetime64 as a clock at the place shows it.
    label : str
        Empty for times, which tell what they are.
    """
    if x is None:
        return np.arange(n_samples), "Row"
    name = getattr(x, "name", None)
    # Polars would turn the times of a place into those of Greenwich.
    has_zone = getattr(getattr(x, "dtype", None), "time_zone", None)
    positions = np.asarray(x.to_list() if has_zone else x)
    if positions.shape != (n_samples,):
        raise ValueError(
            f"{owner}: `x` must hold a number or time for each of the {n_samples} "
            f"rows; got shape {positions.shape}."
        )
    if positions.dtype.kind == "O" and all(isinstance(p, Number) for p in positions):
        positions = positions.astype(np.float64)
    if positions.dtype.kind == "O" and all(isinstance(p, timedelta) for p in positions):
        positions = positions.astype("timedelta64[us]")
    if positions.dtype.kind not in "biufmM":
        positions = _as_clock_times(positions, owner)
    if positions.dtype.kind == "m":
        return positions / np.timedelta64(1, "h"), f"{name or 'Time'} (hours)"
    if positions.dtype.kind == "M":
        return positions, ""
    return positions, str(name or "")


def _as_clock_times(positions, owner):
    """Return times, periods or texts (ISO 8601) as datetime64, without a zone."""
    try:
        return np.array([_clock_time(one) for one in positions], dtype="datetime64[us]")
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{owner}: `x` must hold numbers or times; got {positions[0]!r}. Read text "
            "as times by pandas.to_datetime."
        ) from error


def _clock_time(moment):
    if hasattr(moment, "to_timestamp"):  # a period of pandas
        moment = moment.to_timestamp()
    return moment.replace(tzinfo=None) if hasattr(moment, "tzinfo") else moment


def format_dates(ax):
    """Write times short enough not to overlap."""
    from matplotlib.dates import ConciseDateFormatter

    locator = ax.xaxis.get_major_locator()
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
