"""The directive ``bibtex-of-citation``, which writes a CITATION.cff as BibTeX."""

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def as_bibtex(citation):
    """Return the fields of a CITATION.cff as an entry of BibTeX.

    Parameters
    ----------
    citation : dict
        The content of the file.

    Returns
    -------
    entry : str
        An entry ``@software``, with the fields that the file has.
    """
    authors = " and ".join(_author(author) for author in citation["authors"])
    fields = {
        "title": f"{{{citation['title']}}}",
        "author": authors,
        "version": citation.get("version"),
        "year": str(citation.get("date-released", ""))[:4],
        "doi": citation.get("doi"),
        "url": citation.get("url") or citation.get("repository-code"),
        "license": citation.get("license"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    key = citation["title"].partition(":")[0]
    return "\n".join([f"@software{{{key},", *lines, "}"])


def _author(author):
    if "name" in author:
        return f"{{{author['name']}}}"
    return f"{author['family-names']}, {author['given-names']}"


class BibtexOfCitation(SphinxDirective):
    """Show the file as BibTeX."""

    required_arguments = 1

    def run(self):
        """Return the entry as a block of code."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        with open(path, encoding="utf-8") as file:
            entry = as_bibtex(yaml.safe_load(file))
        return [nodes.literal_block(entry, entry, language="bibtex")]


def setup(app):
    """Register the directive."""
    app.add_directive("bibtex-of-citation", BibtexOfCitation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
