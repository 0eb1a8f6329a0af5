"""Measurements on the pages: tables to be read, and figures of their answers.

The committed CSV files hold what the benchmarks wrote, for machines. The directives of
this module show it to people: ``.. measured:: NAME [DATA]`` is one of the tables in
`TABLES`, and ``.. measured-figure:: NAME`` one of the figures in `FIGURES`. Both are
made when the pages are built, so that they cannot differ from the files.
"""

import csv
import math
from itertools import groupby
from operator import itemgetter
from pathlib import Path

DOCS = Path(__file__).parents[1]


def read(name):
    """Return the rows of a CSV file in docs, each a dict of str."""
    with open(DOCS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text, digits=3):
    """Return a number with so many significant digits at least, and no exponent.

    >>> number("1.37e+03"), number("0.046"), number("55.402"), number("nan")
    ('1,370', '0.0460', '55.4', '–')
    """
    value = float(text)
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".replace("-", "−")


def percent(text):
    """Return a share in percent.

    >>> percent("51.9"), percent("0.0"), percent("0.04")
    ('52 %', '0', '< 0.1 %')
    """
    value = float(text)
    if value == 0:
        return "0"
    if value < 0.1:
        return "< 0.1 %"
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def seconds(text):
    """Return a time with its unit.

    >>> seconds("67.96"), seconds("0.0312"), seconds("7.9e-06"), seconds("nan")
    ('68.0 s', '31.2 ms', '7.90 µs', '–')
    """
    value = float(text)
    if not math.isfinite(value):
        return "–"
    unit, size = ("s", 1.0) if value >= 1 else ("ms", 1e-3)
    unit, size = (unit, size) if value >= 1e-4 else ("µs", 1e-6)
    return f"{number(value / size)} {unit}"


def change(row, score, n_repeats):
    """Return the change from raw in percent of it, with its 95 % interval.

    It is in bold if the interval does not contain 0.
    """
    if row["lever"] == "raw":
        return "–"
    by = float(row["difference from raw"])
    before = float(row[score]) - by
    # Quantiles 0.975 of Student's t, which is not worth an import of SciPy.
    quantile = {3: 4.303, 10: 2.262}[n_repeats]
    reach = quantile / math.sqrt(n_repeats) * float(row["sd of difference"])
    text, reach = (f"{100 * value / before:.1f}" for value in (by, reach))
    text = text.replace("-0.0", "0.0").replace("-", "−")
    text = f"{text} ± {reach}"
    return f"**{text}**" if row["clear"] == "yes" else text


def levers(file, data, score, *, n_repeats, coverage=False, width=False):
    """Return the header and rows of a study of levers on one data set.

    Its numbers are means over `n_repeats` seeds or periods.
    """
    header = ["", "RMSE" if score == "RMSE" else "Loss", "Change, %", "Broken rows"]
    header += (["Coverage"] if coverage else []) + (["Width"] if width else [])
    rows = []
    for row in read(file):
        if row["data"] != data:
            continue
        cells = [row["lever"], number(row[score]), change(row, score, n_repeats)]
        cells.append(percent(row["rows broken (%)"]))
        cells += [percent(row["coverage of 90 % (%)"])] if coverage else []
        cells += [number(row["width of 90 %"])] if width else []
        rows.append(cells)
    return header, rows


def points(data):
    return levers("evidence/levers_point.csv", data, "RMSE", n_repeats=10)


def quantiles(data):
    file = "evidence/levers_quantile.csv"
    return levers(file, data, "pinball loss", n_repeats=10, coverage=True)


def wrapped_points(data):
    return levers("evidence/wrappers_point.csv", data, "RMSE", n_repeats=3)


def wrapped_quantiles(data):
    file = "evidence/wrappers_quantile.csv"
    return levers(file, data, "pinball loss", n_repeats=3, coverage=True)


def calibrated(data):
    file = "evidence/wrappers_calibrated.csv"
    return levers(file, data, "pinball loss", n_repeats=3, coverage=True, width=True)


def zeros(data):
    file = "evidence/zeros_quantile.csv"
    header, rows = levers(
        file, data, "pinball loss", n_repeats=3, coverage=True, width=True
    )
    keep = [0, 1, 2, 4, 5]
    return [header[i] for i in keep], [[row[i] for i in keep] for row in rows]


def bounds(data):
    header = ["", "RMSE", "Change, %", "RMSE at night", "Broken rows"]
    rows = [
        [
            row["lever"],
            number(row["RMSE"]),
            change(row, "RMSE", 3),
            number(row["RMSE at night"]),
            percent(row["negative or above ETR + 5 (%)"]),
        ]
        for row in read("evidence/rules_bounds.csv")
        if row["data"] == data
    ]
    return header, rows


