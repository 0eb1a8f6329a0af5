"""Sphinx configuration; `make docs` builds with warnings as errors."""

import inspect
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# The gallery trains networks: keep TensorFlow's log messages off its pages.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from inventories import compile_inventories

import sklstm


def public_classes():
    """Return the public classes by their full names."""
    modules = (sklstm, *(getattr(sklstm, name) for name in sklstm._SUBMODULES))
    return {
        f"{module.__name__}.{name}": cls
        for module in modules
        for name, cls in inspect.getmembers(module, inspect.isclass)
        if name in module.__all__
    }


def absent_methods():
    """Return the inherited methods of each class that its instances do not have.

    scikit-learn's ``available_if`` hides methods from instances, but not from classes:
    for example `set_output` of a transformer with 3-D output. No page should list them.
    """
    absent = {}
    for name, cls in public_classes().items():
        instance = cls.__new__(cls)
        absent[name] = [
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
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
    "numpydoc",
    "citation",
    "figures",
    "inherited",
    "measured",
    "typography",
]
nitpicky = True  # a reference that finds nothing is a warning
# Docstrings inherited from other releases of scikit-learn may refer to other parts of
# its glossary and guide. Files that GitHub shows, too, link to files that are not pages
# here.
suppress_warnings = ["ref.term", "ref.ref", "myst.xref_missing"]
exclude_patterns = ["_build", "_inventories"]
templates_path = ["_templates"]

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings have shapes and units, which types lack
autosummary_context = {"absent_methods": absent_methods()}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
toc_object_entries_show_parents = "hide"  # long names do not fit beside the page

# Types of parameters are links, where they are the name of something.
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    "DataFrame": "pandas.DataFrame",
    "Series": "pandas.Series",
    "Bunch": "sklearn.utils.Bunch",
    "MetadataRequest": "sklearn.utils.metadata_routing.MetadataRequest",
    "MetadataRouter": "sklearn.utils.metadata_routing.MetadataRouter",
    "bool": ":py:class:`bool`",
    "callable": ":py:func:`callable <callable>`",
    "array-like": ":term:`array-like <sklearn:array-like>`",
    "keras.Model": ":py:class:`keras.Model`",
    "keras.Sequential": ":py:class:`keras.Sequential`",
    "keras.callbacks.Callback": ":py:class:`keras.callbacks.Callback`",
    "keras.optimizers.Optimizer": ":py:class:`keras.optimizers.Optimizer`",
    "pandas.DataFrame": ":py:class:`pandas.DataFrame`",
}
numpydoc_xref_aliases |= {name.rpartition(".")[2]: name for name in public_classes()}
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
# Built from the lists in _inventories, without internet.
intersphinx_mapping = compile_inventories(
    HERE / "_inventories", HERE / "_build" / "inventories"
)

# `make linkcheck` needs the internet. Behind a DOI are publishers, many of which answer
# only browsers.
linkcheck_ignore = [r"https://doi\.org/.*"]
linkcheck_anchors_ignore_for_url = [r"https://keras\.io/.*"]
linkcheck_timeout = 20
linkcheck_retries = 2

# Copy the commands, without prompts and outputs.
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = "div.highlight:not(.sphx-glr-script-out *) pre"

html_theme = "pydata_sphinx_theme"
html_title = f"sklstm {version}"
html_favicon = "_static/logo.svg"
html_theme_options = {
    "logo": {
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo.svg",
        "text": "sklstm",
        "alt_text": "sklstm, to the start page",
    },
    "show_prev_next": False,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
# With several versions online, SKLSTM_VERSIONS is the address of their list, in the
# form of _static/versions.json, and a menu of versions appears. With one, there is no
# choice.
if "SKLSTM_VERSIONS" in os.environ:
    html_theme_options |= {
        "switcher": {
            "json_url": os.environ["SKLSTM_VERSIONS"],
            "version_match": version,
        },
        "check_switcher": False,  # builds need no internet
        "navbar_end": ["version-switcher", "theme-switcher"],
    }
html_context = {"default_mode": "auto"}  # light or dark, as the system is
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["layout.css"]
# These pages have no section navigation: pictures and code need the width.
html_sidebars = {page: [] for page in ("index", "auto_examples/*", "auto_examples/*/*")}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    # Each page of the API ends with the examples that use its object.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("sklstm",),
    "filename_pattern": r"plot_",
    "image_scrapers": ("figures.scraper",),
    "image_srcset": ["2x"],
    "reset_modules": ("matplotlib", "figures.reset"),
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,  # its pages load scripts from elsewhere
    # Show the diagrams of estimators, but not the text of other return values.
    "capture_repr": ("_repr_html_",),
    "subsection_order": "gallery.section_position",
    "within_subsection_order": "gallery.example_position",
    "minigallery_sort_order": "gallery.example_position",
}
