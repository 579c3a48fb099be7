"""Extrapolated EM beside plain EM: passes over the rows, and where they end.

    python benchmarks/acceleration.py [--quick] [--markdown FILE]

From the same starts, half of them k-means and half random rows, with full and diagonal covariances,
on iris, wine, breast_cancer and digits (their first eight principal components), the penguins of
examples/ and made rows of 5 features around 20 centres, which overlap. A fit is as good where its
mean log-likelihood is at most 1e-4 lower; EM and extrapolations may end in different optima.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gaussmix import GaussianMixture
from numpy.typing import NDArray
from printed import print_measured
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA

Table = NDArray[np.float64]

PENGUINS = Path(__file__).parents[1] / "examples" / "penguins.csv"


class Problem(NamedTuple):
    name: str
    X: Table
    numbers: tuple[int, ...]  # of components


class Total(NamedTuple):
    """What some fits come to."""

    passes: int
    seconds: float
    lower_bounds: list[float]


def problems() -> Iterator[Problem]:
    yield Problem("iris", load_iris().data, (3, 5))
    yield Problem("wine", load_wine().data, (3, 6))
    penguins = np.loadtxt(PENGUINS, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))
    yield Problem("penguins", penguins, (4, 8))
    for name, load in (("breast_cancer", load_breast_cancer), ("digits", load_digits)):
        X = load().data
        scaled = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9)
        yield Problem(name, PCA(8, random_state=0).fit_transform(scaled), (8, 16))
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((20, 5))
    made = centres[rng.integers(0, 20, 4000)] + rng.standard_normal((4000, 5))
    yield Problem("overlapping", made, (10, 20))


def fits(problem: Problem, n_seeds: int, **settings: Any) -> Total:
    passes, bounds, began = 0, [], time.perf_counter()
    for k in problem.numbers:
        for seed in range(n_seeds):
            start = ("kmeans", "random_from_data")[seed % 2]
            model = GaussianMixture(k, init_params=start, random_state=seed, **settings)
            model.fit(problem.X)
            passes += model.n_iter_
            bounds.append(model.lower_bound_)
    return Total(passes, time.perf_counter() - began, bounds)


def measure(quick: bool) -> Iterator[str]:
    n_seeds, most = (2, 50) if quick else (10, 50_000)
    yield "| tol | covariances | data | passes of EM | squarem's | share | time | lower | higher |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for tol in (1e-3, 1e-6, 1e-8):
        for covariance_type in ("full", "diag"):
            settings: dict[str, Any] = {
                "covariance_type": covariance_type, "tol": tol, "max_iter": most,
            }  # fmt: skip
            all_plain = all_quick = 0
            for problem in problems():
                plain = fits(problem, n_seeds, **settings)
                quick_ones = fits(problem, n_seeds, acceleration="squarem", **settings)
                gains = np.subtract(quick_ones.lower_bounds, plain.lower_bounds)
                all_plain += plain.passes
                all_quick += quick_ones.passes
                yield (
                    f"| {tol:g} | {covariance_type} | {problem.name} | {plain.passes:,} "
                    f"| {quick_ones.passes:,} | {quick_ones.passes / plain.passes:.2f} "
                    f"| {quick_ones.seconds / plain.seconds:.2f} "
                    f"| {(gains < -1e-4).sum()} of {len(gains)} | {(gains > 1e-4).sum()} |"
                )
            yield (
                f"| {tol:g} | {covariance_type} | all | {all_plain:,} | {all_quick:,} "
                f"| {all_quick / all_plain:.2f} | | | |"
            )


if __name__ == "__main__":
    print_measured(__doc__, measure, "few fits of few iterations")
