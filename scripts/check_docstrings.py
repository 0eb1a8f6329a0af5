"""Fail if a public name lacks a docstring that numpydoc accepts, or annotations.

Public names are those in ``__all__`` of public modules, and the public methods and
properties that this package defines for such classes. The hook of numpydoc itself
checks files, and leaves out all private modules.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import sys
import tomllib
from pathlib import Path

from numpydoc.validate import validate

import sklstm

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def public_modules(module=sklstm):
    """Yield a module and its public submodules; private ones may import TensorFlow."""
    yield module
    for inner in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not inner.name.startswith("_"):
            name = f"{module.__name__}.{inner.name}"
            yield from public_modules(importlib.import_module(name))


def public_names():
    """Yield each public object, and the methods of classes, with its import path."""
    for module in public_modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            path = f"{module.__name__}.{name}"
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield thing, path
            if inspect.isclass(thing):
                for part in parts_of(thing):
                    yield getattr(thing, part), f"{path}.{part}"


def parts_of(kind):
    """Return the public methods and properties of a class that we define."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("sklstm")]
    return sorted(
        {
            name
            for base in ours
            for name, part in vars(base).items()
            if not name.startswith("_")
            and (
                callable(part)
                or isinstance(part, classmethod | property)
                or hasattr(part, "fn")  # of available_if
            )
        }
    )


def errors_in(thing, path):
    """Return the errors in the docstring of a public name."""
    errors = validate(path)["errors"]
    if dataclasses.is_dataclass(thing):  # fields may be documented as attributes
        documented = [
            field.name in thing.__doc__ for field in dataclasses.fields(thing)
        ]
        errors = [
            error for error in errors if error[0] != "PR01" or not all(documented)
        ]
    return errors


def missing_annotations(thing):
    """Return the parameters of a public name that have no type; "return" is one."""
    if isinstance(thing, property):
        thing = thing.fget
    if inspect.isclass(thing):
        thing = thing.__init__
    function = inspect.unwrap(thing)
    if not (getattr(function, "__module__", None) or "").startswith("sklstm"):
        return []  # inherited
    signature = inspect.signature(function)
    types = {name: p.annotation for name, p in signature.parameters.items()}
    types["return"] = signature.return_annotation
    return [
        name
        for name, annotation in types.items()
        if annotation is inspect.Signature.empty and name not in ("self", "cls")
    ]


def main():
    """Print each error, and return the number of errors."""
    config = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["numpydoc_validation"]
    n_errors = 0
    for thing, path in public_names():
        for code, message in errors_in(thing, path):
            if code in config["checks"]:
                print(f"{path}: {code} {message}")
                n_errors += 1
        for name in missing_annotations(thing):
            print(f"{path}: {name} has no annotation")
            n_errors += 1
    return n_errors


if __name__ == "__main__":
    sys.exit(main() > 0)
