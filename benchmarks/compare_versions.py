"""The speed of the work tree beside that of a commit: builds both, and times them in turns.

    python benchmarks/compare_versions.py COMMIT [--rounds N] [--quick]

Both are built for this machine and installed into folders of their own. Then each round runs every
case once with either, in a process each, the first of the two changing from round to round, on one
thread. Prints the ratio of the shortest times of each case, work tree by commit, since what others
do on the machine only adds to them, and the range of the ratios of the rounds; the table goes into
the summary of a job of GitHub's, too. Ends with status 1 if the geometric mean of the ratios is
above 1.10.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
SLOWER = 1.10
SETTINGS = {"tol": 0.0, "n_jobs": 1, "random_state": 0}


def made_data(n: int, d: int, k: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(3 * rng.normal(size=(k, d))[rng.integers(k, size=n)], 1.0)


def cases(scale: int) -> dict[str, Callable[[], object]]:
    """What is timed, of the gaussmix that is imported here."""
    from gaussmix import GaussianMixture, KMeans

    n, k = 20_000 * scale, 16
    tables = {d: made_data(n, d, k) for d in (2, 8, 32)}
    found: dict[str, Callable[[], object]] = {}
    for d, x in tables.items():
        model = GaussianMixture(k, max_iter=10, init_params="random_from_data", **SETTINGS)
        found[f"10 iterations, full, {d} features"] = lambda m=model, x=x: m.fit(x)
    for family in ("tied", "diag", "spherical", "VVE"):
        model = GaussianMixture(
            k, covariance_type=family, max_iter=10, init_params="random_from_data", **SETTINGS
        )
        found[f"10 iterations, {family}, 8 features"] = lambda m=model: m.fit(tables[8])
    x32 = tables[8].astype(np.float32)
    single = GaussianMixture(k, max_iter=10, init_params="random_from_data", **SETTINGS)
    found["10 iterations, full, 8 features, float32"] = lambda: single.fit(x32)
    whole = GaussianMixture(k, n_jobs=1, random_state=0)
    found["a whole fit from k-means"] = lambda: whole.fit(tables[8])
    kmeans = KMeans(k, n_init=1, n_jobs=1, random_state=0)
    found["k-means"] = lambda: kmeans.fit(tables[8])
    fitted = GaussianMixture(k, max_iter=2, **SETTINGS).fit(tables[8])
    found["score_samples"] = lambda: fitted.score_samples(tables[8])
    scorer, rows = fitted.scorer(), list(tables[8][:5000])
    found["5000 rows one by one"] = lambda: [scorer.score(row) for row in rows]
    return found


def time_all(scale: int) -> dict[str, float]:
    """The shorter of two runs of each case, in seconds; a run before them warms up."""
    warnings.simplefilter("ignore")
    seconds = {}
    for name, work in cases(scale).items():
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            work()
            runs.append(time.perf_counter() - began)
        seconds[name] = min(runs[1:])
    return seconds


def install(source: Path, folder: Path) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
    subprocess.run([*pip, "--target", folder, source], check=True)


def measure(folder: Path, scale: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-P", __file__, "--child", str(scale)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def turns(folders: dict[str, Path], rounds: int, scale: int) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in folders}
    for number in range(rounds):
        for name in sorted(folders, reverse=number % 2 == 1):
            found[name].append(measure(folders[name], scale))
    return found


def table(found: dict[str, list[dict[str, float]]], commit: str) -> tuple[str, float]:
    """The report in Markdown, and the geometric mean of the ratios."""
    lines = [
        f"| | {commit} (ms) | work tree (ms) | ratio | of the rounds |",
        "|---|--:|--:|--:|--:|",
    ]
    logs = []
    for case in found["before"][0].keys() & found["after"][0].keys():
        before, after = ([times[case] for times in found[name]] for name in ("before", "after"))
        ratio = min(after) / min(before)
        ratios = sorted(a / b for a, b in zip(after, before, strict=True))
        logs.append(math.log(ratio))
        lines.append(
            f"| {case} | {1e3 * min(before):.2f} | {1e3 * min(after):.2f} "
            f"| {ratio:.3f} | {ratios[0]:.3f} to {ratios[-1]:.3f} |"
        )
    mean = math.exp(statistics.fmean(logs))
    lines[2:] = sorted(lines[2:])
    return "\n".join([*lines, f"| geometric mean | | | **{mean:.3f}** | |"]) + "\n", mean


def compare(commit: str, rounds: int, scale: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        worktree = ("git", "-C", str(ROOT), "worktree")
        subprocess.run([*worktree, "add", "--detach", folder / "source", commit], check=True)
        try:
            install(folder / "source", folder / "before")
            install(ROOT, folder / "after")
        finally:
            subprocess.run([*worktree, "remove", "--force", folder / "source"], check=True)
        folders = {"before": folder / "before", "after": folder / "after"}
        text, mean = table(turns(folders, rounds, scale), commit)
    print(text)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a") as file:
            file.write(text)
    return mean


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", nargs="?", help="what to compare with")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="tiny data, to see that it runs")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        print(json.dumps(time_all(arguments.child)))
        return 0
    scale = 1 if arguments.quick else 5
    return int(compare(arguments.commit, arguments.rounds, scale) > SLOWER)


if __name__ == "__main__":
    sys.exit(main())
