"""Makes docs/llms.txt of the pages: their titles and first sentences, in the order of the menus.

    python docs/_sphinx/llms_txt.py

writes it. The build of the documentation warns where it is not what this would write, and puts it
and the Markdown of all pages beside the HTML.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gallery_order import ByChapter
from repository_pages import DOCS, GALLERY, ROOT, mended
from sphinx.application import Sphinx
from sphinx.util import logging

FILE = DOCS / "llms.txt"
LOGGER = logging.getLogger(__name__)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^```\{include\} (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(r"^(```|:::+).*?^\1$", re.MULTILINE | re.DOTALL)
SENTENCE = re.compile(r".+?[.?](?=\s|$)|.+", re.DOTALL)


def markdown(page: str) -> str:
    """The text of a page, with what it includes."""
    source = DOCS / f"{page}.md"

    def included(match: re.Match[str]) -> str:
        options = dict(re.findall(r'^:([\w-]+): "?(.*?)"?$', match[2], re.MULTILINE))
        file = (source.parent / match[1]).resolve()
        text = file.read_text()
        if after := options.get("start-after"):
            text = text[text.index(after) + len(after) :]
        if before := options.get("end-before"):
            text = text[: text.index(before)]
        return mended(text, file, page).strip("\n")

    return INCLUDE.sub(included, mended(source.read_text(), source, page))


def children(page: str) -> Iterator[str]:
    """The pages in the menus of a page; those that are written by the build are left out."""
    folder = (DOCS / page).parent
    for menu in TOCTREE.findall((DOCS / f"{page}.md").read_text()):
        for line in menu.splitlines():
            name = line.removesuffix(">").rsplit("<", 1)[-1]
            entry = (folder / name).resolve()
            if name and not name.startswith(":") and entry.with_suffix(".md").exists():
                yield entry.relative_to(DOCS).as_posix()


def pages(first: str = "index") -> Iterator[str]:
    """All pages, each before those in its menus."""
    yield first
    for child in children(first):
        yield from pages(child)


def _line(page: str) -> str:
    text = markdown(page)
    title = re.search(r"^# (.*)", text, re.MULTILINE)[1]
    paragraphs = DIRECTIVE.sub("", text.split(f"# {title}", 1)[1]).split("\n\n")
    prose = (p for p in paragraphs if re.match(r"\n?[\w`*\[]", p))
    first = SENTENCE.match(next(prose, ""))
    sentence = " ".join(first[0].split()).removesuffix(":") if first else ""
    sentence = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", sentence)
    return f"- [{title}]({page}.md)" + (f": {sentence}" if sentence else "")


def _example_line(script: Path) -> str:
    title, _, prose = script.read_text().split('"""')[1].strip().partition("\n")
    sentence = SENTENCE.match(prose.strip("=\n"))[0].replace("``", "`")
    name = script.relative_to(ROOT).as_posix()
    return f"- {title} (`{name}` in the repository): {' '.join(sentence.split())}"


def llms_txt() -> str:
    """The text of the file."""
    about = markdown("index").split("# gaussmix\n", 1)[1].strip().split("\n\n")[0]
    lines = ["# gaussmix", "", *(f"> {line}" for line in about.replace("**", "").splitlines())]
    for chapter in children("index"):
        title = re.search(r"^# (.*)", markdown(chapter), re.MULTILINE)[1]
        lines += ["", f"## {title}", "", *map(_line, pages(chapter))]
    examples = sorted(GALLERY.glob("*.py"), key=lambda script: ByChapter("")(script.name))
    lines += ["", "## Gallery", "", *map(_example_line, examples)]
    return "\n".join(lines) + "\n"


def _check(_: Sphinx) -> None:
    if not FILE.exists() or FILE.read_text() != llms_txt():
        LOGGER.warning("docs/llms.txt is not current: python docs/_sphinx/llms_txt.py writes it")


def _write_markdown(app: Sphinx, problem: Exception | None) -> None:
    if problem is not None or app.builder.format != "html":
        return
    for page in pages():
        file = Path(app.outdir, f"{page}.md")
        file.parent.mkdir(exist_ok=True)
        file.write_text(markdown(page))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", _check)
    app.connect("build-finished", _write_markdown)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    FILE.write_text(llms_txt())
