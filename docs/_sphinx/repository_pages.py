"""Makes pages of the Markdown files that lie outside of docs, and mends links between them.

In the repository, a link goes from one file to another. In the built pages, what a page includes is
a part of that page, so that its links and pictures are to be found from there, and a link to a file
that a page includes is a link to the page.
"""

import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
GALLERY = ROOT / "examples" / "gallery"

# The page for each Markdown file that is not one of docs itself.
PAGES = {
    "README.md": "index",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
    "benchmarks/RESULTS.md": "benchmarks-em",
    "benchmarks/STARTS.md": "benchmarks-starts",
    "benchmarks/BUSY.md": "benchmarks-busy",
    "benchmarks/FAMILIES.md": "benchmarks-families",
    "benchmarks/MANY_COMPONENTS.md": "benchmarks-many-components",
    "examples/README.md": "scripts",
    "licenses/README.md": "licences",
}
LINK = re.compile(r"(?P<text>\]\()(?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def mended(markdown: str, source: Path, page: str) -> str:
    """The text of a file as it stands in a page: its links outside of code lead on from there."""
    pieces, end = [], 0
    for code in FENCED.finditer(markdown):
        pieces += [_mended_links(markdown[end : code.start()], source, page), code[0]]
        end = code.end()
    return "".join([*pieces, _mended_links(markdown[end:], source, page)])


def _mended_links(markdown: str, source: Path, page: str) -> str:
    def link(match: re.Match[str]) -> str:
        file = Path(os.path.normpath(source.parent / match["target"]))
        if not file.exists():
            return match[0]
        name = file.relative_to(ROOT).as_posix()
        if name in PAGES:
            file = DOCS / f"{PAGES[name]}.md"
        elif file.parent == GALLERY and file.suffix == ".py":
            file = DOCS / "gallery" / f"{file.stem}.rst"
        target = os.path.relpath(file, (DOCS / page).parent)
        return f"{match['text']}{target}{match['anchor'] or ''})"

    return LINK.sub(link, markdown)


def _read_page(app: Sphinx, page: str, content: list[str]) -> None:
    source = Path(app.env.doc2path(page))
    if source.suffix == ".md":
        content[0] = mended(content[0], source, page)


def _read_included(_: Sphinx, file: Path, page: str, content: list[str]) -> None:
    file = Path(file) if Path(file).is_absolute() else DOCS / file
    if file.suffix == ".md":
        content[0] = mended(content[0], Path(os.path.normpath(file)), page)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", _read_page)
    app.connect("include-read", _read_included)
    return {"parallel_read_safe": True}
