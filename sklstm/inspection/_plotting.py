"""What the displays share. Matplotlib is imported inside, when a figure is drawn."""

import re
import textwrap
import warnings

import numpy as np

from sklstm._utils.optional import import_extra

_WIDTH, _HEIGHT = 8, 4  # of a figure that a display makes, in inches
_LABEL_WIDTH = 30  # characters in one line of the legend
_DATE_WIDTH = 0.6  # of a date on the horizontal axis, in inches
_LARGEST_LEGEND = 0.5  # its share of the height of given axes


def get_axes(ax, display):
    """Return the given axes, or those of a new figure for `display`."""
    plt = import_extra(
        "matplotlib.pyplot", extra="plot", needed_for=f"{type(display).__name__}.plot"
    )
    if ax is not None:
        return ax
    return plt.subplots(figsize=(_WIDTH, _HEIGHT), layout="constrained")[1]


def shades(n_shades, colormap="viridis", *, last=0.75):
    """Return colors of different brightness, which a grey print keeps apart."""
    from matplotlib import colormaps

    return colormaps[colormap](np.linspace(0.15, last, n_shades))


def draw_columns(ax, x, values, colors, *, label=None, **style):
    """Draw a line for each column; `label` adds one entry for all to the legend.

    `x` has one column for all of `values`, or one for each.
    """
    if len(x) == 1:  # a line through one point is invisible
        style = {"marker": "o", **style}
    lines = [
        ax.plot(at, column, color=color, **style)[0]
        for at, column, color in zip(
            np.broadcast_to(x, values.shape).T, values.T, colors, strict=True
        )
    ]
    if label is not None:
        color = colors[0] if len(colors) == 1 else "gray"
        ax.plot([], [], color=color, label=label, **style)
    return lines


def literal(text):
    """Return text that Matplotlib shows to the letter, dollar signs included."""
    return str(text).replace("$", r"\$")


def as_label(name):
    """Return a name for the legend, to the letter and in lines of limited width."""
    text = literal(textwrap.fill(str(name), _LABEL_WIDTH))
    return f" {text}" if text.startswith("_") else text  # else left out of legends


def draw_legend(ax, outputs=(), *, n_outputs=0, title=None, is_own_figure=False):
    """Draw a legend within the axes, above the data.

    The data are given less of the axes' height, so that the legend covers none of them
    and nothing cuts it off; a figure that a display made gets higher instead. Where not
    all outputs can be named, only the first and the last are, or none.

    Parameters
    ----------
    ax : matplotlib Axes
        Everything else has been drawn on them.
    outputs : sequence of artists, default=()
        The artists, out of those with a label, that stand for outputs.
    n_outputs : int, default=0
        The number of outputs that these artists show.
    title : str, default=None
        The title of the legend.
    is_own_figure : bool, default=False
        Whether the figure was made by `get_axes`.
    """
    figure = ax.figure.canvas.figure  # also of a subfigure
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    box = ax.get_window_extent().frozen()
    highest = box.height * (1 if is_own_figure else _LARGEST_LEGEND)
    entries = dict(zip(*ax.get_legend_handles_labels(), strict=True))
    for shown in _ever_fewer(entries, outputs, n_outputs):
        height = _draw_in_columns(ax, shown, title, box.width)
        if height <= highest:
            break
    else:
        ax.get_legend().remove()
        warnings.warn(
            f"The axes, {box.width:.0f} x {box.height:.0f} pixels, are too small for "
            "the legend, which is left out.",
            stacklevel=4,
        )
        return
    total = box.height
    if is_own_figure:
        figure.set_figheight(figure.get_figheight() + height / figure.dpi)
        total += height
    _leave_room_above(ax, height / total)


def _draw_in_columns(ax, entries, title, width):
    """Draw a legend in as few rows as fit the width; return its height in pixels."""
    for n_rows in range(1, len(entries) + 1):
        legend = ax.legend(
            entries.keys(),
            entries.values(),
            loc="upper left",
            ncols=-(-len(entries) // n_rows),
            title=title,
            alignment="left",
            fontsize="small",
            title_fontsize="small",
            frameon=False,
        )
        extent = legend.get_window_extent()
        if extent.width <= width:
            return extent.height
    return np.inf


def _ever_fewer(entries, outputs, n_outputs):
    """Yield the entries of a legend, then fewer and shorter ones, then fewest."""
    yield entries
    if len(outputs) > 3:
        short = {
            h: re.sub("\n.*", " …", label, flags=re.DOTALL)
            for h, label in entries.items()
        }
        yield _summed_up(short, outputs[1:-1], f"… {len(outputs) - 2} between …")
    if len(outputs) > 1:
        yield _summed_up(entries, outputs, f"{n_outputs} outputs")


def _summed_up(entries, outputs, text):
    """Return the entries of a legend with one text in place of these outputs."""
    from matplotlib.lines import Line2D

    blank = Line2D([], [], linestyle="none")
    first, rest = outputs[0], set(outputs[1:])
    return {
        blank if handle is first else handle: text if handle is first else label
        for handle, label in entries.items()
        if handle not in rest
    }


def _leave_room_above(ax, share):
    """Widen the vertical limits so that this share of the axes is free at the top."""
    if not ax.get_autoscaley_on():  # the user has chosen the limits
        return
    transform = ax.yaxis.get_transform()
    low, high = transform.transform(np.array(ax.get_ylim()))
    high = low + (high - low) / (1 - share)
    # Whatever is drawn later may still change the limits.
    ax.set_ylim(top=transform.inverted().transform([high])[0], auto=None)


def label_axes(ax, xlabel, ylabel):
    """Label both axes, the vertical one in two lines if it is too long for one."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    label = ax.yaxis.get_label()
    if label.get_window_extent().height > ax.get_window_extent().height:
        ax.set_ylabel(ylabel.replace(" (", "\n(", 1))


def format_dates(ax):
    """Write times short, and as many as the width of the axes has room for."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    room = int(ax.get_window_extent().width / ax.figure.dpi / _DATE_WIDTH)
    # The steps that the locator knows give 5 ticks at most if it must give 2, else 3.
    minticks, maxticks = (2, room) if room >= 5 else (1, 3)
    locator = AutoDateLocator(minticks=minticks, maxticks=maxticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
