"""How Sphinx builds these pages: `nox -s docs` builds all, and takes warnings as errors."""

import re
import sys
from pathlib import Path

import matplotlib

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS / "_sphinx"))
matplotlib.use("agg")

project = "gaussmix"
author = "the gaussmix developers"
copyright = author
version = release = re.search(
    r'GAUSSMIX_VERSION "([^"]+)"', (ROOT / "cpp/include/gaussmix/version.hpp").read_text()
)[1]

extensions = [
    "breathe",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "complete_reference",
    "docstrings",
    "llms_txt",
    "repository_pages",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

autosummary_generate = True
autodoc_member_order = "groupwise"
autodoc_typehints = "none"
numpydoc_show_class_members = False

breathe_projects = {"gaussmix": str(DOCS / "_build" / "doxygen" / "xml")}
breathe_default_project = "gaussmix"
breathe_domain_by_file_pattern = {"*/gaussmix.h": "c"}

sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "examples" / "gallery"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "abort_on_example_error": True,
    "image_scrapers": ("matplotlib",),
    "capture_repr": (),
    "write_computation_times": False,
    "matplotlib_animations": False,
    "within_subsection_order": "gallery_order.ByChapter",
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 60,
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "gaussmix"
html_static_path = ["_static"]
html_extra_path = ["llms.txt"]
html_css_files = ["gaussmix.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
}
html_sidebars = {"index": [], "getting-started": [], "features": [], "changelog": []}
