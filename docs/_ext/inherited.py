"""Docstrings inherited from scikit-learn have no notes on its versions.

"Added in version 1.3" would be read as a version of sklstm.
"""

import re

NOTE = re.compile(
    r"^( *)\.\. version(?:added|changed):: .*\n(?: *\n|\1 +\S.*\n)*", re.MULTILINE
)


def without_notes(lines):
    """Return the lines of a docstring without its notes on versions.

    >>> without_notes(["Fit.", "", ".. versionadded:: 1.3", "   New.", "", "More."])
    ['Fit.', '', 'More.']
    """
    return NOTE.sub("", "\n".join([*lines, ""])).splitlines()


def _remove_notes(app, what, name, obj, options, lines):
    if (getattr(obj, "__module__", None) or "").startswith("sklearn."):
        lines[:] = without_notes(lines)


def setup(app):
    """Register the change of the docstrings."""
    app.connect("autodoc-process-docstring", _remove_notes)
    return {"parallel_read_safe": True}
