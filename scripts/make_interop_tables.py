"""Make the tables of docs/interop.rst from the JUnit report of a test run.

``make interop`` runs the tests in an environment with all packages, and then this.
"""

import argparse
import csv
import sys
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

HEADER = ("Package", "Version", "What", "Result", "Test")
BASE = ("scikit-learn", "numpy", "scipy", "pandas", "tensorflow", "keras", "scikeras")


def read_cells(report):
    """Return a dict from (section, package, version, use, test) to its outcomes.

    A test that runs with several parameters has several outcomes: "passed", "failed",
    or why it was skipped.
    """
    cells = {}
    for case in ElementTree.parse(report).iter("testcase"):
        cell = {
            found.get("name").removeprefix("interop."): found.get("value")
            for found in case.iter("property")
            if found.get("name").startswith("interop.")
        }
        if cell:
            file = case.get("classname").split(".")[-1]
            test = case.get("name").split("[")[0]
            key = [cell[k] for k in ("section", "package", "version", "use")]
            cells.setdefault((*key, f"{file}: {words(test)}"), []).append(outcome(case))
    return cells


def words(test):
    """Return the name of a test as words, which break over lines in a table."""
    return test.removeprefix("test_").replace("_", " ")


def outcome(case):
    """Return "passed", "failed", or why a test was skipped."""
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    skipped = case.find("skipped")
    return "passed" if skipped is None else f"not run: {skipped.get('message')}"


def summarize(outcomes):
    """Return one result for all outcomes of a test: a failure before all others."""
    if "failed" in outcomes:
        return "failed"
    reasons = [each for each in outcomes if each != "passed"]
    return reasons[0] if reasons else "passed"


def write_tables(cells, folder):
    """Write a CSV for each section, sorted by package."""
    folder.mkdir(exist_ok=True)
    for section in sorted({key[0] for key in cells}):
        rows = sorted(
            (
                (package, version or "-", use, summarize(outcomes), test)
                for (of, package, version, use, test), outcomes in cells.items()
                if of == section
            ),
            key=lambda row: (row[0].lower() != "scikit-learn", row[0].lower(), row[2:]),
        )
        write_csv(folder / f"{section}.csv", (HEADER, *rows))


def write_versions(folder):
    """Write the versions of Python and of what sklstm stands on."""
    versions = [sys.version.split()[0], *map(version, BASE)]
    write_csv(folder / "versions.csv", (("Python", *BASE), versions))


def write_csv(path, rows):
    """Write a CSV with line feeds only."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main():
    """Write all tables; the exit status is 1 if a test failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/interop"))
    arguments = parser.parse_args()
    cells = read_cells(arguments.report)
    write_tables(cells, arguments.out)
    write_versions(arguments.out)
    results = [summarize(outcomes) for outcomes in cells.values()]
    print(f"{len(results)} cells, {results.count('passed')} passed")
    return int("failed" in results)


if __name__ == "__main__":
    sys.exit(main())
