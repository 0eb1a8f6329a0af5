"""Where lines break: not between numbers and units, and not within words."""

import re

UNITS = r"%|×|ms\b|s\b|MB\b|kB\b|mm\b|W/m²|°C"
LONG = 30  # characters; what is longer may not fit into a line of a narrow screen


def unbroken(text):
    """Return the text with places that do not break: before units, and in "3-D".

    >>> unbroken("from 0.2 % to 88 % in 8 ms, 51 times")
    'from 0.2\\xa0% to 88\\xa0% in 8\\xa0ms, 51 times'
    >>> unbroken("a 3-D X")
    'a 3-\\u2060D X'
    """
    text = re.sub(rf"(?<=\d) (?={UNITS})", "\xa0", text)
    return re.sub(r"(?<=\d-)(?=D\b)", "\u2060", text)


def breakable(html):
    """Return the HTML with places where long names may break.

    Browsers break them anywhere, if no line has room for them.

    >>> breakable("<code>sklearn.compose.TransformedTargetRegressor</code>")
    '<code>sklearn.<wbr>compose.<wbr>TransformedTargetRegressor</code>'
    >>> breakable("<code>numpy.ndarray</code>")
    '<code>numpy.ndarray</code>'
    """
    parts = re.split(r"(<(script|style|pre)\b.*?</\2>|<[^>]*>)", html, flags=re.S)
    for i in range(0, len(parts), 3):  # between them are tags, and names of tags
        parts[i] = re.sub(rf"\S{{{LONG},}}", _with_breaks, parts[i])
    return "".join(part for i, part in enumerate(parts) if i % 3 < 2 and part)


def _with_breaks(word):
    if "\\" in word[0]:  # a formula
        return word[0]
    return re.sub(r"([/(=]|(?<=[a-z])\.)(?=\w{4})", r"\1<wbr>", word[0])


def _keep_units(app, doctree):
    from docutils import nodes

    for node in list(doctree.findall(nodes.Text)):
        is_code = (nodes.literal, nodes.literal_block, nodes.doctest_block, nodes.raw)
        if not isinstance(node.parent, is_code) and (new := unbroken(node)) != node:
            node.parent.replace(node, nodes.Text(new))


def _break_names(app, page, template, context, doctree):
    if doctree is not None:
        context["body"] = breakable(context["body"])


def setup(app):
    """Register the changes of the pages."""
    app.connect("doctree-read", _keep_units)
    app.connect("html-page-context", _break_names)
    return {"parallel_read_safe": True}
