"""The pages: every public name, with the methods that it has, and code that runs."""

import ast
import contextlib
import difflib
import doctest
import fnmatch
import http.client
import importlib.util
import inspect
import json
import pickle
import re
import runpy
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import sklstm

DOCS = Path(__file__).parents[1] / "docs"

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="only the package is here")


def documented_names():
    """Return the names listed in api.rst, as in ``metrics.violation_report``."""
    return re.findall(r"^   ([A-Za-z_][\w.]*)$", (DOCS / "api.rst").read_text(), re.M)


def test_the_api_lists_every_public_name_once():
    public = {name for name in sklstm.__all__ if name != "__version__"}
    modules = {name for name in public if inspect.ismodule(getattr(sklstm, name))}
    expected = public - modules
    for module in modules:
        names = importlib.import_module(f"sklstm.{module}").__all__
        expected |= {f"{module}.{name}" for name in names}
    assert sorted(documented_names()) == sorted(expected)


def test_no_page_lists_a_method_that_instances_do_not_have(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")  # which conf.py would set for good
    conf = runpy.run_path(str(DOCS / "conf.py"))
    absent = conf["autosummary_context"]["absent_methods"]
    assert absent["sklstm.preprocessing.SlidingWindow"] == ["set_output"]
    assert absent["sklstm.preprocessing.SequenceScaler"] == []
    template = (DOCS / "_templates" / "autosummary" / "class.rst").read_text()
    assert ":exclude-members: {{ absent_methods[fullname]" in template


def test_the_map_for_contributors_names_every_folder_and_only_existing_paths():
    root = DOCS.parent
    text = (root / "CONTRIBUTING.md").read_text("utf-8")
    paths = re.findall(r"`((?:sklstm|tests)/[\w./]+)`", text)
    assert len(paths) > 20
    assert [path for path in paths if not (root / path).exists()] == []
    folders = [path.parent.name for path in (root / "sklstm").rglob("__init__.py")]
    folders.remove("sklstm")
    assert [name for name in folders if f" {name}/ " not in text] == []


def test_the_map_for_contributors_has_the_layers_of_the_import_contract():
    root = DOCS.parent
    text = (root / "CONTRIBUTING.md").read_text("utf-8")
    listed = [
        re.findall(r"`(\w+)`", line) for line in re.findall(r"^\d\. .*", text, re.M)
    ]
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    contracts = contracts["tool"]["importlinter"]["contracts"]
    (layers,) = [c["layers"] for c in contracts if c.get("containers") == ["sklstm"]]
    assert listed == [layer.split(" | ") for layer in layers]


def test_the_web_service_answers_with_predictions_and_with_what_is_wrong(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 2))
    model = sklstm.PositiveOrderedRegressor(Ridge()).fit(X, np.abs(X[:, 0]))
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        DOCS / "guide" / "service.py",
        tmp_path / "model.pickle",
        str(port),
    ]

    def ask(rows):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/", json.dumps(rows))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def ask_once_it_runs(rows):
        for _ in range(300):
            with contextlib.suppress(ConnectionRefusedError):
                return ask(rows)
            time.sleep(0.1)
        raise TimeoutError

    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as service:
        try:
            assert ask_once_it_runs(X.tolist()) == (200, model.predict(X).tolist())
            status, answer = ask([[1.0]])
        finally:
            service.kill()
    assert status == 422
    assert "X has 1 features, but Ridge is expecting 2" in answer["error"]


def pages():
    """Return the pages that are written by hand."""
    generated = {"_build", "api", "auto_examples"}
    return [
        path
        for path in sorted(DOCS.rglob("*.rst"))
        if not generated & set(path.relative_to(DOCS).parts)
        and not path.name.startswith("sg_")
    ]


def test_the_examples_of_every_page_are_collected(pytestconfig):
    assert "docs" in pytestconfig.getini("testpaths")
    with_examples = [page for page in pages() if ">>> " in page.read_text("utf-8")]
    assert len(with_examples) > 10
    patterns = runpy.run_path(str(DOCS / "conftest.py"))["collect_ignore_glob"]
    for page in with_examples:
        for path in (page, *page.relative_to(DOCS).parents):
            full = str(DOCS / path)
            ignored = [p for p in patterns if fnmatch.fnmatch(full, str(DOCS / p))]
            assert not ignored or path == Path(), (page, ignored)


