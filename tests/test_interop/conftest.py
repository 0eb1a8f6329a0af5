"""The matrix of packages: what `@pytest.mark.interop` says goes into the JUnit report.

A marked test is one cell or more of docs/interop.rst, which
``scripts/make_interop_tables.py`` makes of the report.
"""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import pytest

SECTIONS = ("around", "inside", "machines")
ALIASES = {"xgboost-cpu": "xgboost", "mlflow-skinny": "mlflow"}


def describe(item):
    """Return what the marker of a test says: section, package, version, and use.

    Without a use, the parameters' ids say it.
    """
    marker = item.get_closest_marker("interop")
    if marker is None:
        return None
    section, package, *use = marker.args
    if section not in SECTIONS:
        raise pytest.UsageError(f"{item.nodeid}: {section!r} is not one of {SECTIONS}")
    package, found = installed(package)
    use = use[0] if use else item.callspec.id
    return {"section": section, "package": package, "version": found, "use": use}


def installed(package):
    """Return the name and the version of an installed package; "" if it is not."""
    for name in (package, ALIASES.get(package, package)):
        with suppress(PackageNotFoundError):
            return name, version(name)
    return package, ""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Write the cells into the report, also of tests that are skipped."""
    for item in items:
        for key, value in (describe(item) or {}).items():
            item.user_properties.append((f"interop.{key}", value))


def pytest_runtest_setup(item):
    """Skip the tests of a package that is not installed."""
    described = describe(item)
    if described and not described["version"]:
        pytest.skip(f"{described['package']} is not installed")
