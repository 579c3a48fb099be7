"""Fits to many small tables, beside loops over scikit-learn's class and over ours.

    python benchmarks/many_fits.py [--quick] [--markdown FILE]

40,000 tables of 100 rows x 2 around three centres, three full components. The loops do a part of
the tables, and their time is multiplied. In turns, the least of three rounds.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
from gaussmix import GaussianMixture, fit_many
from numpy.typing import NDArray
from printed import print_measured
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


if __name__ == "__main__":
    print_measured(__doc__, measure, "few tables, one round")
