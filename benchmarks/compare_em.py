"""EM of gaussmix beside that of other libraries: results first, then times, in one run.

    python benchmarks/compare_em.py [--quick]

It writes RESULTS.md, results.json and results.svg beside this file. Libraries that are not
installed, crash, or find something else are reported as failed. --quick takes few rows and
components, two rounds, and writes to build/benchmarks: it shows that everything runs, not how fast.
"""

import argparse
import dataclasses
import importlib.util
import sys
from pathlib import Path

import memory
from em import files, machine
from em.contestant import Contestant, FailureError
from em.libraries import LIBRARIES
from em.limits import EXPONENTIALS, LIMITS, PRODUCT_LIMITS, PRODUCT_ONE_THREAD
from em.problems import (
    COVARIANCE_TYPES,
    DISTANCES,
    SHAPES,
    Problem,
    make_data,
    make_start,
)
from em.report import Results, markdown
from em.rounds import REFERENCE, Case, run_case
from em.targets import OURS, OURS_ONE_THREAD, targets

HERE = Path(__file__).parent
QUICK_FOLDER = HERE.parent / "build" / "benchmarks"
OVERLAPPING_SHAPES = "BCD"
QUICK_COMPONENTS = 3


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    parser.add_argument("--shapes", default="ABCDEF", help="default: %(default)s")
    parser.add_argument("--types", nargs="+", choices=COVARIANCE_TYPES, default=COVARIANCE_TYPES)
    parser.add_argument("--libraries", nargs="+", choices=list(LIBRARIES), default=list(LIBRARIES))
    parser.add_argument("--rounds", type=int, help="default: 7, or 2 with --quick")
    parser.add_argument("--threads", type=int, default=machine.n_cores(), help="default: all cores")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that a fit may take")
    parser.add_argument("--output", type=Path, help="folder of the results")
    parser.add_argument("--no-plot", action="store_true", help="needs no matplotlib")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 7)
    chosen.output = chosen.output or (QUICK_FOLDER if chosen.quick else HERE)
    wanted = {OURS, REFERENCE, *chosen.libraries}
    chosen.libraries = [name for name in LIBRARIES if name in wanted]
    return chosen


def make_cases(chosen: argparse.Namespace) -> list[Case]:
    shapes = [shape for shape in SHAPES if shape.name in chosen.shapes]
    if chosen.quick:
        shapes = [
            dataclasses.replace(shape, n_samples=8 * QUICK_COMPONENTS * shape.n_features,
                                n_components=QUICK_COMPONENTS)
            for shape in shapes
        ]  # fmt: skip
    cases = [Case("separated", s, t, 10) for t in chosen.types for s in shapes]
    if "full" in chosen.types:
        overlapping = [shape for shape in shapes if shape.name in OVERLAPPING_SHAPES]
        cases += [Case("overlapping", shape, "full", 10) for shape in overlapping]
        cases += [Case("separated", shape, "full", 1) for shape in shapes]
    return cases


class Field:
    """All contestants, whose processes live from their first case to the end."""

    def __init__(self, libraries: list[str], n_threads: int, timeout: float) -> None:
        self._libraries = {
            name: Contestant(name, name, n_threads, timeout) for name in [*libraries, *LIMITS]
        }
        self._one_thread = [
            Contestant(OURS_ONE_THREAD, OURS, 1, timeout),
            Contestant(PRODUCT_ONE_THREAD, PRODUCT_LIMITS[1], 1, timeout),
        ]

    def versions(self) -> dict[str, str]:
        """Of the libraries and limits; for one that cannot be had, why."""
        found = {}
        for name, contestant in self._libraries.items():
            try:
                found[name] = contestant.version()
            except FailureError as failure:
                found[name] = f"failed: {failure}"
        return found

    def of(self, case: Case) -> list[Contestant]:
        full = case.covariance_type == "full"
        limits = [*PRODUCT_LIMITS] if full else []
        if full and case.shape.name == "A":
            limits.append(EXPONENTIALS)
        chosen = [
            contestant
            for name, contestant in self._libraries.items()
            if name in limits
            or (name in LIBRARIES and case.covariance_type in LIBRARIES[name].covariance_types)
        ]
        return [*chosen, *self._one_thread] if full and case.iterations > 1 else chosen

    def stop(self) -> None:
        for contestant in [*self._libraries.values(), *self._one_thread]:
            contestant.stop()


def run_cases(cases: list[Case], field: Field, n_rounds: int) -> None:
    for number, case in enumerate(cases, 1):
        print(f"{number} of {len(cases)}: {case}", file=sys.stderr, flush=True)
        X = make_data(case.shape, DISTANCES[case.data])
        start = make_start(X, case.shape.n_components, case.covariance_type)
        run_case(case, Problem(X, case.covariance_type, start), field.of(case), n_rounds)


def write(results: Results, folder: Path, plot: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if plot:
        from em.plot import draw

        draw(results.cases, folder / "results.svg")
    files.write(
        folder, "results", results, targets(results.cases),
        markdown(results, "results.svg" if plot else None),
    )  # fmt: skip


def main() -> None:
    chosen = options()
    if not chosen.no_plot and importlib.util.find_spec("matplotlib") is None:
        sys.exit("the plot needs matplotlib: pip install '.[benchmarks]', or use --no-plot")
    cases = make_cases(chosen)
    field = Field(chosen.libraries, chosen.threads, chosen.timeout)
    try:
        versions = field.versions()
        run_cases(cases, field, chosen.rounds)
    finally:
        field.stop()
    sizes = memory.QUICK_SIZES if chosen.quick else memory.SIZES
    peaks = memory.measure(sizes, chosen.threads) if sys.platform == "linux" else []
    results = Results(machine.describe(chosen.threads), versions, chosen.rounds, cases, peaks)
    write(results, chosen.output, plot=not chosen.no_plot)
    print(f"wrote RESULTS.md and results.json to {chosen.output}")


if __name__ == "__main__":
    main()
