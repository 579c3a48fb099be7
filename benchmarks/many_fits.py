"""Fits to many small tables, beside loops over scikit-learn's class and over ours.

    python benchmarks/many_fits.py [--quick] [--markdown FILE]

40,000 tables of 100 rows x 2 around three centres, three full components. The loops do a part of
the tables, and their time is multiplied. In turns, the least of three rounds.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, fit_many
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture as Peer
from threadpoolctl import threadpool_limits

ROUNDS = 3


def made_tables(count: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    centres = 4 * rng.normal(size=(count, 3, 2))
    labels = rng.integers(0, 3, (count, 100))
    return np.take_along_axis(centres, labels[:, :, None], 1) + rng.normal(size=(count, 100, 2))


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def on_one_thread(run: Callable[[], object]) -> object:
    with threadpool_limits(1):
        return run()


def measure(quick: bool) -> Iterator[str]:
    tables = made_tables(400 if quick else 40_000)
    count = len(tables)
    runs: dict[str, tuple[int, Callable[[int], object]]] = {
        "`fit_many`": (count, lambda n: fit_many(tables[:n], 3, random_state=0)),
        "a loop over `gaussmix.GaussianMixture`": (
            count // 20,
            lambda n: [GaussianMixture(3, random_state=0).fit(X) for X in tables[:n]],
        ),
        "a loop over scikit-learn's": (
            count // 200,
            lambda n: [Peer(3, random_state=0).fit(X) for X in tables[:n]],
        ),
        "the same, told to use one thread": (
            count // 200,
            lambda n: on_one_thread(lambda: [Peer(3, random_state=0).fit(X) for X in tables[:n]]),
        ),
    }
    least = dict.fromkeys(runs, np.inf)
    for _ in range(1 if quick else ROUNDS):
        for name, (n, run) in runs.items():
            own = seconds(lambda run=run, n=n: run(n)) * count / n  # type: ignore[misc]
            least[name] = min(least[name], own)
    ours = least["`fit_many`"]
    yield "| | seconds | microseconds a table | times `fit_many` |"
    yield "|---|---|---|---|"
    for name, own in least.items():
        yield f"| {name} | {own:.2f} | {own / count * 1e6:.0f} | {own / ours:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few tables, one round")
    parser.add_argument("--markdown", type=Path, help="write the table to this file, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = []
    for line in measure(options.quick):
        print(line, flush=True)
        lines.append(line)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
