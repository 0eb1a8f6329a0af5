"""Links to the documentation of other projects, which need no internet.

Sphinx downloads the whole inventory of each project that is linked to, and fails where
it cannot. This package uses few names of each, so `docs/_inventories` lists them:
`NAME.txt` has the address of the site in its first line, and then the lines of an
inventory: ``name domain:role priority address title``, where ``$`` in an address stands
for the name, and ``-`` for a title that is the name.
"""

import zlib
from pathlib import Path


def compile_inventories(folder, target):
    """Write each list as an inventory; return the mapping for intersphinx."""
    target.mkdir(parents=True, exist_ok=True)
    mapping = {}
    for source in sorted(Path(folder).glob("*.txt")):
        first, *lines = source.read_text(encoding="utf-8").splitlines()
        entries = "".join(
            line.replace("$", line.partition(" ")[0]) + "\n"
            for line in lines
            if line and line[0] != "#"
        )
        head = (
            "# Sphinx inventory version 2\n"
            f"# Project: {source.stem}\n"
            "# Version: \n"
            "# The remainder of this file is compressed using zlib.\n"
        )
        file = target / f"{source.stem}.inv"
        file.write_bytes(head.encode() + zlib.compress(entries.encode()))
        mapping[source.stem] = (first.removeprefix("# "), str(file))
    return mapping
