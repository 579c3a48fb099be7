"""Hundreds of components: gaussmix beside oneDAL, scikit-learn and vamm, in one run.

    python benchmarks/many_components.py [--only PART ...] [--quick] [--vamm FOLDER]
        [--markdown FILE]

vamm is truncated variational EM (Salwig, Kahlke, Hirschberger, Forster, Lücke 2025, arXiv
2501.12299), in Python and C++. It has its own licence and is no part of this: --vamm names a folder
that has its package and modules, or it is installed; where it is not there, the page says so.
"""

import argparse
import importlib.metadata
import importlib.util
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path

from components.first import FIRST
from components.late import LATE_ITERATIONS
from components.pairs import PAIRS
from components.part import Part, Settings
from components.products import PRODUCTS
from components.pruning import PRUNING
from components.whole import WHOLE_FITS
from em import machine
from em.contestant import Contestant, FailureError
from em.tables import table

PARTS = {
    "pairs": PAIRS,
    "first": FIRST,
    "products": PRODUCTS,
    "whole": WHOLE_FITS,
    "late": LATE_ITERATIONS,
    "pruning": PRUNING,
}
REMARKS = "\n## What it shows\n"  # written by hand, and kept


def version(library: str) -> str:
    contestant = Contestant(library, library, 1, timeout=60)
    try:
        return contestant.version()
    except FailureError as failure:
        return f"failed: {failure}"
    finally:
        contestant.stop()


def version_of_vamm() -> str:
    """Its package does not say."""
    try:
        return importlib.metadata.version("vamm")
    except importlib.metadata.PackageNotFoundError:
        return "from a folder" if importlib.util.find_spec("vamm") else "not installed"


def heading(settings: Settings) -> Iterator[str]:
    yield "# Many components\n"
    yield "Written by `python benchmarks/many_components.py`. All numbers are of one run.\n"
    about = {"date": f"{date.today()}", **machine.describe(settings.n_threads)}
    about |= {library: version(library) for library in ("scikit-learn", "oneDAL")}
    about["vamm"] = version_of_vamm()
    yield table(["", ""], [[name, text] for name, text in about.items()])


def shown(part: Part, settings: Settings) -> Iterator[str]:
    began = time.perf_counter()
    yield f"\n## {part.title}\n"
    yield f"{part.about}\n"
    yield table(list(part.head), [])
    for cells in part.measure(settings):
        yield f"| {' | '.join(cells)} |"
    yield f"\nMeasured in {time.perf_counter() - began:.0f} s."


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny data, one round")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--vamm", type=Path, help="folder of vamm's package and modules")
    parser.add_argument("--threads", type=int, default=machine.n_cores(), help="default: all cores")
    parser.add_argument("--markdown", type=Path, help="write the page to this file, too")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    if chosen.vamm:
        sys.path.append(str(chosen.vamm))
    warnings.simplefilter("ignore")
    settings = Settings(chosen.quick, chosen.threads)
    lines = []
    parts = (shown(PARTS[name], settings) for name in chosen.only)
    for text in chain(heading(settings), *parts):
        print(text, flush=True)
        lines.append(text)
    if chosen.markdown:
        known = chosen.markdown.read_text() if chosen.markdown.exists() else ""
        remarks = known.partition(REMARKS)[2]
        chosen.markdown.write_text("\n".join(lines) + "\n" + (REMARKS + remarks if remarks else ""))


if __name__ == "__main__":
    main()
