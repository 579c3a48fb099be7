"""The data sets of the tests, and starts for EM on them.

Made data come from `numpy.random.RandomState`, whose streams are frozen: the reference figures in
tests/reference belong to exactly these values.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

Floats = NDArray[np.floating[Any]]

ROOT = Path(__file__).parents[2]
PENGUINS_CSV = ROOT / "examples" / "penguins.csv"
COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")


def digits() -> Floats:
    """The first 16 principal components of the digits; each axis has a sign of its own."""
    X = datasets.load_digits().data
    centred = X - X.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:16]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1, keepdims=True), axis=1)
    return centred @ (axes * np.sign(largest)).T


def penguins() -> Floats:
    return np.loadtxt(PENGUINS_CSV, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4))


def species() -> NDArray[np.str_]:
    """The species of each of the penguins."""
    return np.loadtxt(PENGUINS_CSV, delimiter=",", skiprows=1, usecols=0, dtype=str)


def blobs() -> Floats:
    """Four overlapping clusters in three dimensions."""
    return sample_mixture(n_samples=400, n_features=3, n_components=4, seed=0)


def line() -> Floats:
    """Three clusters on a line."""
    rng = np.random.RandomState(1)
    return np.concatenate([rng.normal(-3, 1, 120), rng.normal(0, 0.5, 80), rng.normal(5, 2, 100)])[
        :, np.newaxis
    ]


DATA_SETS: dict[str, Callable[[], Floats]] = {
    "iris": lambda: datasets.load_iris().data,
    "wine": lambda: datasets.load_wine().data,
    "breast_cancer": lambda: datasets.load_breast_cancer().data,
    "digits": digits,
    "penguins": penguins,
    "blobs": blobs,
    "line": line,
}


@cache
def load(name: str) -> Floats:
    """The data set `name`, read-only, of shape (n_samples, n_features), float64."""
    X = np.ascontiguousarray(DATA_SETS[name](), dtype=np.float64)
    X.flags.writeable = False
    return X


def sample_mixture(n_samples: int, n_features: int, n_components: int, seed: int) -> Floats:
    """Rows of a mixture with means 3 N(0, I) and covariances A A^T, A entries N(0, 1/d)."""
    rng = np.random.RandomState(seed)
    means = 3 * rng.standard_normal((n_components, n_features))
    factors = rng.standard_normal((n_components, n_features, n_features)) / np.sqrt(n_features)
    labels = rng.randint(n_components, size=n_samples)
    noise = rng.standard_normal((n_samples, n_features))
    return means[labels] + np.einsum("nij,nj->ni", factors[labels], noise)


NOISY = {"wide": (3000, 2, 0.1), "turned": (600, 3, 0.1), "five": (600, 5, 0.2)}
"""Clusters in noise: the numbers of rows and features, and the share of noise."""


@cache
def noisy(name: str) -> tuple[Floats, NDArray[np.integer[Any]]]:
    """Three clusters in a uniform background, read-only, and each row's cluster, -1 for noise.

    The background of "turned" lies along other axes than those of the features.
    """
    n, d, share = NOISY[name]
    rng = np.random.RandomState(4)
    labels = np.sort(rng.choice([-1, 0, 1, 2], n, p=[share, *[(1 - share) / 3] * 3]))
    means = 8 * np.vstack([np.zeros(d), np.eye(d)[:2]])
    spread = 1 + np.arange(3)[:, np.newaxis] * np.linspace(0, 0.5, d)
    X = means[labels] + spread[labels] * rng.standard_normal((n, d))
    background = labels < 0
    X[background] = rng.uniform(-22, 30, (background.sum(), d))
    if name == "turned":
        X = (X * [1, 2, 4]) @ turn(0, 1) @ turn(1, 2)
    X.flags.writeable = labels.flags.writeable = False
    return X, labels


def turn(i: int, j: int, d: int = 3) -> Floats:
    """A rotation by half a radian in the plane of two axes."""
    rotation = np.eye(d)
    rotation[[i, j], [i, j]] = np.cos(0.5)
    rotation[i, j], rotation[j, i] = -np.sin(0.5), np.sin(0.5)
    return rotation


def precisions_of(variances: Floats, n_components: int, covariance_type: str) -> Floats:
    """precisions_init for features of these variances, the same for every component."""
    precisions = {
        "full": np.diag(1 / variances),
        "tied": np.diag(1 / variances),
        "diag": 1 / variances,
        "spherical": 1 / variances.mean(),
    }[covariance_type]
    shared = () if covariance_type == "tied" else (n_components,)
    return np.broadcast_to(precisions, shared + np.shape(precisions)).copy()


def start(X: Floats, n_components: int, covariance_type: str, seed: int = 0) -> dict[str, Any]:
    """A whole start: unequal weights, random distinct rows as means, the data's variances."""
    rng = np.random.RandomState(seed)
    weights = rng.uniform(1, 2, n_components)
    rows = np.unique(X, axis=0)
    return {
        "n_components": n_components,
        "covariance_type": covariance_type,
        "weights_init": weights / weights.sum(),
        "means_init": rows[rng.choice(len(rows), n_components, replace=False)],
        "precisions_init": precisions_of(X.var(axis=0), n_components, covariance_type),
    }


def start_from_labels(
    X: Floats, labels: NDArray[np.integer[Any]], covariance_type: str, reg_covar: float
) -> dict[str, Any]:
    """The start that EM has from these hard labels: the maximum-likelihood mixture given them."""
    n_components = labels.max() + 1
    clusters = [X[labels == j] for j in range(n_components)]
    weights = np.array([len(cluster) / len(X) for cluster in clusters])
    means = np.array([cluster.mean(axis=0) for cluster in clusters])
    deviations = [cluster - mean for cluster, mean in zip(clusters, means, strict=True)]
    covariances = np.array([z.T @ z / len(z) for z in deviations]) + reg_covar * np.eye(X.shape[1])
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    precisions = {
        "full": lambda: np.linalg.inv(covariances),
        "tied": lambda: np.linalg.inv(np.tensordot(weights, covariances, axes=1)),
        "diag": lambda: 1 / variances,
        "spherical": lambda: 1 / variances.mean(axis=1),
    }[covariance_type]()
    if covariance_type in ("full", "tied"):
        precisions = (precisions + np.swapaxes(precisions, -1, -2)) / 2
    return {
        "n_components": n_components,
        "covariance_type": covariance_type,
        "weights_init": weights,
        "means_init": means,
        "precisions_init": precisions,
    }
