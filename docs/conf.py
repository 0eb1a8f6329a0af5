"""Sphinx configuration; `make docs` builds with warnings as errors."""

import inspect
import os

# The gallery trains networks: none of TensorFlow's notes belong on its pages.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import sklstm


def absent_methods():
    """Return inherited methods that a class has, but its instances do not.

    scikit-learn's ``available_if`` hides them from instances alone: `set_output` from a
    transformer to arrays of three dimensions, say. No page should list them.
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

html_theme = "pydata_sphinx_theme"
html_title = f"sklstm {version}"
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False}
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["wide_tables.css"]
# These pages have no section to navigate; code and tables need the width.
html_sidebars = {
    page: []
    for page in ("user_guide", "evidence", "performance", "index", "auto_examples/*")
}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    # The pages of the API end with the examples that use what they describe.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("sklstm",),
    "filename_pattern": r"plot_",
    "download_all_examples": False,
    "show_memory": False,
    # Estimators are shown, but not what a call that draws happens to return.
    "capture_repr": ("_repr_html_",),
    "within_subsection_order": "FileNameSortKey",
}


def _doi(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Link ``:doi:`` to the resolver, as scikit-learn's documentation does."""
    from docutils import nodes

    node = nodes.reference(rawtext, f"doi:{text}", refuri=f"https://doi.org/{text}")
    return [node], []


def setup(app):
    """Register what the docstrings use."""
    app.add_role("doi", _doi)
