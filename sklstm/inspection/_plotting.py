"""Helpers of the displays. Matplotlib is imported only when a figure is drawn."""

import re
import textwrap
import warnings

import numpy as np

from sklstm._utils.optional import import_extra

MANY_MARKS = 150  # from here on they are drawn smaller
N_STRETCHES = 200  # of rows that are too many to draw

_LARGEST = 1e300  # number that is drawn

_WIDTH, _HEIGHT = 8, 4  # of a new figure, in inches
_LABEL_WIDTH = 30  # characters in one line of the legend
_DATE_WIDTH = 0.6  # of a date on the horizontal axis, in inches
_LARGEST_LEGEND = 0.5  # its share of the height of given axes


def get_axes(ax, display, *, size=(_WIDTH, _HEIGHT)):
    """Return the given axes, or the axes of a new figure if None."""
    plt = import_extra(
        "matplotlib.pyplot", extra="plot", needed_for=f"{type(display).__name__}.plot"
    )
    if ax is not None:
        return ax
    return plt.subplots(figsize=size, layout="constrained")[1]


def check_drawable(owner, **values):
    """Raise if values are so large that the limits of axes would overflow."""
    for name, array in values.items():
        if array is None:
            continue
        largest = np.abs(array, dtype=np.float64)
        largest = largest[np.isfinite(largest)].max(initial=0)
        if largest > _LARGEST:
            raise ValueError(
                f"{owner}: `{name}` reaches {largest:.1e}, which is too large to be "
                "drawn. Use a larger unit."
            )


def shades(n_shades, colormap="viridis", *, last=0.75):
    """Return colors that differ in brightness, so also when printed in grey."""
    from matplotlib import colormaps

    return colormaps[colormap](np.linspace(0.15, last, n_shades))


def draw_columns(ax, x, values, colors, *, label=None, **style):
    """Draw a line for each column of `values`.

    `x` has one column, or as many as `values`. `label` is a single entry of the legend
    for all lines.
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


def draw_bands(ax, x, values, labels):
    """Draw bands between the first and last column, the second and last but one, etc.

    `labels` has one label for each band. The colors are light, so that lines and marks
    on the bands stay visible.
    """
    return [
        ax.fill_between(
            x,
            values[:, j],
            values[:, -1 - j],
            color=color,
            linewidth=0 if len(x) > 1 else 8,  # one row has no width
            label=as_label(label),
        )
        for j, (label, color) in enumerate(
            zip(labels, shades(len(labels), "Blues", last=0.45), strict=True)
        )
    ]


def draw_target(ax, x, y_true, colors, *, is_shared):
    """Draw the target values as dots.

    A single target that is shared by several outputs has the color of none of them.
    """
    return draw_columns(
        ax,
        x[:, :1] if is_shared else x,
        y_true,
        ["white"] if is_shared else colors,
        label="target",
        linestyle="none",
        marker="o",
        markersize=4 if len(x) < MANY_MARKS else 2.5,
        markeredgecolor="black",
        markeredgewidth=0.8 if is_shared else 0.4,
        zorder=4,
    )


def literal(text):
    """Escape dollar signs, which Matplotlib would take for the start of a formula."""
    return str(text).replace("$", r"\$")


def as_label(name):
    """Return a name as an entry of a legend, wrapped to a limited width."""
    text = literal(textwrap.fill(str(name), _LABEL_WIDTH))
    # Matplotlib leaves labels that start with an underscore out of legends.
    return f" {text}" if text.startswith("_") else text


def draw_legend(ax, outputs=(), *, n_outputs=0, title=None, is_own_figure=False):
    """Draw a legend inside the axes, above the data.

    The vertical limits are widened to make room for it, so that it neither covers data
    nor is cut off; a figure created by `get_axes` is made taller as well. If the names
    of all outputs do not fit, the first and the last are shown, or only their number.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes on which everything else has been drawn.
    outputs : sequence of artists, default=()
        Labelled artists that represent outputs.
    n_outputs : int, default=0
        Number of outputs that these artists represent.
    title : str, default=None
        Title of the legend.
    is_own_figure : bool, default=False
        Whether `get_axes` created the figure.
    """
    figure = ax.figure.canvas.figure  # the whole figure, if `ax` is in a subfigure
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    box = ax.get_window_extent().frozen()
    highest = box.height * (1 if is_own_figure else _LARGEST_LEGEND)
    entries = dict(zip(*ax.get_legend_handles_labels(), strict=True))
    for shown in _ever_fewer(entries, outputs, n_outputs):
        height = _draw_in_columns(ax, shown, title, box.x1)
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


def _draw_in_columns(ax, entries, title, right):
    """Draw a legend in as few rows as fit left of `right`; return its height.

    Both are in pixels. The legend does not begin at the left edge of the axes, but at a
    margin from it, so that its width alone does not tell if it fits.
    """
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
        if extent.x1 <= right:
            return extent.height
    return np.inf


def _ever_fewer(entries, outputs, n_outputs):
    """Yield the entries of a legend, then two shorter versions of them."""
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
    """Return the entries of a legend with a single text in place of some outputs."""
    from matplotlib.lines import Line2D

    blank = Line2D([], [], linestyle="none")
    first, rest = outputs[0], set(outputs[1:])
    return {
        blank if handle is first else handle: text if handle is first else label
        for handle, label in entries.items()
        if handle not in rest
    }


def _leave_room_above(ax, share):
    """Widen the vertical limits so that a share of the axes is free at the top."""
    if not ax.get_autoscaley_on():  # the user has set the limits
        return
    transform = ax.yaxis.get_transform()
    low, high = transform.transform(np.array(ax.get_ylim()))
    high = low + (high - low) / (1 - share)
    # `auto=None` leaves autoscaling on for whatever is drawn later.
    ax.set_ylim(top=transform.inverted().transform([high])[0], auto=None)


def label_axes(ax, xlabel, ylabel):
    """Label both axes; break the vertical label if it is longer than its axis."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    label = ax.yaxis.get_label()
    if label.get_window_extent().height > ax.get_window_extent().height:
        ax.set_ylabel(ylabel.replace(" (", "\n(", 1))


def format_dates(ax):
    """Format dates concisely, and show as many as the width of the axes allows."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    room = int(ax.get_window_extent().width / ax.figure.dpi / _DATE_WIDTH)
    # The intervals of the locator are limited: it warns if it must draw at least 2
    # ticks and fewer than 5 are allowed.
    minticks, maxticks = (2, room) if room >= 5 else (1, 3)
    locator = AutoDateLocator(minticks=minticks, maxticks=maxticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
