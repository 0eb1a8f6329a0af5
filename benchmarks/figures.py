"""Figures of the studies: the change of the main score by each lever."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy.stats import t as student


def draw_differences(table, main, n_repeats):
    """Return a figure of the differences from ``raw``, in percent of its score.

    Dots of clear differences are filled.

    Parameters
    ----------
    table : DataFrame
        As `levers.summarize` returns it.
    main : str
        The score in question, a column of the table.
    n_repeats : int
        Seeds or folds behind each row, for the 95 % intervals.

    Returns
    -------
    matplotlib Figure
        A panel for each data set, all on one scale, linear up to 1 %.
    """
    # `persistence` is not a lever.
    table = table[~table["lever"].isin(["raw", "persistence"])]
    levers = list(dict.fromkeys(table["lever"]))
    names = list(dict.fromkeys(table["data"]))
    size = (2.4 + 2.2 * len(names), 1.1 + 0.27 * len(levers))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(names), sharex=True, sharey=True, squeeze=False)[0]
    for ax, name in zip(axes, names, strict=True):
        rows = table[table["data"] == name]
        difference = rows["difference from raw"].to_numpy()
        percent = 100 / (rows[main].to_numpy() - difference)
        center = percent * difference
        half_width = student.ppf(0.975, n_repeats - 1) / np.sqrt(n_repeats)
        reach = percent * half_width * rows["sd of difference"].to_numpy()
        is_clear = (rows["clear"] == "yes").to_numpy()
        places = np.array([levers.index(lever) for lever in rows["lever"]])
        ax.axvline(0, color="gray", linewidth=0.8)
        for chosen, fill in ((is_clear, "black"), (~is_clear, "white")):
            ax.errorbar(
                center[chosen],
                places[chosen],
                xerr=reach[chosen],
                fmt="o",
                color="black",
                markerfacecolor=fill,
                markersize=5,
                linewidth=1,
            )
        # From a thousandth to three times: linear up to 1 %, logarithmic beyond.
        ax.set_xscale("symlog", linthresh=1, linscale=0.6)
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_title(name.replace(", ", ",\n"), fontsize="medium")
        ax.grid(color="0.9")
        ax.set_axisbelow(True)
    axes[0].set_yticks(range(len(levers)), levers)
    axes[0].invert_yaxis()
    figure.supxlabel(
        f"Change of {main} from raw (%, linear up to 1 %); less is better",
        fontsize="medium",
    )
    return figure