def sums(data):
    header = ["", "RMSE", "Change, %", "Casual", "All", "Broken rows", "Time"]
    rows = [
        [
            row["lever"],
            number(row["RMSE"]),
            change(row, "RMSE", 3),
            number(row["RMSE of casual"]),
            number(row["RMSE of count"]),
            percent(row["broken rows (%)"]),
            seconds(float(row["ms"]) / 1000),
        ]
        for row in read("evidence/rules_sums.csv")
        if row["data"] == data
    ]
    return header, rows


# Shorter names of columns, where space is short.
HEADERS = {
    "data": "Data",
    "persistence": "Persistence",
    "HistGradientBoosting": "Boosted trees",
    "LSTMRegressor()": "LSTM",
    "its spread": "Its spread",
    "candidate": "Candidate",
    "solar": "Solar",
    "seattle weather": "Seattle",
    "bike sharing": "Bikes",
    "nitric oxides": "NOx",
    "sunspots": "Sunspots",
    "tree rings": "Tree rings",
    "weather of 2023": "Weather",
    "epochs, mean": "Epochs",
}


def as_it_is(file):
    """Return a whole file, with shorter names of its columns."""
    rows = read(file)
    header = [HEADERS.get(name, name) for name in rows[0]]
    return header, [list(row.values()) for row in rows]


def defaults(_):
    return as_it_is("defaults.csv")


def defaults_choice(_):
    return as_it_is("defaults_choice.csv")


def defaults_elsewhere(_):
    return as_it_is("defaults_elsewhere.csv")


def forward(steps_and_channels):
    """Return the times of predictions of networks with so many steps and channels."""
    steps, channels = steps_and_channels.split()
    header = ["Units", "Rows", "NumPy", "TensorFlow", "Times as fast"]
    rows = [
        [
            row["units"] + (", both ways" if row["bidirectional"] else ""),
            f"{int(row['rows']):,}",
            seconds(row["sklstm (s)"]),
            seconds(row["TensorFlow (s)"]),
            row["ratio"],
        ]
        for row in read("forward.csv")
        if (row["steps"], row["channels"]) == (steps, channels)
    ]
    return header, rows


def goal_of(row):
    """Return the goal of a benchmark, and whether it is met (None without a goal)."""
    if not row["goal"]:
        return None, None
    sign, bound, *unit = row["goal"].split()
    if unit:  # memory: "<= 50 MB"
        used = float(row["note"].split()[0])
        return f"{bound} {unit[0]}", used <= float(bound)
    assert sign == ">="
    return float(bound), float(row["ratio"]) >= float(bound)


def peers(benchmark):
    """Return the measurements against peers of one of the benchmarks."""
    header = ["Work", "Against", "sklstm", "Peer", "Times as fast", "Goal"]
    rows = []
    for row in read("performance.csv"):
        if row["benchmark"] != benchmark:
            continue
        goal, met = goal_of(row)
        times = [seconds(row["sklstm (s)"]), seconds(row["peer (s)"])]
        if "MB and" in row["note"]:
            times = row["note"].split(" and ")
        if goal is None:
            shown = "–"
        else:
            shown = goal if isinstance(goal, str) else f"{goal:g}"
            shown += "" if met else " **missed**"
        ratio = number(row["ratio"], digits=2)
        rows.append([row["work"], row["peer"], *times, ratio, shown])
    return header, rows


def versions(file):
    rows = read(f"evidence/{file}_versions.csv")
    return ["Software", "Version"], [list(row.values()) for row in rows]


TABLES = {
    function.__name__: function
    for function in (
        points,
        quantiles,
        wrapped_points,
        wrapped_quantiles,
        calibrated,
        zeros,
        bounds,
        sums,
        defaults,
        defaults_choice,
        defaults_elsewhere,
        forward,
        peers,
        versions,
    )
}

# What the figure of the evidence shows: label, file, data, score and lever.
STUDIED = {
    "LSTM, one value": [
        ("solar radiation", "levers_point", "solar", "RMSE", "projection"),
        ("bike hires", "levers_point", "bike sharing", "RMSE", "projection"),
    ],
    "LSTM, quantiles": [
        ("solar radiation", "levers_quantile", "solar", "pinball loss", "sort"),
        ("rain", "levers_quantile", "seattle weather", "pinball loss", "sort"),
        ("bike hires", "levers_quantile", "bike sharing", "pinball loss", "sort"),
    ],
    "XGBoost, quantiles": [
        (
            "solar radiation",
            "wrappers_quantile",
            "solar, XGBoost",
            "pinball loss",
            "sort",
        ),
        (
            "rain",
            "wrappers_quantile",
            "seattle weather, XGBoost",
            "pinball loss",
            "sort",
        ),
        (
            "bike hires",
            "wrappers_quantile",
            "bike sharing, XGBoost",
            "pinball loss",
            "sort",
        ),
    ],
    "Trees, parts and total": [
        (
            "bike hires",
            "rules_sums",
            "hires, HistGradientBoosting",
            "RMSE",
            "projection, weighted by precision",
        ),
    ],
}


