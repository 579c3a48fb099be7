"""k-means, starts and restarts of gaussmix beside those of other libraries, in one run.

    python benchmarks/compare_starts.py [--quick]

It writes STARTS.md, starts.json and starts.svg beside this file. Libraries that are not installed,
or find something else, are reported as failed. --quick takes few rows, two rounds and two seeds,
and writes to build/benchmarks: it shows that everything runs, not how fast.
"""

import argparse
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from em import files, machine
from starts import fits, kmeans, optima
from starts.report import Results, markdown
from starts.targets import Measured, targets

T = TypeVar("T")
HERE = Path(__file__).parent
QUICK_FOLDER = HERE.parent / "build" / "benchmarks"
DISTANCE = 1.0  # the means are N(0, I)
PARTS = ("kmeans", "fits", "optima")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, help="of k-means; default: 7, or 2 with --quick")
    parser.add_argument("--seeds", type=int, help="default: 20, or 2 with --quick")
    parser.add_argument("--seconds", type=float, help="for each optimum; default: 30, or 0.3")
    parser.add_argument("--output", type=Path, help="folder of the results")
    parser.add_argument("--no-plot", action="store_true", help="needs no matplotlib")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 7)
    chosen.seeds = chosen.seeds or (2 if chosen.quick else 20)
    chosen.seconds = chosen.seconds or (0.3 if chosen.quick else 30.0)
    chosen.output = chosen.output or (QUICK_FOLDER if chosen.quick else HERE)
    return chosen


def measure(chosen: argparse.Namespace) -> Measured:
    kmeans_sizes = kmeans.QUICK_SIZES if chosen.quick else kmeans.SIZES
    fit_sizes = fits.QUICK_SIZES if chosen.quick else fits.SIZES
    questions = optima.QUICK_QUESTIONS if chosen.quick else optima.QUESTIONS
    measured = Measured([], [], [])
    for size in _announced("k-means", kmeans_sizes if "kmeans" in chosen.parts else ()):
        measured.kmeans.append(kmeans.run_size(size, DISTANCE, chosen.rounds, chosen.seeds))
    for size in _announced("fits", fit_sizes if "fits" in chosen.parts else ()):
        measured.fits.append(fits.run_size(size, DISTANCE, chosen.seeds))
    for question in _announced("optima", questions if "optima" in chosen.parts else ()):
        measured.optima.append(optima.run_question(question, chosen.seconds))
    return measured


def _announced(part: str, items: Iterable[T]) -> Iterator[T]:
    for item in items:
        print(f"{part}: {item}", file=sys.stderr, flush=True)
        yield item


def versions() -> dict[str, str]:
    found = {}
    for name in ("gaussmix", "scikit-learn", "faiss-cpu"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def write(results: Results, folder: Path, plot: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    plot = plot and bool(results.measured.optima)
    if plot:
        from starts.plot import draw

        draw(results.measured.optima, folder / "starts.svg")
    files.write(
        folder, "starts", results, targets(results.measured),
        markdown(results, "starts.svg" if plot else None),
    )  # fmt: skip


def main() -> None:
    chosen = options()
    if not chosen.no_plot and importlib.util.find_spec("matplotlib") is None:
        sys.exit("the plot needs matplotlib: pip install '.[benchmarks]', or use --no-plot")
    described = machine.describe(machine.n_cores())
    results = Results(described, versions(), chosen.rounds, chosen.seeds, measure(chosen))
    write(results, chosen.output, plot=not chosen.no_plot)
    print(f"wrote STARTS.md and starts.json to {chosen.output}")


if __name__ == "__main__":
    main()
