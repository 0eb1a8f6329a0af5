"""Legends, labels and dates: complete, legible, and beside the data."""

import itertools

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_allclose

from sklstm.inspection import ConstraintDisplay, LossCurveDisplay

LONG = [f"station {j:02d}, irradiance on the tilted plane" for j in range(20)]
LOSS = np.exp(-np.arange(30) / 9)


def draw_constraints(n_outputs, kind="lines", ax=None):
    raw = 100 * np.random.default_rng(0).normal(size=(40, n_outputs))
    return ConstraintDisplay.from_predictions(
        raw,
        np.maximum(raw, 0),
        y_true=raw[:, 0] if n_outputs < 4 else None,
        x=pd.date_range("2024-02-28", periods=40, freq="h"),
        output_names=LONG[:n_outputs] if n_outputs > 3 else None,
        unit="W/m²",
        kind=kind,
        ax=ax,
    )


def draw_losses(ax=None):
    display = LossCurveDisplay(loss=LOSS, val_loss=LOSS + 0.1, loss_name="mse, squared")
    return display.plot(ax=ax)


def draw(what, ax=None):
    return draw_losses(ax) if what == "losses" else draw_constraints(*what, ax=ax)


WHAT = pytest.mark.parametrize(
    "what",
    [(1, "lines"), (3, "lines"), (3, "fan"), (20, "lines"), (20, "fan"), "losses"],
    ids=str,
)
LAYOUTS = pytest.mark.parametrize("layout", [None, "constrained"])


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def highest_data(ax):
    """Return the top of the lines and bands, in pixels."""
    drawn = [line for line in ax.lines if len(line.get_ydata())]
    tops = [
        np.nanmax(ax.transData.transform(line.get_xydata())[:, 1])
        for line in drawn
        if line.get_transform() == ax.transData
    ]
    return max([*tops, *(band.get_window_extent().y1 for band in ax.collections)])


def assert_legend_is_complete_and_beside_the_data(ax):
    legend, inside = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert inside.x0 <= legend.x0 < legend.x1 <= inside.x1
    assert inside.y0 <= legend.y0 < legend.y1 <= inside.y1
    assert highest_data(ax) <= legend.y0


@WHAT
@LAYOUTS
@pytest.mark.parametrize("size", [(4, 3), (10, 4)])
def test_legend_of_given_axes_is_complete_and_covers_no_data(what, layout, size):
    figure, ax = plt.subplots(figsize=size, layout=layout)
    draw(what, ax)
    figure.canvas.draw()
    assert_legend_is_complete_and_beside_the_data(ax)
    low, high = ax.transData.transform([(0, y) for y in ax.dataLim.intervaly])[:, 1]
    assert high - low > 0.4 * ax.get_window_extent().height


@WHAT
@LAYOUTS
def test_legend_takes_no_room_from_the_axes(what, layout):
    figure, ax = plt.subplots(figsize=(4, 3), layout=layout)
    draw(what, ax)
    figure.canvas.draw()
    with_legend = ax.get_window_extent().frozen()
    ax.get_legend().remove()
    figure.canvas.draw()
    assert_allclose(with_legend.extents, ax.get_window_extent().extents, atol=0.5)


@WHAT
def test_a_figure_of_its_own_grows_by_its_legend_and_names_every_output(what):
    display = draw(what)
    display.figure_.canvas.draw()
    assert_legend_is_complete_and_beside_the_data(display.ax_)
    legend = display.ax_.get_legend().get_window_extent()
    data = display.ax_.get_window_extent().height - legend.height
    assert data / display.figure_.dpi == pytest.approx(3.4, abs=0.3)
    if what == (20, "lines"):
        assert [text.replace("\n", " ") for text in texts(display.ax_)][:20] == LONG


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_legends_in_a_grid_stay_in_their_axes(layout):
    figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout=layout, sharex=True)
    for ax, what in zip(
        axes.flat, [(1, "lines"), (3, "lines"), (20, "lines"), (3, "fan")], strict=True
    ):
        draw(what, ax)
    figure.canvas.draw()
    for ax in axes.flat:
        assert_legend_is_complete_and_beside_the_data(ax)


def test_outputs_that_cannot_all_be_named_are_counted():
    _, ax = plt.subplots(figsize=(6, 4))
    draw_constraints(20, ax=ax)
    assert texts(ax)[:3] == [
        "station 00, irradiance on the …",
        "… 18 between …",
        "station 19, irradiance on the …",
    ]
    _, ax = plt.subplots(figsize=(3, 2))
    draw_constraints(20, ax=ax)
    assert texts(ax) == ["20 outputs", "raw", "changed (100% of rows)"]


def test_a_legend_without_room_is_left_out_with_a_warning():
    _, axes = plt.subplots(3, 3, figsize=(4, 3))
    with pytest.warns(UserWarning, match="are too small for the legend") as record:
        draw_constraints(3, ax=axes[0, 0])
    assert record[0].filename == __file__
    assert axes[0, 0].get_legend() is None


def test_limits_chosen_by_the_user_stay():
    _, ax = plt.subplots()
    ax.set_ylim(-1, 2)
    draw_constraints(3, ax=ax)
    assert ax.get_ylim() == (-1, 2)
    # Otherwise, what is drawn later still widens them.
    display = draw_constraints(3)
    display.ax_.plot(display.x[0], 1e6, "o")
    assert display.ax_.get_ylim()[1] > 1e6


@pytest.mark.parametrize("invert", [False, True])
def test_the_legend_has_room_on_other_scales(invert):
    _, ax = plt.subplots(figsize=(4, 3))
    ax.set_yscale("log")
    values = np.geomspace(1, 1000, 12).reshape(4, 3)
    ConstraintDisplay.from_predictions(values, values, ax=ax)
    if invert:
        _, ax = plt.subplots(figsize=(4, 3))
        ax.yaxis.set_inverted(True)
        ConstraintDisplay.from_predictions(values, values, ax=ax)
    ax.figure.canvas.draw()
    assert_legend_is_complete_and_beside_the_data(ax)


def test_the_legend_is_drawn_in_subfigures():
    part = plt.figure(figsize=(8, 4), layout="constrained").subfigures(1, 2)[1]
    draw_constraints(3, ax=part.subplots())
    part.figure.canvas.draw()
    assert_legend_is_complete_and_beside_the_data(part.axes[0])


@pytest.mark.parametrize("width", [4, 10])
def test_dates_do_not_overlap(width):
    figure, ax = plt.subplots(figsize=(width, 3), layout="constrained")
    draw_constraints(3, ax=ax)
    figure.canvas.draw()
    low, high = ax.get_xlim()
    boxes = [
        label.get_window_extent()
        for label in ax.get_xticklabels()
        if low <= label.get_position()[0] <= high
    ]
    assert len(boxes) > 1
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))


def test_a_vertical_label_longer_than_the_axes_takes_two_lines():
    _, (short, tall) = plt.subplots(1, 2, figsize=(8, 4))
    short.set_position([0.1, 0.1, 0.4, 0.25])
    for ax in (short, tall):
        draw_losses(ax)
    assert tall.get_ylabel() == "Loss (mse, squared)"
    assert short.get_ylabel() == "Loss\n(mse, squared)"


def test_many_marks_are_small():
    few, many = draw_constraints(1), draw_constraints(20)
    assert many.marks_.get_markersize() < few.marks_.get_markersize()
    assert mpl.rcParams["lines.markersize"] >= few.marks_.get_markersize()
