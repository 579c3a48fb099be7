"""What an iteration of EM costs on many machines: measured here, then simulated for more.

    python benchmarks/cost_model.py [--quick] [--markdown FILE]

Measures on this machine the time of an E-step a row, component and square of the features, the
bytes of statistics, the time to read and merge them, and what Dask's scheduler takes for a task
(a local cluster of one process; 0.2 ms where distributed is not installed). With these numbers an
iteration over chunks is simulated task by task: one scheduler hands out a task at a time; a worker
takes them in order; a chunk's time varies as a log-normal number does, and some are stragglers;
statistics merge in a tree of eight children, whose nodes are tasks too and pay for the transfer.
docs/planning.md explains the numbers.
"""

import argparse
import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, Statistics

FAN_IN = 8
SPREAD = 0.15  # standard deviation of the logarithm of a task's time
BANDWIDTH = 1.0e9  # bytes a second, of a network of 10 Gbit/s
CORES = 8  # of a worker, each as fast as one here


@dataclass(frozen=True)
class Costs:
    """Seconds.

    Attributes:
        of_pair: an E-step on one core, of a row and a component, for each of d (d + 3) / 2 numbers.
        of_row: what a row costs besides.
        of_byte: to read and merge a byte of statistics.
        of_task: what the scheduler takes for a task.
    """

    of_pair: float
    of_row: float
    of_byte: float
    of_task: float

    def expect(self, rows: float, k: int, d: int) -> float:
        return rows * (self.of_row + self.of_pair * k * d * (d + 3) / 2) / CORES

    def merge(self, k: int, d: int) -> float:
        """One node of the tree: its children come over the network."""
        return FAN_IN * bytes_of_statistics(k, d) * (self.of_byte + 1 / BANDWIDTH)


def bytes_of_statistics(k: int, d: int) -> int:
    """Of full covariances: the lower triangle, mean and reference, and weights, of a component."""
    return 8 * k * (d * (d + 1) // 2 + 2 * d + 2) + 100


def fastest(work: Callable[[], object], repeats: int = 5) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def mixture_of(k: int, d: int, n: int) -> tuple[GaussianMixture, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d)) + 0.5 * rng.standard_normal((k, d))[rng.integers(0, k, n)]
    start = GaussianMixture(k, max_iter=0, init_params="random_from_data", random_state=0, n_jobs=1)
    return start.fit(X).step(X), X


def measured_rates(n: int) -> tuple[float, float]:
    """Seconds of an E-step of one row: least squares over sizes, of a core."""
    sizes = [(8, 8), (32, 16), (64, 16), (64, 32), (256, 8)]
    design, seconds = [], []
    for k, d in sizes:
        mixture, X = mixture_of(k, d, n)
        seconds.append(fastest(lambda m=mixture, X=X: m.expect(X)) / n)
        design.append([k * d * (d + 3) / 2, 1.0])
    scale = 1 / np.array(seconds)  # relative errors count
    rates = np.linalg.lstsq(np.array(design) * scale[:, None], np.ones(len(sizes)), rcond=None)[0]
    return max(float(rates[0]), 1e-12), max(float(rates[1]), 0.0)


def measured_merge() -> float:
    """Seconds to read and merge a byte of statistics."""
    mixture, X = mixture_of(64, 32, 20_000)
    data = mixture.expect(X).to_bytes()
    sum_of_both = Statistics.from_bytes(data)
    return fastest(lambda: sum_of_both.merge(Statistics.from_bytes(data))) / len(data)


