"""The tables of docs/interop.rst: made of a report, and of the tests that there are."""

import csv
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "docs" / "interop"

pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="only the package is here")

REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_interop.test_a" name="test_it_obeys[one]"><properties>
  <property name="interop.section" value="around" />
  <property name="interop.package" value="zebra" />
  <property name="interop.version" value="1.2" />
  <property name="interop.use" value="Search" /></properties></testcase>
<testcase classname="tests.test_interop.test_a" name="test_it_obeys[two]"><properties>
  <property name="interop.section" value="around" />
  <property name="interop.package" value="zebra" />
  <property name="interop.version" value="1.2" />
  <property name="interop.use" value="Search" /></properties>{result}</testcase>
<testcase classname="tests.test_interop.test_a" name="test_it_obeys[three]"><properties>
  <property name="interop.section" value="around" />
  <property name="interop.package" value="ant" />
  <property name="interop.version" value="" />
  <property name="interop.use" value="Grid" /></properties>
  <skipped message="ant is not installed" /></testcase>
<testcase classname="tests.test_interop.test_a" name="test_that_is_no_cell" />
</testsuite></testsuites>"""


@pytest.fixture(scope="module")
def script():
    """The script as a module, which scripts are not otherwise."""
    path = ROOT / "scripts" / "make_interop_tables.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("", "passed"),
        ('<failure message="no" />', "failed"),
        ('<error message="no" />', "failed"),
        ('<skipped message="no Java" />', "not run: no Java"),
    ],
)
def test_a_cell_is_what_all_its_tests_say(script, tmp_path, result, said):
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(result=result))
    script.write_tables(script.read_cells(report), tmp_path)
    assert read(tmp_path / "around.csv") == [
        list(script.HEADER),
        ["ant", "-", "Grid", "not run: ant is not installed", "test_a: it obeys"],
        ["zebra", "1.2", "Search", said, "test_a: it obeys"],
    ]


def test_the_tables_have_every_cell_of_the_tests_collected_here(request, script):
    cells = [
        dict(item.user_properties) | {"test": item}
        for item in request.session.items
        if item.get_closest_marker("interop")
    ]
    tables = {
        section: {(row[2], row[4]) for row in read(TABLES / f"{section}.csv")}
        for section in {cell["interop.section"] for cell in cells}
    }
    missing = [
        cell["test"].nodeid
        for cell in cells
        if (
            cell["interop.use"],
            f"{cell['test'].path.stem}: {script.words(cell['test'].originalname)}",
        )
        not in tables[cell["interop.section"]]
    ]
    assert missing == [], "run `make interop`"


def test_the_tables_name_only_tests_that_exist_and_have_passed(script):
    for path in TABLES.glob("*.csv"):
        if path.stem == "versions":
            continue
        for *_, result, test in read(path)[1:]:
            assert result == "passed" or result.startswith("not run: ")
            file, words = test.split(": ", 1)
            text = (Path(__file__).parent / f"{file}.py").read_text("utf-8")
            assert f"def test_{words.replace(' ', '_')}(" in text
