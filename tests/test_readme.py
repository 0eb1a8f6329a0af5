"""The files at the top: their code runs, their links lead somewhere, versions agree."""

import re
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import Ridge

import sklstm
from sklstm import PositiveOrderedRegressor
from sklstm.datasets import load_bike_sharing
from sklstm.metrics import interval_coverage

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("*.md"))

pytestmark = pytest.mark.skipif(
    not (ROOT / "CONTRIBUTING.md").exists(), reason="only the package is here"
)


def snippets(page):
    """Return the Python code in a page, by what it is about."""
    code = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)
    return {next(re.finditer(r"lightgbm|bike|skops", c)).group(): c for c in code}


def test_every_code_block_is_run_here():
    found = {page.name: sorted(snippets(page.name)) for page in PAGES}
    assert {name: code for name, code in found.items() if code} == {
        "README.md": ["bike", "lightgbm"],
        "SECURITY.md": ["skops"],
    }


def test_five_lines_give_hires_that_add_up():
    names = {}
    exec(snippets("README.md")["bike"], names)
    casual, registered, count = names["model"].predict(names["X"]).T
    assert min(casual.min(), registered.min()) == 0.0
    assert np.array_equal(casual + registered, count)


@pytest.mark.parametrize("library", ["lightgbm", "sklearn"])
def test_from_one_quantile_to_calibrated_intervals_with(library):
    code = snippets("README.md")["lightgbm"]
    pytest.importorskip(library)
    # On busy cores, the threads of LightGBM wait for each other.
    code = code.replace('objective="quantile"', 'objective="quantile", n_jobs=1')
    if library == "sklearn":
        for words, others in {
            "lightgbm": "sklearn.ensemble",
            "LGBM": "HistGradientBoosting",
            "objective=": "max_iter=20, loss=",
            ", n_jobs=1": "",
        }.items():
            code = code.replace(words, others)
    X, y = load_bike_sharing(return_X_y=True, as_frame=True)
    names = {"X": X[:200], "y": y[:200]}
    names["PositiveOrderedRegressor"] = PositiveOrderedRegressor

    exec(code, names)

    low, median, high = (names[name] for name in ("low", "median", "high"))
    assert (low >= 0).all()
    assert (low <= median).all()
    assert (median <= high).all()
    assert interval_coverage(names["y"]["count"], low, high) > 0.9


def test_a_file_of_skops_is_loaded_once_its_types_were_read(tmp_path, monkeypatch):
    X = np.arange(12.0).reshape(6, 2)
    model = PositiveOrderedRegressor(Ridge()).fit(X, X)
    skops.io.dump(model, tmp_path / "model.skops")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(snippets("SECURITY.md")["skops"], names)
    assert names["unknown"]
    assert all(kind.startswith("sklstm.") for kind in names["unknown"])
    assert np.array_equal(names["model"].predict(X), model.predict(X))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text("utf-8").replace("\n", " "))
    inner = [link for link in links if not link.startswith("https://")]
    assert [link for link in inner if not (ROOT / link).exists()] == []
    assert page.name != "README.md" or len(inner) > 5


def test_every_command_that_a_page_names_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page in PAGES:
        for command in re.findall(r"\bmake ([a-z-]+)\b[ `,]", page.read_text("utf-8")):
            if page.name in ("README.md", "CONTRIBUTING.md"):
                assert f"\n{command}: " in makefile, (page.name, command)


def test_the_citation_the_changelog_and_the_package_agree_on_the_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {sklstm.__version__}\n" in citation
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## \[(.+?)\]", changelog, re.M)
    assert heads[0] == "Unreleased" or sklstm.__version__ in heads
    for head in heads:
        assert f"\n[{head}]: https://" in changelog


def test_every_kind_of_change_is_one_of_keep_a_changelog():
    kinds = re.findall(r"^### (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    allowed = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    assert kinds
    assert set(kinds) <= set(allowed)
