"""Fits with a truncation beside exact ones: the time of an iteration, and the error.

    python benchmarks/truncation.py [--quick] [--markdown FILE]

Rows are normal around centres that are normal numbers times a separation, so that clusters overlap
more or less. All fits of a problem start from the same random rows and make as many iterations. The
time is that of an iteration when most of them are made, on one thread; the error is what
`fit_report_.truncation_error` says, in thousandths of a nat, as its bound is.
"""

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from gaussmix import GaussianMixture
from numpy.typing import NDArray
from printed import print_measured

TRUNCATIONS = (0.0, 1e-4, 1e-3, 1e-2)


class Problem(NamedTuple):
    covariance_type: str
    n_rows: int
    n_features: int
    n_components: int
    separation: float

    def rows(self) -> NDArray[np.float64]:
        rng = np.random.default_rng(0)
        centres = self.separation * rng.standard_normal((self.n_components, self.n_features))
        of_rows = rng.integers(0, self.n_components, self.n_rows)
        return centres[of_rows] + rng.standard_normal((self.n_rows, self.n_features))


PROBLEMS = (
    Problem("diag", 100_000, 32, 512, 0.5),
    Problem("diag", 100_000, 32, 256, 1.0),
    Problem("diag", 100_000, 32, 256, 1.5),
    Problem("diag", 200_000, 8, 512, 2.0),
    Problem("diag", 200_000, 8, 512, 4.0),
    Problem("full", 100_000, 16, 256, 1.0),
    Problem("full", 100_000, 16, 256, 1.7),
    Problem("full", 200_000, 8, 256, 3.0),
)


class Fit(NamedTuple):
    seconds: float  # of a late iteration
    error: float
    log_likelihood: float


def fit(problem: Problem, rows: NDArray[np.float64], truncation: float, n_iter: int) -> Fit:
    ends: list[float] = []
    model = GaussianMixture(
        problem.n_components,
        covariance_type=problem.covariance_type,
        truncation=truncation,
        init_params="random_from_data",
        random_state=0,
        max_iter=n_iter,
        tol=0,
        n_jobs=1,
        callback=lambda *_: ends.append(time.perf_counter()),
    ).fit(rows)
    late = np.diff(ends)[-8:-2]  # the last one is exact
    return Fit(float(np.median(late)), model.fit_report_.truncation_error, model.score(rows))


def measure(quick: bool) -> Iterator[str]:
    yield (
        "| covariances | rows, features, components | separation | truncation | iteration, ms "
        "| of an exact one | error | its bound | log-likelihood |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for problem in PROBLEMS:
        if quick:
            problem = problem._replace(n_rows=2_000, n_components=8)
        rows = problem.rows()
        fits = [fit(problem, rows, truncation, 12 if quick else 30) for truncation in TRUNCATIONS]
        sizes = f"{problem.n_rows:,} x {problem.n_features}, {problem.n_components}"
        for truncation, one in zip(TRUNCATIONS, fits, strict=True):
            yield (
                f"| {problem.covariance_type} | {sizes} | {problem.separation} | {truncation:g} "
                f"| {1e3 * one.seconds:.0f} | {one.seconds / fits[0].seconds:.2f} "
                f"| {1e3 * one.error:.3f} | {-1e3 * math.log1p(-truncation):.3f} "
                f"| {one.log_likelihood - fits[0].log_likelihood:+.4f} |"
            )


if __name__ == "__main__":
    print_measured(__doc__, measure, "few rows and iterations")
