"""Mixtures with known parameters, and what a textbook says of them, by SciPy."""

from functools import cache
from typing import Any

import numpy as np
from data import sample_mixture
from gaussmix import GaussianMixture
from gaussmix._families import LAYOUTS
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

Array = NDArray[np.float64]


def made(n_components: int, n_features: int, seed: int = 0, **params: Any) -> GaussianMixture:
    """Full covariances, unequal weights, means that are one or two standard deviations apart."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n_components, n_features, n_features)) / np.sqrt(n_features)
    weights = rng.uniform(1, 3, n_components)
    return GaussianMixture.from_parameters(
        weights / weights.sum(),
        1.5 * rng.standard_normal((n_components, n_features)),
        A @ A.swapaxes(1, 2) + 0.2 * np.eye(n_features),
        **params,
    )


@cache
def fitted(covariance_type: Any, dtype: Any = np.float64) -> GaussianMixture:
    """Three components in four features, with the covariances of a family; not to be changed."""
    X = sample_mixture(300, 4, 3, seed=3).astype(dtype)
    return GaussianMixture(3, covariance_type=covariance_type, random_state=0, tol=0.1).fit(X)


def line(weights: Any, means: Any, deviations: Any, **params: Any) -> GaussianMixture:
    """A mixture of one feature."""
    means, variances = np.array(means, float)[:, None], np.array(deviations, float) ** 2
    return GaussianMixture.from_parameters(weights, means, variances, "spherical", **params)


def matrices(model: GaussianMixture) -> Array:
    """The covariances as (n_components, n_features, n_features)."""
    k, d = model.means_.shape
    covariances = np.asarray(model.covariances_, np.float64)
    layout = LAYOUTS[model.covariance_type]
    if layout == "tied":
        return np.broadcast_to(covariances, (k, d, d))
    if layout == "full":
        return covariances
    return np.stack([np.eye(d) * row for row in covariances])


def log_joint(weights: Array, means: Array, covariances: Array, X: Array) -> Array:
    """The logarithm of weight times density of each component, by SciPy: (n, n_components)."""
    columns = [
        np.log(w) + multivariate_normal(m, S).logpdf(X).reshape(len(X))
        for w, m, S in zip(weights, means, covariances, strict=True)
    ]
    return np.stack(columns, axis=1)


def log_density(weights: Array, means: Array, covariances: Array, X: Array) -> Array:
    """By SciPy: (n,)."""
    return np.asarray(logsumexp(log_joint(weights, means, covariances, X), axis=1))
