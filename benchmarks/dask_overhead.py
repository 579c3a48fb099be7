"""gaussmix.dask with two worker processes against one process: what an iteration costs.

    python benchmarks/dask_overhead.py [--quick]

An iteration of EM, full covariances, over chunks that the workers hold, is timed four ways: by the
workers; by one thread of this process, the same E-steps of the same chunks; by both over a few rows
a chunk, where there is next to nothing but tasks to schedule and statistics to send (and, for what
dask alone takes of it, with as many tasks that do nothing); and as a fit
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

import dask
import dask.array as da
import gaussmix
import numpy as np
from distributed import Client, LocalCluster, default_client, wait
from gaussmix import Statistics
from gaussmix.dask import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning
from numpy.typing import NDArray

Rows = NDArray[np.float64]

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


def make_rows(n: int, seed: int) -> Rows:
    """Clusters that overlap: (n, N_FEATURES)."""
    means = 2 * np.random.default_rng(0).standard_normal((N_COMPONENTS, N_FEATURES))
    rng = np.random.default_rng(1 + seed)
    return means[rng.integers(N_COMPONENTS, size=n)] + rng.standard_normal((n, N_FEATURES))


def start_of(X: Rows) -> dict[str, Any]:
    """A start from rows, the same for all."""
    precision = np.diag(1 / X.var(axis=0))
    return {
        "n_components": N_COMPONENTS,
        "weights_init": np.full(N_COMPONENTS, 1 / N_COMPONENTS),
        "means_init": X[:: len(X) // N_COMPONENTS][:N_COMPONENTS],
        "precisions_init": np.broadcast_to(precision, (N_COMPONENTS, *precision.shape)),
        "tol": 0.0,
    }


def by_workers(n_chunk: int, start: dict[str, Any], iterations: int) -> float:
    """Seconds of an iteration by the workers of the current client, which make the rows."""
    chunks = [dask.delayed(make_rows)(n_chunk, seed) for seed in range(N_CHUNKS)]
    shape = (n_chunk, N_FEATURES)
    rows = da.concatenate([da.from_delayed(chunk, shape, float) for chunk in chunks]).persist()
    wait(rows)
    clock = Clock()
    GaussianMixture(**start, max_iter=iterations + 1, callback=clock).fit(rows)
    return clock.median()


def idle(rows: Any, number: int) -> int:
    """A task that does nothing."""
    return number


def by_idle_tasks(iterations: int) -> float:
    """Seconds of a pass of as many tasks, in a tree of merges, which do nothing."""
    clock = Clock()
    client = default_client()
    rows = client.scatter([np.zeros((1, 1))] * N_CHUNKS, hash=False)
    for i in range(iterations + 1):
        graph: dict[Any, Any] = {("rows", j): row for j, row in enumerate(rows)}
        graph |= {(f"idle-{i}", j): (idle, ("rows", j), i) for j in range(N_CHUNKS)}
        graph[f"sum-{i}"] = (sum, [(f"idle-{i}", j) for j in range(N_CHUNKS)])
        client.get(graph, f"sum-{i}")
        clock(i + 1, 0.0, 0.0)
    return clock.median()


def by_one_thread(parts: list[Rows], start: dict[str, Any], iterations: int) -> float:
    """Seconds of an iteration by the verbs."""
    model = gaussmix.GaussianMixture(**start, max_iter=0, n_jobs=1).fit(parts[0])
    clock = Clock()
    for i in range(iterations + 1):
        whole: Statistics = sum(model.expect(part) for part in parts)
        model = model.maximize(whole)
        clock(i + 1, 0.0, 0.0)
    return clock.median()


def in_memory(X: Rows, start: dict[str, Any], iterations: int) -> float:
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
    many, few = n // N_CHUNKS, 8 * N_COMPONENTS
    start = start_of(make_rows(many, 0))
    with (
        LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=":0", memory_limit=None
        ) as cluster,
        Client(cluster),
    ):
        workers, scheduled = (by_workers(size, start, iterations) for size in (many, few))
        dask_alone = by_idle_tasks(iterations)
    parts, small = ([make_rows(size, seed) for seed in range(N_CHUNKS)] for size in (many, few))
    one, alone = (by_one_thread(chunks, start, iterations) for chunks in (parts, small))
    whole = in_memory(np.concatenate(parts), start, iterations)
    rows = [
        ("workers", f"{workers * 1e3:.1f} ms"),
        ("one thread, the same chunks", f"{one * 1e3:.1f} ms"),
        ("a fit in memory, as many threads", f"{whole * 1e3:.1f} ms"),
        (
            "overhead: workers, a few rows a chunk",
            f"{(scheduled - alone / N_WORKERS) * 1e3:.1f} ms",
        ),
        ("of these: tasks that do nothing", f"{dask_alone * 1e3:.1f} ms"),
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
