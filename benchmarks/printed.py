"""What benchmarks have in common that print lines of Markdown as they are measured."""

import argparse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path


def print_measured(
    description: str | None, measure: Callable[[bool], Iterator[str]], quick: str
) -> None:
    """Reads the command line, and prints the lines of measure(whether it says --quick).

    `description` is the docstring of a script, and `quick` says what --quick does there.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--markdown", type=Path, help="write what is printed to this file, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for line in measure(options.quick):
        print(line, flush=True)
        lines.append(line)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")
