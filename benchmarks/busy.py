"""Times on a machine that is not idle: the default number of threads beside one thread.

    python benchmarks/busy.py [--quick] [--markdown FILE]

Each task runs with n_jobs=None and n_jobs=1 in turns, while 0, 1, 2 and 4 other processes keep
cores busy, and at last within a quota of one core, if this process may make a control group. What
is shown is the median of each, and the ratio of the two.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from gaussmix import GaussianMixture, KMeans
from gaussmix.exceptions import ConvergenceWarning

BUSY = (0, 1, 2, 4)
Task = Callable[[int | None], object]


def make_tasks(quick: bool) -> dict[str, Task]:
    rng = np.random.default_rng(0)
    small = rng.standard_normal((3_000, 25)) + 4 * rng.integers(0, 5, (3_000, 1))
    n, d, k = (2_000, 4, 4) if quick else (100_000, 16, 32)
    large = rng.standard_normal((n, d)) + 4 * rng.integers(0, 8, (n, 1))
    scored = GaussianMixture(10, max_iter=5, tol=0, random_state=0).fit(small)
    rows = rng.standard_normal((10_000, 25))

    def fit(X: np.ndarray, n_components: int, iterations: int) -> Task:
        def task(n_jobs: int | None) -> object:
            mixture = GaussianMixture(
                n_components, max_iter=iterations, tol=0, random_state=0, n_jobs=n_jobs
            )
            return mixture.fit(X)

        return task

    def score(n_jobs: int | None) -> object:
        return scored.set_params(n_jobs=n_jobs).score_samples(rows)

    return {
        "fit of 3,000 x 25, 10 components, 20 iterations": fit(small, 10, 20),
        f"fit of {n:,} x {d}, {k} components, 10 iterations": fit(large, k, 10),
        "KMeans of 3,000 x 25, 50 clusters": lambda n_jobs: KMeans(
            50, random_state=0, n_jobs=n_jobs
        ).fit(small),
        "score_samples of 10,000 x 25": score,
    }


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.2 if count else 0.0)
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def medians(task: Task, rounds: int) -> tuple[float, float]:
    """Of the default and of one thread, in milliseconds."""
    seconds: dict[int | None, list[float]] = {None: [], 1: []}
    for number in range(rounds + 1):  # the first is a warm-up
        # In turns: who comes second is likelier to be interrupted, at the end of the time slice.
        for n_jobs in (None, 1) if number % 2 == 0 else (1, None):
            began = time.perf_counter()
            task(n_jobs)
            seconds[n_jobs].append(time.perf_counter() - began)
    default, one = (1e3 * statistics.median(known[1:]) for known in seconds.values())
    return default, one


def rows(circumstances: str, tasks: dict[str, Task], rounds: int) -> Iterator[str]:
    for name, task in tasks.items():
        default, one = medians(task, rounds)
        yield f"| {name} | {circumstances} | {default:.1f} | {one:.1f} | {default / one:.2f} |"


def quota_of_one_core() -> bool:
    """Moves this process to a new group that may use one core; whether that could be done."""
    for parent, setting in (("", "cpu.max"), ("cpu", "cpu.cfs_quota_us")):
        group = Path("/sys/fs/cgroup", parent, f"gaussmix-benchmark-{os.getpid()}")
        if not (group.parent / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
            (group / setting).write_text("100000")
            (group / "cgroup.procs").write_text("0")
        except OSError:
            continue
        return True
    return False


def measure(quick: bool) -> Iterator[str]:
    yield "| task | beside | default, ms | one thread, ms | ratio |"
    yield "|---|---|---|---|---|"
    tasks, rounds = make_tasks(quick), 3 if quick else 31
    for count in BUSY:
        with busy_processes(count):
            yield from rows(f"{count} busy processes", tasks, rounds)
    child = [sys.executable, __file__, "--in-quota", *(["--quick"] if quick else [])]
    done = subprocess.run(child, stdout=subprocess.PIPE, text=True, check=True)
    yield from done.stdout.splitlines()


def measure_in_quota(quick: bool) -> Iterator[str]:
    if quota_of_one_core():
        yield from rows("a quota of one core", make_tasks(quick), 3 if quick else 31)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny data and few rounds")
    parser.add_argument("--markdown", type=Path, help="write the table to this file, too")
    parser.add_argument("--in-quota", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    lines = []
    for line in (measure_in_quota if options.in_quota else measure)(options.quick):
        print(line, flush=True)
        lines.append(line)
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
