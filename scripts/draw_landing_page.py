"""Draw the pictures of the landing page and the README, from the demo's forecasts.

Run it after a change of `examples/plot_solar.py` or of the default network. It writes
`docs/_static/solar_{before,after}_{light,dark}.svg`.
"""

import runpy
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pandas as pd
from matplotlib import dates as mdates
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
DAYS = slice("1990-10-22", "1990-10-24")
COLORS = {
    "light": {
        "ink": "#222832",
        "GHI": "#c2570c",
        "DHI": "#1f6feb",
        "broken": "#d1242f",
    },
    "dark": {"ink": "#e6e8ec", "GHI": "#ff9f4a", "DHI": "#6cb6ff", "broken": "#ff6b6b"},
}


def draw(forecast, measured, share, title, path, colors):
    """Draw a forecast of irradiance, and shade the hours that violate a rule."""
    ink = colors["ink"]
    style = {
        "font.size": 12,
        "svg.hashsalt": "sklstm",
        "axes.spines.top": False,
        "axes.spines.right": False,
        **dict.fromkeys(
            ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color"), ink
        ),
        "ytick.color": ink,
    }
    half_hour = pd.Timedelta("30min")
    with plt.rc_context(style):
        figure, ax = plt.subplots(figsize=(5.2, 3.4), layout="constrained")
        broken = (forecast["DHI+1"] > forecast["GHI+1"]) | (forecast < 0).any(axis=1)
        for time in forecast.index[broken]:
            # Without antialiasing, neighbouring hours leave no seam.
            ax.axvspan(
                time - half_hour,
                time + half_hour,
                color=colors["broken"],
                alpha=0.2,
                linewidth=0,
                antialiased=False,
            )
        for name in ("DHI", "GHI"):
            ax.plot(measured[f"{name}+1"], color=ink, alpha=0.3, lw=4, label="measured")
            ax.plot(forecast[f"{name}+1"], color=colors[name], lw=1.8, label=name)
        ax.axhline(0, color=ink, linewidth=0.8, alpha=0.6)
        ax.set_ylim(-60, 760)
        ax.set_ylabel("Irradiance (W/m²)")
        ax.set_title(f"{title}\n{share:.0%} of the forecasts break a rule", fontsize=12)
        ax.xaxis.set_major_locator(mdates.DayLocator())
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%d %b"))
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(  # without the second "measured"
            handles[:2] + handles[3:],
            labels[:2] + labels[3:],
            frameon=False,
            ncols=3,
            loc="upper right",
            columnspacing=1.2,
        )
        figure.savefig(path, transparent=True, metadata={"Date": None})
        plt.close(figure)


def main():
    """Run the demo, and draw its forecasts."""
    demo = runpy.run_path(str(ROOT / "examples" / "plot_solar.py"))
    plt.close("all")
    measured = demo["y_test"].filter(regex=r"^(GHI|DHI)\+1$")
    for when, name, title in (
        ("before", "raw LSTM", "An LSTM"),
        ("after", "constrained", "The same LSTM in PositiveOrderedRegressor"),
    ):
        forecast = demo["forecasts"][name].set_index(measured.index)[measured.columns]
        share = demo["shares"].at["any rule", name]
        for theme, colors in COLORS.items():
            path = ROOT / "docs" / "_static" / f"solar_{when}_{theme}.svg"
            draw(forecast.loc[DAYS], measured.loc[DAYS], share, title, path, colors)


if __name__ == "__main__":
    main()
