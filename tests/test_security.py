"""What SECURITY.md says: text of users is not run, and data are not unpickled."""

import ast
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import sklstm
from sklstm import PositiveOrderedRegressor

PACKAGE = Path(sklstm.__file__).parent
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
RUNS_PROGRAMS = {"os.system", "os.popen"}
LOADS = {"load", "loads", "Unpickler", "load_model", "unsafe_load"}
LOADERS = {"pickle", "cloudpickle", "joblib", "keras", "marshal", "shelve", "yaml"}
ALLOWED = {
    # It loads only the bytes that it has just written, to see whether it could.
    ("_recurrent/copying.py", "pickle.loads")
}


def is_risky(call):
    """Return whether a call may run text, a program or what is in a file."""
    name = ast.unparse(call.func)
    module, _, last = name.rpartition(".")
    if name == "np.load":
        return "allow_pickle" in ast.unparse(call)
    of_loader = not module or module.split(".")[0] in LOADERS
    return name in RUNS_TEXT | RUNS_PROGRAMS or (last in LOADS and of_loader)


def risky_calls(tree):
    """Yield the name of each risky call, and of each import of `subprocess`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_risky(node):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name == "subprocess")
        elif isinstance(node, ast.ImportFrom) and node.module == "subprocess":
            yield node.module


def test_the_package_runs_no_text_and_loads_no_pickles():
    found = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in PACKAGE.rglob("*.py")
        for name in risky_calls(ast.parse(path.read_text("utf-8")))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "code",
    [
        "eval(text)",
        "exec(text, {})",
        "__import__(name)",
        "import subprocess",
        "from subprocess import run",
        "os.system(text)",
        "pickle.load(file)",
        "from pickle import loads\nloads(data)",
        "joblib.load(path)",
        "keras.saving.load_model(path)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_the_check_finds(code):
    assert list(risky_calls(ast.parse(code)))


def test_the_check_lets_plain_code_pass():
    code = (
        "re.compile(text)\nmodel.compile(loss=loss)\nnp.load(path)\nself.load(weights)"
    )
    assert list(risky_calls(ast.parse(code))) == []


CALLS = [
    "__import__('os').system('true')",
    "(lambda: 0)()",
    "low <= open('file').read()",
    "low.__class__ <= high",
    "low <= high if low else high",
    "f(low) <= high",
]


@pytest.mark.parametrize("text", CALLS)
@pytest.mark.parametrize("parameter", ["order", "rules", "lower", "upper"])
def test_declarations_that_call_something_are_refused(parameter, text):
    X = np.arange(12.0).reshape(6, 2)
    declared = [text] if parameter in ("order", "rules") else text
    model = PositiveOrderedRegressor(Ridge(), **{parameter: declared})
    with pytest.raises(ValueError, match="PositiveOrderedRegressor"):
        model.fit(X, X)
