"""Sessions of nox: what the project's tools do, each in one command."""

import shutil
from pathlib import Path

import nox

DOCS = Path("docs")


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the documentation, in which every warning is an error, in docs/_build/html.

    It needs Doxygen. With --no-venv it takes the gaussmix and the tools that are there.
    """
    if session.virtualenv.is_sandboxed:
        session.install(".[docs]")
    for generated in ("_build", "gallery", "api/generated"):
        shutil.rmtree(DOCS / generated, ignore_errors=True)
    (DOCS / "_build").mkdir()
    session.run("doxygen", "docs/Doxyfile", external=True)
    session.run(
        "sphinx-build",
        "-W",
        "--keep-going",
        "--fresh-env",
        "-b",
        "html",
        "docs",
        "docs/_build/html",
    )
