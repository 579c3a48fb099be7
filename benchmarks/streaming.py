"""Fits to batches and streams of rows: memory, rates and how near they come. Linux only.

    python benchmarks/streaming.py [--quick] [--gib 4]

It writes a .npy file of float32 rows into a temporary folder, and measures in processes of their
own: by how much a fit to the file grows the process, against a bound of 1 GiB; and the rows a
second of its passes, beside those of an E-step over rows in memory, which passes over no components
either, against a bound of 80 %. The two take turns, and the share is the median over the turns.
Then stepwise EM in one pass over 2,000,000 rows, beside a fit of them (both with n_init=5), and one
that goes on from where the pass ended, against a bound of 0.01; and iterations with in_memory=True
and False on clusters that lie apart. Ends with status 1 if a bound does not hold; with --quick,
none is looked at.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from em.problems import DISTANCES, Shape, make_data
from gaussmix import GaussianMixture

GIB, MIB = 2**30, 2**20
D, K = 16, 32
MOST_BYTES, LEAST_SHARE = GIB, 0.8
ROWS_IN_MEMORY = 4_000_000


def write_rows(path: Path, n: int) -> None:
    """Rows of K clusters, a million at a time."""
    part = make_data(Shape("", min(n, 1_000_000), D, K), DISTANCES["separated"]).astype(np.float32)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (n, D))
    for first in range(0, n, len(part)):
        rows[first : first + len(part)] = part[: n - first]
    rows.flush()


def child(what: str, *arguments: str) -> Any:
    """What a new process of this script prints as JSON."""
    command = [sys.executable, __file__, "--child", what, *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def estimator(**settings: Any) -> GaussianMixture:
    return GaussianMixture(K, **{"random_state": 0, "tol": 0, "max_iter": 3} | settings)


def peak_and_times(path: str) -> Any:
    """The bytes that a fit to the file takes, and the seconds of its parts."""
    times = [time.perf_counter()]
    model = estimator(callback=lambda *_: times.append(time.perf_counter()))
    Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM to VmRSS
    before = status("VmRSS")
    model.fit_batches(path)
    passes = np.diff(times)
    return {
        "bytes": status("VmHWM") - before,
        "first": passes[0] - passes[1:].mean(),
        "iteration": passes[1:].mean(),
    }


def shares(path: str, n_rounds: str) -> Any:
    """The rates of E-steps, in memory and of batches, in rows a second; they take turns."""
    mapped = np.load(path, mmap_mode="r")[:ROWS_IN_MEMORY]
    X = np.array(mapped)
    model = estimator(max_iter=1).fit_batches([X[: len(X) // 16]])
    model.set_params(warm_start=True, max_iter=2)
    rates: dict[str, list[float]] = {"in memory": [], "streamed": []}
    for _ in range(int(n_rounds)):
        began = time.perf_counter()
        model.expect(X)
        rates["in memory"].append(len(X) / (time.perf_counter() - began))
        times: list[float] = []
        model.set_params(callback=lambda *_, t=times: t.append(time.perf_counter()))
        model.fit_batches(mapped)
        rates["streamed"].append(len(X) / (times[1] - times[0]))
    return rates


def stepwise(n: str, k: str, size: str) -> Any:
    """How far a pass of partial_fit ends from a fit, in the mean log-likelihood, and the times.

    And how far from the optimum that it is near, which EM over all rows finds from there.
    """
    X = make_data(Shape("", int(n), D, int(k)), DISTANCES["overlapping"])
    settings: dict[str, Any] = {"random_state": 0, "max_iter": 500, "n_init": 5}
    began = time.perf_counter()
    fitted = GaussianMixture(int(k), **settings).fit_batches([X])
    middle = time.perf_counter()
    model = GaussianMixture(int(k), **settings)
    for first in range(0, len(X), int(size)):
        model.partial_fit(X[first : first + int(size)])
    end = time.perf_counter()
    score = model.score(X)
    fitted_further = model.set_params(warm_start=True, tol=1e-5).fit_batches([X])
    return {
        "difference": score - fitted.score(X),
        "to_optimum": score - fitted_further.score(X),
        "fit": middle - began,
        "pass": end - middle,
    }


def pruning(n: str, in_memory: str) -> Any:
    """The seconds of an iteration, the first two left out."""
    X = make_data(Shape("", int(n), D, K), DISTANCES["separated"]).astype(np.float32)
    times: list[float] = []
    model = estimator(max_iter=8, callback=lambda *_: times.append(time.perf_counter()))
    model.fit_batches(X, in_memory=in_memory == "True")
    return statistics.median(np.diff(times)[1:])


def status(field: str) -> int:
    """In bytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    if found is None:
        raise RuntimeError(f"the system does not report {field}")
    return int(found[1]) * 1024


def report(gib: float, n_stream: int, n_rounds: int) -> Iterator[tuple[str, bool]]:
    """Yields lines, and whether the bound that one tells of holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        n = int(gib * GIB) // (4 * D)
        write_rows(path, n)
        yield f"a file of {gib:g} GiB: {n:,} rows of {D} float32, {K} components, full", True
        found = child("peak_and_times", str(path))
        grown = found["bytes"] / MIB
        yield f"  memory beyond the import {grown:8.0f} MiB", found["bytes"] <= MOST_BYTES
        yield f"  first pass and sample    {found['first']:8.1f} s", True
        rate = n / found["iteration"] / 1e6
        yield f"  an iteration             {found['iteration']:8.1f} s, {rate:.2f} M rows/s", True
        rates = child("shares", str(path), str(n_rounds))
    pairs = zip(rates["streamed"], rates["in memory"], strict=True)
    share = statistics.median(streamed / in_memory for streamed, in_memory in pairs)
    yield f"  share of the rate of rows in memory {share:.0%}", share >= LEAST_SHARE
    yield f"stepwise EM, one pass over {n_stream:,} rows, {D} features", True
    for k in (10, 32):
        for size in (1000, 10_000):
            found = child("stepwise", str(n_stream), str(k), str(size))
            text = (
                f"  {k:2} components, batches of {size:6,}: {found['difference']:+.4f} to a fit, "
            )
            text += f"{found['to_optimum']:+.4f} to the optimum that is near; "
            text += f"{found['pass']:.1f} s, the fit {found['fit']:.1f} s"
            yield text, min(found["difference"], found["to_optimum"]) >= -0.01
    n = n_stream // 2
    reading, keeping = (child("pruning", str(n), str(kept)) for kept in (False, True))
    yield f"an iteration over {n:,} rows of {K} clusters that lie apart", True
    yield f"  in_memory=False {reading:.3f} s, True {keeping:.3f} s: {reading / keeping:.1f}", True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small file and few rows")
    parser.add_argument("--gib", type=float, default=4.0, help="size of the file")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.child:
        print(json.dumps(globals()[options.child[0]](*options.child[1:])))
        return
    quick = (1 / 64, 10_000, 2)
    failed = False
    for line, holds in report(*(quick if options.quick else (options.gib, 2_000_000, 9))):
        missed = not (holds or options.quick)
        print(line + ("   MISSED" if missed else ""), flush=True)
        failed = failed or missed
    if failed:
        sys.exit("a bound does not hold")


if __name__ == "__main__":
    main()
