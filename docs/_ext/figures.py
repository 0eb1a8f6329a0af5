"""Figures of the gallery: transparent grounds, and thumbnails that can be read.

A figure with small text makes an unreadable thumbnail. So each thumbnail shows one of
the axes of one of the figures of its example (see `gallery.THUMBNAILS`), drawn again in
the size of a thumbnail: with large text, few ticks, and without titles and legends.
"""

import pickle
import re
import shutil
from pathlib import Path
from textwrap import indent

import numpy as np
from gallery import THUMBNAILS
from sphinx_gallery.scrapers import matplotlib_scraper

SIZE = (4.0, 2.8)  # inches


def reset(gallery_conf, fname):
    """Save figures without ground, since pages are light or dark."""
    import matplotlib

    matplotlib.rcParams["savefig.transparent"] = True


def scraper(block, block_vars, gallery_conf, **kwargs):
    """Save the figures of a block, and a readable one for the thumbnail."""
    from matplotlib import pyplot as plt

    paths = block_vars["image_path_iterator"]
    name = Path(block_vars["src_file"]).stem
    number, position = THUMBNAILS.get(name, (1, 0))
    index = number - len(paths) - 1
    copy = None
    if 0 <= index < len(plt.get_fignums()):
        copy = pickle.dumps(plt.figure(plt.get_fignums()[index]))
    rst = matplotlib_scraper(block, block_vars, gallery_conf, **kwargs)  # closes them
    if copy is not None:
        figure = pickle.loads(copy)
        folder = Path(paths.image_path).parent / "thumb"
        folder.mkdir(parents=True, exist_ok=True)
        _simplify(figure, position)
        figure.savefig(folder / f"sphx_glr_{name}_readable.png", dpi=200)
        plt.close(figure)
    if not rst.strip():
        return rst
    # A box in which wide figures scroll on narrow screens; see layout.css.
    return f"\n.. container:: figure-box\n\n{indent(rst, '   ')}\n"


def _simplify(figure, position):
    """Keep one of the axes, in the size of a thumbnail."""
    from matplotlib import dates
    from matplotlib.gridspec import GridSpec
    from matplotlib.ticker import FixedLocator, MaxNLocator

    ax = figure.axes[position]
    for name in ("xlabel", "ylabel"):  # of axes that share a label, only one has it
        labels = [one.properties()[name] for one in (ax, *figure.axes)]
        ax.set(**{name: next(filter(None, labels), "")})
    for other in figure.axes:
        if other is not ax:
            other.remove()
    for legend in [*figure.legends, *filter(None, [ax.get_legend()])]:
        legend.remove()
    for text in [*ax.texts, *filter(None, [figure._suptitle])]:
        text.remove()
    figure._suptitle = None
    figure.set_size_inches(SIZE)
    ax.set_subplotspec(GridSpec(1, 1, figure=figure)[0])
    ax.set_title("")
    ax.tick_params(labelsize=14, labelbottom=True, labelleft=True, labelrotation=0)
    ax.xaxis.get_offset_text().set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        unit = re.search(r"\((.*)\)", axis.label.get_text())
        axis.set_label_text(unit[1] if unit else "", size=14)
        if isinstance(axis.get_converter(), dates._SwitchableDateConverter):
            n_days = np.ptp(axis.get_view_interval())
            axis.set_major_locator(dates.AutoDateLocator(minticks=2, maxticks=3))
            form = "%d %b" if n_days > 2 else "%H:%M"
            axis.set_major_formatter(dates.DateFormatter(form))
        elif not isinstance(axis.get_major_locator(), FixedLocator):  # of names
            axis.set_major_locator(MaxNLocator(3))
    for line in ax.lines:
        line.set_linewidth(1.4 * line.get_linewidth())


def write_thumbnails(app):
    """Replace the thumbnails of sphinx-gallery by the readable ones."""
    for readable in Path(app.srcdir, "auto_examples").rglob("*_readable.png"):
        thumbnail = readable.name.replace("_readable", "_thumb")
        shutil.copyfile(readable, readable.with_name(thumbnail))


def setup(app):
    """Register the replacement, after sphinx-gallery has run the examples."""
    app.connect("builder-inited", write_thumbnails, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
