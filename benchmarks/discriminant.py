"""Classification by mixtures: fit and prediction beside scikit-learn's QDA and mclust's MclustDA.

    python benchmarks/discriminant.py [--quick] [--markdown FILE]

On the penguins of examples/, iris and the waveforms of The Elements of Statistical Learning,
chapter 12.7 (300 rows, 21 features). Needs R with the package mclust (Debian: r-cran-mclust). Of
three rounds the least time. Errors: on iris and penguins in ten folds, in which the numbers of
components and families are those that were chosen on all rows, as cvMclustDA does it; on waveforms
the mean of ten draws with 500 rows to test.
"""

import argparse
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from gaussmix import MixtureDiscriminant
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold

PENGUINS = Path(__file__).parents[1] / "examples" / "penguins.csv"
ROUNDS = 3

MCLUST = """
suppressMessages(library(mclust))
arguments <- commandArgs(TRUE)
data <- as.matrix(read.csv(arguments[1], header = FALSE))
folds <- as.matrix(read.csv(arguments[2], header = FALSE))
d <- ncol(data) - 1; X <- data[, 1:d]; y <- data[, d + 1]
invisible(MclustDA(X, y, verbose = FALSE))
fits <- sapply(1:3, function(i) system.time(m <<- MclustDA(X, y, verbose = FALSE))[["elapsed"]])
predictions <- sapply(1:3, function(i) system.time(predict(m, X))[["elapsed"]])
G <- lapply(m$models, function(own) own$G)
names <- lapply(m$models, function(own) own$modelName)
wrong <- 0
for (k in unique(folds[folds >= 0])) {
  own <- folds == k
  part <- MclustDA(X[!own, ], y[!own], G = G, modelNames = names, verbose = FALSE)
  wrong <- wrong + sum(predict(part, X[own, ])$classification != y[own])
}
cat(min(fits), min(predictions), wrong)
"""

Table = NDArray[np.float64]
Labels = NDArray[np.int64]
Make = Callable[[], Any]


def penguins() -> tuple[Table, Labels]:
    table = np.loadtxt(PENGUINS, delimiter=",", skiprows=1, dtype=str)
    return table[:, 1:].astype(float), np.unique(table[:, 0], return_inverse=True)[1]


def waveforms(n: int, rng: np.random.Generator) -> tuple[Table, Labels]:
    """Breiman's waveforms: mixtures of two of three triangles, and noise."""
    j = np.arange(1, 22)
    waves = np.array([np.maximum(6 - np.abs(j - middle), 0) for middle in (11, 15, 7)])
    y = rng.integers(3, size=n)
    first, second = np.array([(0, 1), (0, 2), (1, 2)])[y].T
    u = rng.uniform(size=(n, 1))
    return u * waves[first] + (1 - u) * waves[second] + rng.standard_normal((n, 21)), y


def folds_of(X: Table, y: Labels) -> Labels:
    folds = np.empty(len(y), int)
    for fold, (_, own) in enumerate(StratifiedKFold(10, shuffle=True, random_state=0).split(X, y)):
        folds[own] = fold
    return folds


def least_seconds(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times)


def error_in_folds(make: Make, X: Table, y: Labels) -> float:
    model, wrong = make(), 0
    if isinstance(model, MixtureDiscriminant) and model.n_components == "bic":
        chosen = model.fit(X, y).mixtures_
        model.set_params(
            n_components=[mixture.n_components for mixture in chosen],
            covariance_type=[mixture.covariance_type for mixture in chosen],
        )
    folds = folds_of(X, y)
    for fold in range(10):
        own = folds == fold
        wrong += int((model.fit(X[~own], y[~own]).predict(X[own]) != y[own]).sum())
    return wrong / len(y)


def error_on_waveforms(make: Make, n_draws: int) -> float:
    errors = []
    for seed in range(n_draws):
        rng = np.random.default_rng(seed)
        (X, y), (T, t) = waveforms(300, rng), waveforms(500, rng)
        errors.append(1 - make().fit(X, y).score(T, t))
    return float(np.mean(errors))


def by_mclust(X: Table, y: Labels, folds: Labels) -> tuple[float, float, int]:
    """Seconds of a fit and of a prediction, and how many rows are wrong in the folds."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("mclust.R", "data.csv", "folds.csv")]
        paths[0].write_text(MCLUST)
        np.savetxt(paths[1], np.column_stack([X, y]), delimiter=",", fmt="%.17g")
        np.savetxt(paths[2], folds, fmt="%d")
        done = subprocess.run(["Rscript", *paths], stdout=subprocess.PIPE, text=True, check=True)
    fit, prediction, wrong = done.stdout.split()
    return float(fit), float(prediction), int(wrong)


OURS: dict[str, Make] = {
    "gaussmix, by BIC": lambda: MixtureDiscriminant(random_state=0),
    "gaussmix, one component each": lambda: MixtureDiscriminant(1, covariance_type="full"),
    "gaussmix, one component, shared": lambda: MixtureDiscriminant(1, covariance_type="shared"),
    "gaussmix, three components, shared": lambda: MixtureDiscriminant(
        3, covariance_type="shared", random_state=0
    ),
    "the same, five iterations": lambda: MixtureDiscriminant(
        3, covariance_type="shared", random_state=0, max_iter=5
    ),
    "scikit-learn, QDA": QuadraticDiscriminantAnalysis,
    "scikit-learn, LDA": LinearDiscriminantAnalysis,
}


def rows_of(name: str, X: Table, y: Labels, n_draws: int) -> list[str]:
    lines = []
    for what, make in OURS.items():
        model = make().fit(X, y)
        fit, prediction = (
            least_seconds(lambda m=make: m().fit(X, y)),
            least_seconds(lambda m=model: m.predict(X)),
        )
        waves = name == "waveforms"
        error = error_on_waveforms(make, n_draws) if waves else error_in_folds(make, X, y)
        lines.append(
            f"| {name} | {what} | {1e3 * fit:.2f} | {1e3 * prediction:.3f} | {error:.4f} |"
        )
    folds = np.full(len(y), -1) if name == "waveforms" else folds_of(X, y)
    fit, prediction, wrong = by_mclust(X, y, folds)
    error_text = "" if name == "waveforms" else f"{wrong / len(y):.4f}"
    lines.append(
        f"| {name} | mclust, MclustDA | {1e3 * fit:.2f} | {1e3 * prediction:.3f} | {error_text} |"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="iris alone")
    parser.add_argument("--markdown", type=Path, help="write the table to this file, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    data = {"iris": load_iris(return_X_y=True)}
    if not options.quick:
        data |= {"penguins": penguins(), "waveforms": waveforms(300, np.random.default_rng(0))}
    lines = [
        "| data | classifier | fit, ms | prediction of all rows, ms | error |",
        "|---|---|---|---|---|",
    ]
    for name, (X, y) in data.items():
        lines += rows_of(name, X, y, 10)
    print(*lines, sep="\n")
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
