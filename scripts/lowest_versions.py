"""Print the lowest supported versions as constraints for pip.

These are the dependencies and extras in ``pyproject.toml``. Packages that only the
tests need may have any version.
"""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def main():
    """Print a line for each package."""
    path = Path(__file__).parents[1] / "pyproject.toml"
    project = tomllib.loads(path.read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for text in [*project["dependencies"], *(one for extra in extras for one in extra)]:
        requirement = Requirement(text)
        for bound in requirement.specifier:
            print(f"{requirement.name}=={bound.version}")


if __name__ == "__main__":
    main()
