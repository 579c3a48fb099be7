"""The grid of 1 to 9 components and fourteen families: select() beside mclust in R.

    python benchmarks/families.py [--quick] [--markdown FILE]

On the penguins of examples/ and on iris, four measurements each. Needs R with the package mclust
(Debian: r-cran-mclust). Both have BIC of every cell; a cell is as good where ours is at most mclust
+ 0.1 (here lower is better), among those that mclust fits.
"""

import argparse
import math
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from gaussmix import select
from gaussmix._types import FAMILIES
from numpy.typing import NDArray
from sklearn.datasets import load_iris

PENGUINS = Path(__file__).parents[1] / "examples" / "penguins.csv"

MCLUST = """
suppressMessages(library(mclust))
arguments <- commandArgs(TRUE)
X <- as.matrix(read.csv(arguments[1], header = FALSE))
G <- 1:as.integer(arguments[2])
invisible(mclustBIC(X, G = 1:2, verbose = FALSE))
seconds <- system.time(bic <- mclustBIC(X, G = G, verbose = FALSE))[["elapsed"]]
cells <- outer(rownames(bic), colnames(bic), paste)
cat(seconds, "\\n")
cat(paste(cells, as.vector(unclass(bic)[, ]), sep = " "), sep = "\\n")
"""


def by_mclust(X: NDArray[np.float64], most: int) -> tuple[float, dict[tuple[str, int], float]]:
    """Seconds, and BIC by family and number of components, with the sign turned."""
    with tempfile.TemporaryDirectory() as folder:
        table, program = Path(folder) / "X.csv", Path(folder) / "mclust.R"
        np.savetxt(table, X, delimiter=",", fmt="%.17g")
        program.write_text(MCLUST)
        command = ["Rscript", program, table, str(most)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds, *cells = done.stdout.strip().splitlines()
    bic = {}
    for cell in cells:
        k, family, value = cell.split()
        bic[family, int(k)] = -float(value) if value != "NA" else math.nan
    return float(seconds), bic


def by_us(X: NDArray[np.float64], most: int) -> tuple[float, dict[tuple[str, int], float]]:
    began = time.perf_counter()
    found = select(
        X, range(1, most + 1), covariance_types="all", n_init=2, reg_covar=1e-9, tol=1e-5,
        max_iter=500, random_state=0,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    cells = {(r["covariance_type"], r["n_components"]): r["bic"] for r in found.records}
    return seconds, cells


def row(name: str, X: NDArray[np.float64], most: int, rounds: int) -> str:
    ours, theirs = [], []
    for _ in range(rounds):
        seconds, bic = by_us(X, most)
        ours.append(seconds)
        seconds, bic_of_mclust = by_mclust(X, most)
        theirs.append(seconds)
    known = [cell for cell, value in bic_of_mclust.items() if math.isfinite(value)]
    good = sum(bic[cell] <= bic_of_mclust[cell] + 0.1 for cell in known)
    missed = max(bic[cell] - bic_of_mclust[cell] for cell in known)
    return (
        f"| {name}, {X.shape[0]} x {X.shape[1]} | {min(ours):.2f} | {min(theirs):.2f} "
        f"| {min(theirs) / min(ours):.1f} | {good} of {len(known)} | {missed:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="up to three components, one round")
    parser.add_argument("--markdown", type=Path, help="write the table to this file, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    most, rounds = (3, 1) if options.quick else (9, 3)
    penguins = np.loadtxt(PENGUINS, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
    lines = [
        f"| 1 to {most} components, {len(FAMILIES)} families | gaussmix, s | mclust, s | times "
        "| cells as good | worst cell |",
        "|---|---|---|---|---|---|",
        row("penguins", penguins, most, rounds),
        row("iris", load_iris().data, most, rounds),
    ]
    print(*lines, sep="\n")
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
