"""What is fitted: data, start, and what comes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
REG_COVAR = 1e-6  # the default of those libraries that have such a thing


@dataclass(frozen=True)
class Shape:
    name: str
    n_samples: int
    n_features: int
    n_components: int

    def __str__(self) -> str:
        return f"{self.name} ({self.n_samples:,}, {self.n_features}, {self.n_components})"


SHAPES = (
    Shape("A", 1_000_000, 2, 8),
    Shape("B", 200_000, 8, 16),
    Shape("C", 100_000, 16, 32),
    Shape("D", 50_000, 32, 64),
    Shape("E", 20_000, 64, 32),
    Shape("F", 10_000, 128, 16),
)

# How far apart the means are: means N(0, distance^2 I).
DISTANCES = {"separated": 3.0, "overlapping": 0.3}


@dataclass(frozen=True)
class Parameters:
    """A mixture, with covariances shaped as scikit-learn shapes them for the covariance type."""

    weights: Array
    means: Array
    covariances: Array
    n_iterations: int = 0  # how many it took
    # What the library scores with, where it says so: of covariances in float32 that are nearly
    # singular nobody can compute it.
    precisions_cholesky: Array | None = None


@dataclass(frozen=True)
class Problem:
    X: Array
    covariance_type: str
    start: Parameters
    reg_covar: float = REG_COVAR

    @property
    def n_components(self) -> int:
        return len(self.start.weights)


def make_data(shape: Shape, distance: float) -> Array:
    """Rows of a mixture: means N(0, distance^2 I), covariances A A^T, A entries N(0, 1/d)."""
    rng = np.random.default_rng(0)
    n, d, k = shape.n_samples, shape.n_features, shape.n_components
    means = distance * rng.standard_normal((k, d))
    factors = rng.standard_normal((k, d, d)) / np.sqrt(d)
    labels = rng.integers(k, size=n)
    X = rng.standard_normal((n, d))
    for j in range(k):
        X[labels == j] = means[j] + X[labels == j] @ factors[j].T
    return X


def make_start(X: Array, k: int, covariance_type: str) -> Parameters:
    """Equal weights, random rows as means, the data's variances as covariances."""
    variances = X.var(axis=0)
    covariances = {
        "full": np.tile(np.diag(variances), (k, 1, 1)),
        "tied": np.diag(variances),
        "diag": np.tile(variances, (k, 1)),
        "spherical": np.full(k, variances.mean()),
    }
    rows = np.random.default_rng(1).choice(len(X), k, replace=False)
    return Parameters(np.full(k, 1 / k), X[rows], covariances[covariance_type])