def test_the_guide_describes_each_of_its_pages_in_one_place():
    index = (DOCS / "guide" / "index.rst").read_text("utf-8")
    names = {page.stem for page in (DOCS / "guide").glob("*.rst")} - {"index"}
    for name in names:
        assert len(re.findall(rf"^:doc:`{name}`\n    \w", index, re.M)) == 1, name


def one_line(text):
    return " ".join(text.split())


def strings_of_the_package():
    """Return all strings in the code of sklstm; values in f-strings become "\0"."""
    nodes = (
        node
        for path in (DOCS.parent / "sklstm").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )
    return {text for text in map(text_of, nodes) if text}


def text_of(node):
    """Return the text of a string or f-string in which values are "\0"."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "\0" for part in node.values)
    return ""


def test_messages_that_the_guide_quotes_are_messages_of_the_code():
    # Most messages on this page are raised there. The others are in these blocks.
    page = (DOCS / "guide" / "messages.rst").read_text("utf-8")
    blocks = re.findall(r"\.\. code-block:: text\n\n((?:    .*\n)+)", page)
    assert len(blocks) >= 8
    strings = [text.split() for text in strings_of_the_package() if len(text) > 40]
    for block in blocks:
        quoted = block.replace("...", "").split()
        assert any(quotes(quoted, text) for text in strings), block


def quotes(quoted, text):
    """Return whether the words are those of a text, in which "\0" are values."""
    matcher = difflib.SequenceMatcher(a=quoted, b=text, autojunk=False)
    *blocks, _ = matcher.get_matching_blocks()
    n_equal = sum(block.size for block in blocks)
    if n_equal < 5:
        return False
    # The first and the last word of the quotation may be values.
    start = blocks[0].b - (blocks[0].a > 0)
    stop = blocks[-1].b + blocks[-1].size
    stop += blocks[-1].a + blocks[-1].size < len(quoted)
    n_values = sum("\0" in word for word in text[max(start, 0) : stop])
    return len(quoted) - n_equal <= n_values


def warned_texts():
    """Return the text of every warning of sklstm, with "\0" for values."""
    texts = {}
    for path in (DOCS.parent / "sklstm").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            assigned = {
                node.targets[0].id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                    "warnings.warn",
                    "warn",
                ):
                    message = node.args[0]
                    if isinstance(message, ast.Name):
                        message = assigned[message.id]
                    texts[f"{path.name}:{node.lineno}"] = text_of(message) or (
                        ast.unparse(message.func)  # a category of its own
                    )
    return texts


def test_the_guide_explains_every_warning_of_the_code():
    page = one_line((DOCS / "guide" / "messages.rst").read_text("utf-8"))
    texts = warned_texts()
    assert len(texts) >= 9
    for place, text in texts.items():
        parts = [one_line(part) for part in text.split("\0")]
        assert any(part in page for part in parts if len(part) > 25), (place, text)


@pytest.fixture(scope="module")
def measured():
    """Return the module that makes tables and figures of the CSV files."""
    return extension("measured")


def extension(name):
    """Return a module of docs/_ext."""
    path = DOCS / "_ext" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_numbers_of_measurements_are_shown_as_documented(measured):
    assert doctest.testmod(measured) == (0, 3)


@pytest.mark.parametrize(("name", "examples"), [("typography", 4), ("inherited", 1)])
def test_texts_are_changed_as_documented(name, examples):
    assert doctest.testmod(extension(name)) == (0, examples)


@pytest.mark.parametrize("page", ["evidence", "performance"])
def test_tables_of_measurements_have_rows_and_no_raw_numbers(measured, page):
    text = (DOCS / f"{page}.rst").read_text("utf-8")
    tables = re.findall(r"\.\. measured:: (\w+) ?(.*)", text)
    assert len(tables) >= 6
    for name, data in tables:
        header, rows = measured.TABLES[name](data or None)
        assert rows, (name, data)
        for row in rows:
            assert len(row) == len(header)
            assert not re.search(r"nan|inf|\de[+-]\d", " ".join(row[1:])), row


@pytest.mark.parametrize("name", ["evidence", "performance"])
def test_figures_of_measurements_can_be_drawn(measured, name, tmp_path):
    measured.FIGURES[name]().savefig(tmp_path / "figure.svg")


def test_the_answer_on_the_evidence_follows_from_the_measurements(measured):
    answer = one_line((DOCS / "evidence.rst").read_text("utf-8"))
    rows = measured.studied()
    networks = [row for row in rows if row["group"].startswith("LSTM")]
    assert {row["adjusted"] for row in rows} == {0}
    assert f"up to {max(row['raw'] for row in networks):.0f} % of the fore" in answer
    left = max(row["clip"] for row in rows if row["clip"] is not None)
    assert f"Clipping alone leaves up to {left:.0f} %" in answer
    changes = {row["group"]: [] for row in rows}
    for row in rows:
        assert row["change"] < 0
        changes[row["group"]].append(-row["change"])
    assert max(changes["LSTM, one value"]) < 1
    of_quantiles = changes["LSTM, quantiles"] + changes["XGBoost, quantiles"]
    lowest, highest = min(of_quantiles), max(of_quantiles)
    assert f"by {lowest:.1f} % to {highest:.0f} % for quantiles" in answer


def test_the_answer_on_the_performance_follows_from_the_measurements(measured):
    answer = one_line((DOCS / "performance.rst").read_text("utf-8"))
    ratios = {row["label"]: row["ratio"] for row in measured.raced()}
    assert f"{ratios['9 quantiles, 100,000 rows, SciPy']:.0f} times as fast" in answer
    sorts = [
        1 / float(row["ratio"])
        for row in measured.read("performance.csv")
        if row["work"].startswith("sort and clip")
    ]
    assert f"or up to {max(sorts):.2f} times as long" in answer
    for label in ("scikeras", "skorch"):
        ratio = ratios[f"predict one row, {label}"]
        digits = 0 if ratio > 10 else 1
        assert f"{ratio:.{digits}f} times as fast as with {label}" in answer
    chains = [f"{n} outputs, SciPy" for n in (24, 100, 300, 1000)]
    shown = [f"{ratios[label]:.3g}" for label in chains]
    assert [f"{float(text):.2g}" for text in shown[1:]] == ["2.9", "1.6", "0.98"]
    assert f"{shown[0]}, 2.9, 1.6 and 0.98 times as fast" in answer
    missed = [row["label"] for row in measured.raced() if row["met"] is False]
    assert missed == chains


def test_the_ratios_of_the_comparison_are_those_of_the_measurements(measured):
    page = one_line((DOCS / "comparison.rst").read_text("utf-8"))
    rows = {(r["work"], r["peer"]): r for r in measured.read("performance.csv")}

    def ratio(work, peer):
        return f"{float(rows[work, peer]['ratio']):.0f}"

    def took(work, peer, whose):
        return f"{float(rows[work, peer][f'{whose} (s)']):.0f} s"

    keras = "KerasRegressor"
    chains = ratio("projection of chains, 100000 x 9", "loop over scipy")
    assert f"{chains} times as fast as a loop over SciPy's isotonic" in page
    solved = [
        float(row["ratio"])
        for (work, peer), row in rows.items()
        if peer == "loop over quadprog" and not work.endswith(" 1 row")
    ]
    assert f"{min(solved):.0f} to {max(solved):.0f} times as fast as one over" in page
    one, many = ratio("predict one row", keras), ratio("predict 100k rows", keras)
    assert f"{one} times as fast for one row and {many} times for 100,000" in page
    ours, theirs = (took("grid search", keras, whose) for whose in ("sklstm", "peer"))
    assert f"takes {ours} instead of {theirs}" in page
    ours, theirs = rows["memory of 100 fits", keras]["note"].split(" and ")
    ours = "less than 1 MB" if ours == "0 MB" else ours
    assert f"take {ours} of memory instead of {theirs[0]},{theirs[1:]}" in page
    hires = {
        row["lever"]: row
        for row in measured.read("evidence/rules_sums.csv")
        if row["data"] == "hires, HistGradientBoosting"
    }
    weighted = hires["projection, weighted by precision"]
    min_trace = hires["MinTrace, wls_var"]
    times = [float(row["ms"]) for row in (weighted, min_trace)]
    assert "The projection takes {:.0f} ms instead of {:.0f} ms".format(*times) in page
    errors = {f"{float(row['RMSE']):.1f}" for row in (weighted, min_trace)}
    assert errors == {"34.3"}
    assert "a mean RMSE of 34.3" in page
    raw = float(hires["raw"]["RMSE"])
    changes = [
        f"{100 * (float(hires[lever]['RMSE']) / raw - 1):+.1f} %".replace(
            "-", "\N{MINUS SIGN}"
        )
        for lever in ("clip, then add the parts", "clip, then scale the parts")
    ]
    assert f"by {changes[0]}, and scaling the parts by {changes[1]}" in page
