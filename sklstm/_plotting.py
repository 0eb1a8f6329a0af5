"""What the displays share. Matplotlib is imported inside, when a figure is drawn."""

import numpy as np


def get_axes(ax, display):
    """Return the axes given, or those of a new figure for `display`."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__}.plot needs matplotlib; install it with "
            '`pip install "sklstm[plot]"`.'
        ) from error
    return plt.subplots(figsize=(8, 4), layout="constrained")[1]


def shades(n_shades, colormap="viridis", *, last=0.75):
    """Return colors of different brightness: a grey print, too, tells them apart."""
    from matplotlib import colormaps

    return colormaps[colormap](np.linspace(0.15, last, n_shades))


def draw_columns(ax, x, values, colors, *, label=None, **style):
    """Draw a line for each column; `label` puts the style of all into the legend."""
    lines = [
        ax.plot(x, column, color=color, **style)[0]
        for column, color in zip(values.T, colors, strict=True)
    ]
    if label is not None:
        ax.plot([], [], color="gray", label=label, **style)
    return lines


def format_dates(ax):
    """Write times short enough not to overlap."""
    from matplotlib.dates import ConciseDateFormatter

    locator = ax.xaxis.get_major_locator()
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
