"""Fail if private names of other packages are used outside the modules for them.

Such names may change in any release. Those of scikit-learn are used in one module and
those of Keras in another, so that a new release affects a single file.
"""

import ast
import sys
from pathlib import Path

from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin

PACKAGE = Path(__file__).resolve().parents[1] / "sklstm"
ALLOWED_IN = (
    "_utils/sklearn_private.py",
    "_recurrent/_keras/compat.py",
    "_recurrent/forking.py",  # asks TensorFlow without importing it
    "_utils/keras_objects.py",  # reads models of Keras without importing it
)

# scikit-learn reads the first name from the class, so it cannot be moved. The others
# are documented names of Python and of IPython.
EVERYWHERE = {"_parameter_constraints", "_replace", "_getframe", "_repr_html_"}

# Names that classes of scikit-learn define, or look up in a subclass.
INHERITED = {
    name
    for kind in (BaseEstimator, RegressorMixin, TransformerMixin)
    for name in (*dir(kind), "_sk_visual_block_", "_callback_fit_ctx", "_skl_callbacks")
}


def is_private(name):
    """Return whether a name starts with exactly one underscore."""
    return name.startswith("_") and not name.startswith("__")


def own_names(trees):
    """Return the private names that the package itself defines."""
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            names.update({getattr(node, "attr", None), getattr(node, "id", None)})
        elif isinstance(node, ast.Dict):  # attributes set by name
            names.update(
                key.value for key in node.keys if isinstance(key, ast.Constant)
            )
    return names


def names_used(tree):
    """Yield the line and the text of each name that may belong to another package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for module in node.names:
                yield from ((node.lineno, part) for part in module.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            if module[0] != "sklstm":
                parts = [*module, *(name.name for name in node.names)]
                yield from ((node.lineno, part) for part in parts)
        elif isinstance(node, ast.Attribute):
            of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not of_self or node.attr in INHERITED:
                yield node.lineno, node.attr
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name in INHERITED:
                    yield part.lineno, f"def {part.name}"
        elif is_attribute_in_text(node):
            yield node.lineno, node.args[1].value


def is_attribute_in_text(node):
    """Return whether a node is a call such as ``hasattr(model, "name")``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "hasattr", "setattr", "delattr")
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    )


def find_private_names(package):
    """Return a message for each use of a private name of another package."""
    trees = {
        path.relative_to(package).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(package.rglob("*.py"))
    }
    trees = {path: tree for path, tree in trees.items() if path not in ALLOWED_IN}
    known = own_names(trees.values()) | EVERYWHERE
    found = []
    for path, tree in trees.items():
        for line, name in names_used(tree):
            defined = name.removeprefix("def ")
            inherited = defined != name and is_private(defined)
            inherited &= defined not in EVERYWHERE
            foreign = is_private(name) and name not in known
            if inherited or foreign or name == "src":
                found.append(f"{path}:{line}: private name {name!r}")
    return found


if __name__ == "__main__":
    found = find_private_names(PACKAGE)
    print("\n".join(found))
    sys.exit(bool(found))