def measured_task(n_tasks: int) -> float:
    """Seconds of a task that does nothing, in a cluster of one process on this machine."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return 2e-4
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):

        def graph(first: int) -> float:
            """Tasks whose results one task takes, as those of a pass: seconds."""
            tasks = {f"root-{first + i}": (math.sqrt, first + i) for i in range(n_tasks)}
            began = time.perf_counter()
            client.get({**tasks, f"largest-{first}": (max, list(tasks))}, f"largest-{first}")
            return time.perf_counter() - began

        return min(graph(i * n_tasks) for i in range(1, 4)) / n_tasks


def simulated_iteration(
    costs: Costs, n_rows: float, k: int, d: int, workers: int, chunk: float, seed: int = 0
) -> float:
    """Seconds of one iteration: the E-steps of all chunks, and the tree of merges."""
    rng = np.random.default_rng(seed)
    n_tasks = math.ceil(n_rows / chunk)
    factors = np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, n_tasks))
    factors[rng.random(n_tasks) < 1 / 1000] *= 5  # a worker that others slow down
    seconds = costs.expect(chunk, k, d) * factors
    free = [0.0] * workers
    ready = np.empty(n_tasks)
    for i in range(n_tasks):  # the scheduler hands out one at a time, to who is free first
        begin = max(heapq.heappop(free), i * costs.of_task)
        ready[i] = begin + seconds[i]
        heapq.heappush(free, ready[i])
    while len(ready) > 1:
        n_nodes = math.ceil(len(ready) / FAN_IN)
        padded = np.zeros(n_nodes * FAN_IN)
        padded[: len(ready)] = ready
        last = np.sort(padded.reshape(n_nodes, FAN_IN).max(axis=1))
        # A level's nodes are as many tasks for the scheduler, and share the workers.
        waves = np.maximum(np.arange(n_nodes) * costs.of_task, 0.0)
        ready = np.maximum(last, last[0] + waves) + costs.merge(k, d) * max(1, n_nodes / workers)
    return float(ready[0])


def best_chunk(costs: Costs, n_rows: float, k: int, d: int, workers: int) -> tuple[float, float]:
    """The rows of a chunk, of those that 2 GiB hold, for which an iteration takes least."""
    most = 2**31 / (8 * d)
    found = []
    for exponent in np.arange(4.0, math.log10(most), 0.5):
        chunk = 10**exponent
        if n_rows / chunk <= 2e6:
            found.append((simulated_iteration(costs, n_rows, k, d, workers, chunk), chunk))
    seconds, chunk = min(found)
    return chunk, seconds


def table(costs: Costs) -> list[str]:
    lines = [
        "| rows | k | features | workers | rows of a chunk | seconds an iteration | efficiency |",
        "|---|---|---|---|---|---|---|",
    ]
    for n_rows, k, d, workers in (
        (1e9, 32, 16, 10),
        (1e9, 32, 16, 100),
        (1e9, 32, 16, 1000),
        (1e12, 32, 16, 100),
        (1e12, 32, 16, 1000),
        (1e12, 256, 64, 1000),
        (1e12, 1024, 128, 1000),
        (1e10, 1024, 256, 1000),
    ):
        chunk, seconds = best_chunk(costs, n_rows, k, d, workers)
        ideal = costs.expect(n_rows, k, d) / workers
        lines.append(
            f"| {n_rows:.0e} | {k} | {d} | {workers} | {chunk:.0e} | {seconds:.3g} | "
            f"{ideal / seconds:.2f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and tasks")
    parser.add_argument("--markdown", type=Path, help="where to write the tables")
    arguments = parser.parse_args()
    n, n_tasks = (5_000, 200) if arguments.quick else (50_000, 5_000)
    costs = Costs(*measured_rates(n), measured_merge(), measured_task(n_tasks))
    lines = [
        "| measured on one core | |",
        "|---|---|",
        f"| a row, component and number of d (d + 3) / 2 | {costs.of_pair * 1e9:.3f} ns |",
        f"| a row besides | {costs.of_row * 1e9:.0f} ns |",
        f"| a byte of statistics, read and merged | {costs.of_byte * 1e9:.2f} ns |",
        f"| a task, in the scheduler | {costs.of_task * 1e3:.2f} ms |",
        "",
        *table(costs),
    ]
    print("\n".join(lines))
    if arguments.markdown:
        arguments.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