def studied():
    """Return a row for each bar: label, broken rows before and after, and change."""
    rows = []
    for group, studies in STUDIED.items():
        for label, file, data, score, lever in studies:
            by_lever = {
                row["lever"]: row
                for row in read(f"evidence/{file}.csv")
                if row["data"] == data
            }
            raw, adjusted = by_lever["raw"], by_lever[lever]
            broken = "broken rows (%)" if file == "rules_sums" else "rows broken (%)"
            by = 100 * (float(adjusted[score]) / float(raw[score]) - 1)
            clip = by_lever.get("clip")
            rows.append(
                {
                    "group": group,
                    "label": label,
                    "raw": float(raw[broken]),
                    "clip": float(clip[broken]) if clip else None,
                    "adjusted": float(adjusted[broken]),
                    "change": by,
                }
            )
    return rows


def label_rows(ax, rows):
    """Label the rows of a figure from top to bottom, below their groups in bold.

    Each row gets its "place" on the vertical axis.
    """
    place, ticks = 0.0, {}
    for group, members in groupby(rows, key=itemgetter("group")):
        place += 1.0
        ticks[place - 0.1] = group
        for row in members:
            place += 1.0
            ticks[place] = row["label"]
            row["place"] = place
    ax.set_yticks(list(ticks), ticks.values())
    groups = {row["group"] for row in rows}
    for tick in ax.get_yticklabels():
        if tick.get_text() in groups:
            tick.set_fontweight("bold")
    ax.set_ylim(place + 0.7, 0.4)


def write_number(ax, text, end, place, *, shift, **kwargs):
    """Write a number beside the end of its bar."""
    offset = {"xytext": (shift, 0), "textcoords": "offset points"}
    ax.annotate(text, (end, place), va="center", fontsize=9, **offset, **kwargs)


def draw_evidence():
    """Return the figure of what constraints repair, and of what that costs."""
    from matplotlib.figure import Figure

    rows = studied()
    figure = Figure(figsize=(5.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.25, 1])
    label_rows(left, rows)
    left.tick_params(axis="y", pad=8)  # the dots at 0 reach out of the axes
    y = [row["place"] for row in rows]
    left.hlines(y, 0, [row["raw"] for row in rows], color="tab:red", alpha=0.4, lw=5)
    left.plot([r["raw"] for r in rows], y, "o", color="tab:red", label="without")
    clipped = [row for row in rows if row["clip"] is not None]
    left.plot(
        [row["clip"] for row in clipped],
        [row["place"] for row in clipped],
        "|",
        color="black",
        markersize=10,
        markeredgewidth=2,
        label="only clipped",
    )
    left.plot(
        [row["adjusted"] for row in rows],
        y,
        "o",
        color="tab:blue",
        label="with sklstm",
        clip_on=False,
        zorder=3,
    )
    for row in rows:
        write_number(left, f"{row['raw']:.0f} %", row["raw"], row["place"], shift=6)
    left.set(xlim=(0, 119), xticks=[0, 50, 100], title="Rows that break a rule (%)")
    changes = [row["change"] for row in rows]
    right.barh(y, changes, color="tab:blue", height=0.55)
    for row in rows:
        text = f"{row['change']:.1f} %".replace("-", "−")
        write_number(right, text, row["change"], row["place"], shift=-4, ha="right")
    right.axvline(0, color="black", lw=0.8)
    right.set(xlim=(-9, 1), xticks=[-5, 0], title="Change of the error (%)")
    for ax in (left, right):
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.title.set_fontsize(10)
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    return figure


# What the figure of the performance shows, in the words of a reader: the benchmarks and
# peers are those of performance.csv.
RACES = {
    "Constraints": [
        (
            "9 quantiles, 100,000 rows",
            "projection of chains, 100000 x 9",
            "loop over scipy",
        ),
        ("24 outputs", "projection of chains, 20000 x 24", "loop over scipy"),
        ("100 outputs", "projection of chains, 2000 x 100", "loop over scipy"),
        ("300 outputs", "projection of chains, 20000 x 300", "loop over scipy"),
        ("1000 outputs", "projection of chains, 200 x 1000", "loop over scipy"),
        (
            "grid of 10 x 10, 1000 rows",
            "partial order, grid 10 x 10, 1000 rows",
            "loop over quadprog",
        ),
        (
            "3 parts + total",
            "sums, 3 parts + total, 100000 rows",
            "loop over quadprog",
        ),
        ("sort and clip", "sort and clip, 100000 x 9, float64", "np.sort and np.clip"),
    ],
    "LSTM": [
        ("predict one row", "predict one row", "KerasRegressor"),
        ("predict one row", "predict one row", "skorch"),
        ("predict 100,000 rows", "predict 100k rows", "KerasRegressor"),
        ("predict 100,000 rows", "predict 100k rows", "skorch"),
        ("grid search, 24 fits", "grid search", "KerasRegressor"),
        ("grid search, 24 fits", "grid search, compilations included", "skorch"),
        ("first small fit", "first fit, 200 rows, 2 epochs", "KerasRegressor"),
        ("load, predict one row", "load and predict in a new process", "Ridge"),
    ],
}
SHORT = {
    "loop over scipy": "SciPy",
    "loop over quadprog": "quadprog",
    "np.sort and np.clip": "NumPy",
    "KerasRegressor": "scikeras",
}


