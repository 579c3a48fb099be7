"""One EM iteration of gaussmix against one of scikit-learn, in one run, from the same start.

    python benchmarks/compare_sklearn.py [--n-samples 200000 --n-features 8 --n-components 16]

Every round times both libraries, one after the other, for each covariance type: a fit of 10
iterations with tol=0 and a whole start, divided by 10. Both use all the cores they want. The
results are compared before any time is printed; a difference beyond 1e-8 ends the program.
"""

import argparse
import statistics
import sys
import time
import warnings
from typing import Any

import gaussmix
import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn import mixture as sklearn_mixture

N_ITERATIONS = 10
TOLERANCE = 1e-8
LIBRARIES = {
    "gaussmix": gaussmix.GaussianMixture,
    "scikit-learn": sklearn_mixture.GaussianMixture,
}
ATTRIBUTES = ("weights_", "means_", "covariances_", "lower_bounds_")


def make_data(n_samples: int, n_features: int, n_components: int) -> NDArray[np.float64]:
    """Rows of a mixture with means 3 N(0, I) and covariances A A^T, A entries N(0, 1/d)."""
    rng = np.random.default_rng(0)
    means = 3 * rng.standard_normal((n_components, n_features))
    factors = rng.standard_normal((n_components, n_features, n_features)) / np.sqrt(n_features)
    labels = rng.integers(n_components, size=n_samples)
    X = rng.standard_normal((n_samples, n_features))
    for j in range(n_components):
        X[labels == j] = means[j] + X[labels == j] @ factors[j].T
    return X


def make_start(X: NDArray[np.float64], n_components: int, covariance_type: str) -> dict[str, Any]:
    """Equal weights, random rows as means, the data's variances as covariances."""
    variances = X.var(axis=0)
    precisions = {
        "full": np.tile(np.diag(1 / variances), (n_components, 1, 1)),
        "tied": np.diag(1 / variances),
        "diag": np.tile(1 / variances, (n_components, 1)),
        "spherical": np.full(n_components, 1 / variances.mean()),
    }
    rows = np.random.default_rng(1).choice(len(X), n_components, replace=False)
    return {
        "n_components": n_components,
        "covariance_type": covariance_type,
        "weights_init": np.full(n_components, 1 / n_components),
        "means_init": X[rows],
        "precisions_init": precisions[covariance_type],
        "max_iter": N_ITERATIONS,
        "tol": 0,
    }


def largest_difference(ours: Any, theirs: Any) -> float:
    """Of the attributes of two mixtures, each normwise."""
    pairs = [(np.asarray(getattr(m, name)) for m in (ours, theirs)) for name in ATTRIBUTES]
    return max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in pairs)


def timed_fit(library: str, start: dict[str, Any], X: NDArray[np.float64]) -> tuple[Any, float]:
    """The fitted mixture, and the milliseconds that one iteration took."""
    begin = time.perf_counter()
    mixture = LIBRARIES[library](**start).fit(X)
    return mixture, (time.perf_counter() - begin) / N_ITERATIONS * 1e3


def compare(X: NDArray[np.float64], start: dict[str, Any], n_rounds: int) -> str:
    """A row of the table for one covariance type."""
    fits = {library: timed_fit(library, start, X)[0] for library in LIBRARIES}
    difference = largest_difference(*fits.values())
    if not difference <= TOLERANCE:
        sys.exit(f"{start['covariance_type']}: the results differ by {difference:.1e}")
    times: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    for _ in range(n_rounds):
        for library in LIBRARIES:
            times[library].append(timed_fit(library, start, X)[1])
    medians = {library: statistics.median(times[library]) for library in LIBRARIES}
    cells = [f"{medians[t]:.1f} ({min(times[t]):.1f} to {max(times[t]):.1f})" for t in LIBRARIES]
    ratio = medians["scikit-learn"] / medians["gaussmix"]
    return f"| {start['covariance_type']} | {' | '.join(cells)} | {ratio:.1f} | {difference:.0e} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--n-samples", type=int, default=200_000)
    parser.add_argument("--n-features", type=int, default=8)
    parser.add_argument("--n-components", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # neither library is meant to converge here

    X = make_data(options.n_samples, options.n_features, options.n_components)
    print(f"gaussmix {gaussmix.__version__}, scikit-learn {sklearn.__version__}, ", end="")
    print(f"{options.n_samples} x {options.n_features}, k = {options.n_components}, float64")
    print("milliseconds an iteration: median (fastest to slowest) of", options.rounds, "rounds\n")
    print("| covariance | gaussmix | scikit-learn | ratio of medians | difference |")
    print("|---|---|---|---|---|")
    for covariance_type in ("full", "tied", "diag", "spherical"):
        start = make_start(X, options.n_components, covariance_type)
        print(compare(X, start, options.rounds), flush=True)


if __name__ == "__main__":
    main()
