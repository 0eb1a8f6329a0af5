"""The site: links to other projects, the gallery, and the demo."""

import ast
import re
import runpy
import shutil
import sys
import zlib
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLES = sorted((ROOT / "examples").rglob("plot_*.py"))

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="only the package is here")


@pytest.fixture
def _extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    yield
    for name in ("gallery", "inventories"):
        sys.modules.pop(name, None)


def entries(source):
    """Return the name and the role of each entry of a list of links."""
    lines = source.read_text("utf-8").splitlines()
    return [line.split(" ")[:2] for line in lines if line and line[0] != "#"]


@pytest.mark.parametrize(
    "source", sorted((DOCS / "_inventories").glob("*.txt")), ids=lambda path: path.stem
)
def test_links_to_other_projects_are_for_names_that_exist(source):
    names = [name for name, role in entries(source) if role.startswith("py:")]
    assert names
    if source.stem == "python":
        names = [f"builtins.{name}" for name in names]
    elif source.stem == "keras":
        pytest.importorskip("keras")
    for name in names:
        if name in ("builtins.None", "builtins.True", "builtins.False"):
            continue  # keywords
        resolve_name(name)


@pytest.mark.usefixtures("_extensions")
def test_a_link_has_the_name_in_place_of_the_dollar(tmp_path):
    from inventories import compile_inventories

    (tmp_path / "one.txt").write_text(
        "# https://one.org/\n# A note.\na.b py:class 1 api/$.html#$ -\n"
    )
    mapping = compile_inventories(tmp_path, tmp_path / "out")
    assert mapping == {"one": ("https://one.org/", str(tmp_path / "out" / "one.inv"))}
    *head, body = (tmp_path / "out" / "one.inv").read_bytes().split(b"\n", 4)
    assert head[0] == b"# Sphinx inventory version 2"
    assert zlib.decompress(body) == b"a.b py:class 1 api/a.b.html#a.b -\n"


@pytest.mark.usefixtures("_extensions")
def test_every_example_has_its_place_in_the_gallery():
    from gallery import SECTIONS, THUMBNAILS

    placed = {(section, name) for section, names in SECTIONS.items() for name in names}
    root = ROOT / "examples"
    found = {(str(path.parent.relative_to(root)), path.stem) for path in EXAMPLES}
    assert placed == found
    assert set(THUMBNAILS) <= {name for _, name in placed}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_says_its_purpose_in_one_line(path):
    # The gallery shows this line below the title, and cuts what is longer.
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    title, underline, empty, purpose, after, *_ = docstring.splitlines()
    assert set(underline) == {"="}
    assert len(underline) == len(title)
    assert not empty
    assert not after
    assert purpose.endswith(".")
    assert len(purpose) <= 95


@pytest.mark.slow
def test_the_demo_prints_the_numbers_of_the_start_page(tmp_path):
    pytest.importorskip("pandas")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    demo = shutil.copy(ROOT / "examples" / "plot_solar.py", tmp_path)
    found = runpy.run_path(str(demo))
    pyplot.close("all")
    assert (tmp_path / "plot_solar.png").stat().st_size > 10_000

    page = (DOCS / "index.rst").read_text("utf-8")
    names = {"GHI ≥ 0": "GHI >= 0", "DHI ≥ 0": "DHI >= 0", "DHI ≤ GHI": "DHI <= GHI"}
    names["dew point ≤ temperature"] = "dew_point <= temperature"
    for name, rule in names.items():
        cells = re.search(rf"\* - {name}\n +- (\S+) %\n +- (\S+) %\n", page).groups()
        # Processors differ in the last digits, which training amplifies.
        assert 100 * found["shares"].at[rule, "raw LSTM"] == pytest.approx(
            float(cells[0]), abs=10
        )
        assert float(cells[1]) == found["shares"].at[rule, "constrained"] == 0
    raw, constrained = map(
        float, re.search(r"\* - Error of GHI .*\n +- (\S+)\n +- (\S+)\n", page).groups()
    )
    errors = found["errors"]
    assert errors["raw LSTM"]["GHI (W/m²)"] == pytest.approx(raw, abs=3)
    assert errors["constrained"]["GHI (W/m²)"] == pytest.approx(constrained, abs=3)
    assert errors["constrained"]["GHI (W/m²)"] < errors["raw LSTM"]["GHI (W/m²)"]