def raced():
    """Return a row for each bar: group, label, ratio, goal and whether it is met."""
    found = {(row["work"], row["peer"]): row for row in read("performance.csv")}
    rows = []
    for group, races in RACES.items():
        for label, work, peer in races:
            row = found[work, peer]
            goal, met = goal_of(row)
            rows.append(
                {
                    "group": group,
                    "label": f"{label}, {SHORT.get(peer, peer)}",
                    "ratio": float(row["ratio"]),
                    "goal": goal,
                    "met": met,
                }
            )
    return rows


def draw_performance():
    """Return the figure of how many times as fast sklstm is, with the goals."""
    from matplotlib.figure import Figure

    rows = raced()
    figure = Figure(figsize=(5.6, 4.7), layout="constrained")
    ax = figure.subplots()
    label_rows(ax, rows)
    for row in rows:
        place = row["place"]
        color = "tab:red" if row["met"] is False else "tab:blue"
        # From 1 on, so that a bar to the left is slower.
        ax.barh(place, row["ratio"] - 1, left=1, height=0.6, color=color)
        end = max(row["ratio"], row["goal"] or 1, 1)
        text = f"{number(row['ratio'], digits=2)} ×"
        write_number(ax, text, end, place, shift=5)
        if row["goal"] is not None:
            ax.plot(
                [row["goal"]] * 2, [place - 0.42, place + 0.42], color="black", lw=2
            )
    ax.axvline(1, color="black", lw=0.8)
    ax.plot([], [], color="black", lw=2, label="goal")
    ax.bar([1], [0], color="tab:blue", label="met")
    ax.bar([1], [0], color="tab:red", label="missed")
    ax.set_xscale("log")
    ax.set_xticks([0.5, 1, 2, 10, 100], ["½", "1", "2", "10", "100"])
    ax.minorticks_off()
    ax.set_xlim(0.45, 500)
    ax.set_xlabel("Times as fast (logarithmic)", fontsize=10)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


FIGURES = {"evidence": draw_evidence, "performance": draw_performance}


def _note_files(env):
    """Build the page again when the measurements or this module change."""
    for path in (Path(__file__), *DOCS.glob("*.csv"), *DOCS.glob("evidence/*.csv")):
        env.note_dependency(str(path))


def setup(app):
    """Register the directives."""
    from docutils import nodes
    from docutils.parsers.rst import directives
    from docutils.statemachine import StringList
    from sphinx.util.docutils import SphinxDirective

    class Measured(SphinxDirective):
        required_arguments = 1
        optional_arguments = 1
        final_argument_whitespace = True

        def run(self):
            name, *data = self.arguments
            _note_files(self.env)
            header, rows = TABLES[name](*data or [None])
            if not rows:
                raise self.error(f"no rows of {name!r} for {data}")
            lines = [".. list-table::", "   :header-rows: 1", "   :class: measured", ""]
            for cells in [header, *rows]:
                for i, cell in enumerate(cells):
                    lines.append(f"   {'* -' if i == 0 else '  -'} {cell}")
            node = nodes.Element()
            node.document = self.state.document
            content = StringList(lines, source=__file__)
            self.state.nested_parse(content, self.content_offset, node)
            return node.children

    class MeasuredFigure(SphinxDirective):
        required_arguments = 1
        option_spec = {"alt": directives.unchanged_required}

        def run(self):
            (name,) = self.arguments
            _note_files(self.env)
            folder = DOCS / "_build" / "measured"
            folder.mkdir(parents=True, exist_ok=True)
            figure = FIGURES[name]()
            figure.savefig(folder / f"{name}.svg", transparent=True)
            image = nodes.image(
                uri=f"/_build/measured/{name}.svg",
                alt=self.options["alt"],
                classes=["no-ground"],
            )
            return [image]

    app.add_directive("measured", Measured)
    app.add_directive("measured-figure", MeasuredFigure)
    return {"parallel_read_safe": True}
