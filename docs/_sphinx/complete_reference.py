"""Warns of what the package and the headers make public and the reference leaves out."""

import importlib
import types
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

DOCS = Path(__file__).resolve().parents[1]
LOGGER = logging.getLogger(__name__)
PAGES = [DOCS / "api" / "cpp.md", DOCS / "api" / "c.md"]
# What is of no use by itself: enum values stand with their enum, members with their class.
LEFT_OUT = {"GAUSSMIX_EXPORT"}


def _declared() -> Iterator[str]:
    index = ElementTree.parse(DOCS / "_build" / "doxygen" / "xml" / "index.xml").getroot()
    for compound in index:
        name = compound.findtext("name", "")
        is_class = compound.get("kind") in ("class", "struct")
        if is_class and name.count("::") == 1:
            yield name
        if compound.get("kind") not in ("file", "namespace"):
            continue
        scope = f"{name}::" if compound.get("kind") == "namespace" else ""
        for member in compound.iter("member"):
            member_name = member.findtext("name", "")
            # `fit< float >` is an instance of `fit`.
            if member.get("kind") != "enumvalue" and "<" not in member_name:
                yield scope + member_name


def _exported() -> Iterator[str]:
    for module in ("gaussmix", "gaussmix.plot", "gaussmix.density", "gaussmix.dask"):
        names = importlib.import_module(module)
        for name in names.__all__:
            is_module = isinstance(getattr(names, name), types.ModuleType)
            if not is_module and not name.startswith("__"):
                yield f"{module}.{name}".removeprefix("gaussmix.")


def _check(_: Sphinx) -> None:
    lines_of_python = {line.strip() for line in (DOCS / "api" / "python.md").open()}
    for name in sorted(set(_exported()) - lines_of_python):
        LOGGER.warning("the reference of Python has nothing of %s", name)
    lines = [line for page in PAGES for line in page.read_text().splitlines()]
    shown = {line.split()[1].split("(")[0] for line in lines if line.startswith("```{doxygen")}
    for name in sorted(set(_declared()) - shown - LEFT_OUT):
        LOGGER.warning("the reference of C++ and C has nothing of %s", name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", _check)
    return {"parallel_read_safe": True}
