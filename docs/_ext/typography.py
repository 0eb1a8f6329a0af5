"""Numbers stay on one line with their units."""

import re

UNITS = r"%|×|ms\b|s\b|MB\b|kB\b|mm\b|W/m²|°C"


def unbroken(text):
    """Return the text with spaces that do not break between numbers and units.

    >>> unbroken("from 0.2 % to 88 % in 8 ms, 51 times")
    'from 0.2\\xa0% to 88\\xa0% in 8\\xa0ms, 51 times'
    """
    return re.sub(rf"(?<=\d) (?={UNITS})", "\xa0", text)


def _keep_units(app, doctree):
    from docutils import nodes

    for node in list(doctree.findall(nodes.Text)):
        is_code = (nodes.literal, nodes.literal_block, nodes.doctest_block, nodes.raw)
        if not isinstance(node.parent, is_code) and (new := unbroken(node)) != node:
            node.parent.replace(node, nodes.Text(new))


def setup(app):
    """Register the change of the pages."""
    app.connect("doctree-read", _keep_units)
    return {"parallel_read_safe": True}
