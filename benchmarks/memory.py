"""Peak memory of a fit beyond its data, against the bound that gaussmix promises. Linux only.

    python benchmarks/memory.py [--quick]

Each fit runs in a process of its own, which reads the data from a file, sets the system's record of
its largest resident size back, fits for ten iterations from a start by k-means, and compares the
record with the size before. The bound is 64 MiB + 32 bytes a row + (2 threads + log2 blocks) k d^2
doubles, with as few blocks as there can be, 512 rows each. Ends with status 1 if a fit exceeds it.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from em.machine import n_cores
from em.problems import DISTANCES, Shape, make_data
from gaussmix import GaussianMixture
from gaussmix.exceptions import ConvergenceWarning

MIB = 2.0**20
LARGEST_BLOCK = 512
SIZES = [(n, d, k) for n in (100_000, 1_000_000) for d in (8, 32) for k in (16, 64)]
SIZES.append((10_000, 500, 40))  # whose parameters outweigh the data
QUICK_SIZES = [(10_000, 8, 16)]


@dataclass
class Peak:
    n_samples: int
    n_features: int
    n_components: int
    data_mib: float
    peak_mib: float
    bound_mib: float


def bound(n: int, d: int, k: int, n_threads: int) -> float:
    """In bytes."""
    merging = 2 * n_threads + math.log2(max(1, n / LARGEST_BLOCK))
    return 64 * MIB + 32 * n + merging * k * d**2 * 8


def measure(sizes: list[tuple[int, int, int]], n_threads: int) -> list[Peak]:
    peaks = []
    for n, d, k in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data.npy"
            np.save(path, make_data(Shape("", n, d, k), DISTANCES["separated"]))
            command = [sys.executable, __file__, "--child", str(path), str(k), str(n_threads)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        most = bound(n, d, k, n_threads) / MIB
        peaks.append(Peak(n, d, k, 8 * n * d / MIB, int(done.stdout) / MIB, most))
    return peaks


def table(peaks: list[Peak]) -> str:
    """In Markdown."""
    lines = [
        "| n, d, k | data, MiB | the fit beyond them, MiB | promised, MiB |",
        "|---|---|---|---|",
    ]
    for peak in peaks:
        sizes = f"{peak.n_samples:,}, {peak.n_features}, {peak.n_components}"
        numbers = f"{peak.data_mib:.1f} | {peak.peak_mib:.1f} | {peak.bound_mib:.1f}"
        lines.append(f"| {sizes} | {numbers} |")
    return "\n".join(lines)


def child(path: str, n_components: int, n_threads: int) -> None:
    """Prints the bytes by which the process grew in a fit."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    X = np.load(path)
    mixture = GaussianMixture(n_components, max_iter=10, tol=0, random_state=0, n_jobs=n_threads)
    Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM to VmRSS
    before = _status("VmRSS")
    mixture.fit(X)
    print(_status("VmHWM") - before)


def _status(field: str) -> int:
    """In bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the system does not report {field}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one small fit")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        path, k, n_threads = options.child
        child(path, int(k), int(n_threads))
        return
    peaks = measure(QUICK_SIZES if options.quick else SIZES, n_cores())
    print(json.dumps([asdict(peak) for peak in peaks]) if options.json else table(peaks))
    if any(peak.peak_mib > peak.bound_mib for peak in peaks):
        sys.exit("a fit took more memory than the bound")


if __name__ == "__main__":
    main()
