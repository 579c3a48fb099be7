"""gaussmix.dask with two worker processes against one process: what an iteration costs.

    python benchmarks/dask_overhead.py [--quick]

An iteration of EM, full covariances, over chunks that the workers hold, is timed four ways: by the
workers; by one thread of this process, the same E-steps of the same chunks; by both over a few rows
a chunk, where there is next to nothing but tasks to schedule and statistics to send; and as a fit
in memory with as many threads as there are workers, which remembers bounds from iteration to
iteration and so leaves most components out. Prints the medians. Parallel efficiency is the time of
one thread over the time of all workers together; on fewer idle cores than workers it means nothing.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from typing import Any

import dask.array as da
import gaussmix
import numpy as np
from distributed import Client, LocalCluster, wait
from gaussmix import Statistics
from gaussmix.dask import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning

N_FEATURES, N_COMPONENTS, N_WORKERS, N_CHUNKS = 16, 32, 2, 8


class Clock:
    """A callback that notes how long each iteration takes but the first."""

    def __init__(self) -> None:
        self._last = 0.0
        self.seconds: list[float] = []

    def __call__(self, iteration: int, log_likelihood: float, change: float) -> None:
        now = time.perf_counter()
        if iteration > 1:
            self.seconds.append(now - self._last)
        self._last = now

    def median(self) -> float:
        return statistics.median(self.seconds)


def make_rows(n: int) -> np.ndarray[Any, Any]:
    """Clusters that overlap: (n, N_FEATURES)."""
    rng = np.random.default_rng(0)
    means = 2 * rng.standard_normal((N_COMPONENTS, N_FEATURES))
    return means[rng.integers(N_COMPONENTS, size=n)] + rng.standard_normal((n, N_FEATURES))


def start_of(X: np.ndarray[Any, Any]) -> dict[str, Any]:
    """A start from rows, the same for all."""
    precision = np.diag(1 / X.var(axis=0))
    return {
        "n_components": N_COMPONENTS,
        "weights_init": np.full(N_COMPONENTS, 1 / N_COMPONENTS),
        "means_init": X[:: len(X) // N_COMPONENTS][:N_COMPONENTS],
        "precisions_init": np.broadcast_to(precision, (N_COMPONENTS, *precision.shape)),
        "tol": 0.0,
    }


def by_workers(X: np.ndarray[Any, Any], start: dict[str, Any], iterations: int) -> float:
    """Seconds of an iteration by the workers of the current client."""
    rows = da.from_array(X, chunks=(-(-len(X) // N_CHUNKS), -1)).persist()
    wait(rows)
    clock = Clock()
    GaussianMixture(**start, max_iter=iterations + 1, callback=clock).fit(rows)
    return clock.median()


def by_one_thread(X: np.ndarray[Any, Any], start: dict[str, Any], iterations: int) -> float:
    """Seconds of an iteration by the verbs."""
    parts = np.array_split(X, N_CHUNKS)
    model = gaussmix.GaussianMixture(**start, max_iter=0, n_jobs=1).fit(X)
    clock = Clock()
    for i in range(iterations + 1):
        whole: Statistics = sum(model.expect(part) for part in parts)
        model = model.maximize(whole)
        clock(i + 1, 0.0, 0.0)
    return clock.median()


def in_memory(X: np.ndarray[Any, Any], start: dict[str, Any], iterations: int) -> float:
    """Seconds of an iteration of an ordinary fit."""
    clock = Clock()
    gaussmix.GaussianMixture(
        **start, max_iter=iterations + 1, callback=clock, n_jobs=N_WORKERS
    ).fit(X)
    return clock.median()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it runs")
    n, iterations = (20_000, 2) if parser.parse_args().quick else (2_000_000, 10)
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, few = make_rows(n), make_rows(N_CHUNKS * 8 * N_COMPONENTS)
    start = start_of(X)
    with (
        LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=":0", memory_limit=None
        ) as cluster,
        Client(cluster),
    ):
        workers, scheduled = (by_workers(rows, start, iterations) for rows in (X, few))
    one, alone = (by_one_thread(rows, start, iterations) for rows in (X, few))
    rows = [
        ("workers", f"{workers * 1e3:.1f} ms"),
        ("one thread, the same chunks", f"{one * 1e3:.1f} ms"),
        ("a fit in memory, as many threads", f"{in_memory(X, start, iterations) * 1e3:.1f} ms"),
        (
            "overhead: workers, a few rows a chunk",
            f"{(scheduled - alone / N_WORKERS) * 1e3:.1f} ms",
        ),
        ("parallel efficiency", f"{one / (N_WORKERS * workers):.2f}"),
    ]
    print(
        f"{n} x {N_FEATURES}, {N_COMPONENTS} components, full; {N_CHUNKS} chunks, {N_WORKERS} "
        f"workers of one thread, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n"
    )
    for name, value in rows:
        print(f"{name:<40}{value:>12}")


if __name__ == "__main__":
    main()
