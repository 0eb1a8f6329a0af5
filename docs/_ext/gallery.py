"""Order of the gallery, most important first; see `sphinx_gallery_conf` in conf.py."""

from pathlib import Path

SECTIONS = {
    ".": ["plot_solar"],
    "constraints": [
        "plot_sums",
        "plot_bounds_by_row",
        "plot_target_transforms",
        "plot_remaining_life",
    ],
    "quantiles": ["plot_calibrated_rain", "plot_quantile_fan", "plot_forecast_fans"],
    "sequences": ["plot_windows", "plot_gaps", "plot_window_search"],
    "production": ["plot_trained_network", "plot_search"],
}

# The figure of each example that its thumbnail shows, counted from 1, and which of its
# axes, counted from 0; the first of the first without an entry.
THUMBNAILS = {
    "plot_remaining_life": (1, 1),
    "plot_forecast_fans": (1, 1),
    "plot_search": (2, 0),
}


def section_position(folder):
    """Return the position of a folder of examples."""
    return list(SECTIONS).index(Path(folder).name)


def example_position(file):
    """Return the position of an example within the gallery.

    An example that is missing in `SECTIONS` raises ValueError.
    """
    names = [name for section in SECTIONS.values() for name in section]
    return names.index(Path(file).stem)
