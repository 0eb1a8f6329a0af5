"""The pages: every public name, with the methods that it has, and code that runs."""

import contextlib
import http.client
import importlib
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
        DOCS / "service.py",
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
