"""How Sphinx builds these pages; `make docs` does. Neither building nor reading them needs a network."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

# Figures of notebooks are shown only by the backend that their kernel chooses.
os.environ.pop("MPLBACKEND", None)
sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "eddysky"
author = "The eddysky developers"
project_copyright = author
version = release = version_of("eddysky")

extensions = [
    "myst_nb",  # Markdown, and notebooks with what they show
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "command_line",
    "gallery",
    "mathml",
    "notebook_link",
]
# The gallery offers its scripts as notebooks, too, which are no pages.
exclude_patterns = ["_build", "**/sg_execution_times.rst", "gallery/*.ipynb"]
root_doc = "index"
templates_path = ["templates"]

# Anchors of headings are those that GitHub makes, so that links work in both places.
myst_heading_anchors = 4

# Fenced blocks of the language math are formulas, as on GitHub.
myst_fence_as_directive = ["math"]
html_math_renderer = "mathml"
# Notebooks are kept without outputs and run here, again only when they change.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True  # not beside the notebooks, which write files
nb_output_stderr = "error"
nb_merge_streams = True
nb_ipywidgets_js = {}  # would be fetched from elsewhere

# A name between single backticks in a docstring links to its entry, if it has one.
default_role = "py:obj"
autodoc_typehints_format = "short"
maximum_signature_line_length = 80
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "eddysky"
html_static_path = ["static"]
html_css_files = ["eddysky.css"]
smartquotes = False  # would make dashes of the hyphens of options
html_copy_source = False
html_show_sphinx = False

sphinx_gallery_conf = {
    "examples_dirs": "_build/scenarios",  # written by extensions/gallery.py
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "gallery.InOrder",
    "image_scrapers": ("gallery.written_figures",),
    "abort_on_example_error": True,
    "backreferences_dir": None,
    "capture_repr": (),
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,
}
