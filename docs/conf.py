"""Sphinx configuration; `make docs` builds with warnings as errors."""

import inspect
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# The gallery trains networks: keep TensorFlow's log messages off its pages.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sklstm


def absent_methods():
    """Return the inherited methods of each class that its instances do not have.

    scikit-learn's ``available_if`` hides methods from instances, but not from classes:
    for example `set_output` of a transformer with 3-D output. No page should list them.
    """
    absent = {}
    for module in (sklstm, *(getattr(sklstm, name) for name in sklstm._SUBMODULES)):
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if name not in module.__all__:
                continue
            instance = cls.__new__(cls)
            absent[f"{module.__name__}.{name}"] = [
                method
                for method, _ in inspect.getmembers(cls, inspect.isroutine)
                if not method.startswith("_")
                and not _defining_module(cls, method).startswith("sklstm.")
                and not hasattr(instance, method)
            ]
    return absent


def _defining_module(cls, name):
    return next(c.__module__ for c in cls.__mro__ if name in vars(c))


project = "sklstm"
author = "The sklstm developers"
copyright = f"2026, {author}"
version = release = sklstm.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
    "numpydoc",
]
# Docstrings inherited from scikit-learn refer to its own glossary and guide.
suppress_warnings = ["ref.term", "ref.ref"]
exclude_patterns = ["_build"]
autosummary_generate = True
autosummary_context = {"absent_methods": absent_methods()}
templates_path = ["_templates"]
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
toc_object_entries_show_parents = "hide"  # long names do not fit beside the page

html_theme = "pydata_sphinx_theme"
html_title = f"sklstm {version}"
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False}
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["layout.css"]
# These pages have no section navigation; code and tables need the width.
html_sidebars = {
    page: []
    for page in (
        "evidence",
        "performance",
        "interop",
        "index",
        "auto_examples/*",
        "auto_examples/*/*",
    )
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    # Each page of the API ends with the examples that use its object.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("sklstm",),
    "filename_pattern": r"plot_",
    "download_all_examples": False,
    "show_memory": False,
    # Show the diagrams of estimators, but not the text of other return values.
    "capture_repr": ("_repr_html_",),
    "subsection_order": "gallery.section_position",
    "within_subsection_order": "gallery.example_position",
    "minigallery_sort_order": "gallery.example_position",
}


def _doi(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Link ``:doi:`` to the resolver, as scikit-learn's documentation does."""
    from docutils import nodes

    node = nodes.reference(rawtext, f"doi:{text}", refuri=f"https://doi.org/{text}")
    return [node], []


def setup(app):
    """Register the roles that the docstrings use."""
    app.add_role("doi", _doi)
