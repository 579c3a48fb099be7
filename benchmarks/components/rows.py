"""Rows of clusters that overlap, and fits to them whose iterations are timed."""

import dataclasses
import time
from typing import Any

import numpy as np
from em.problems import Array, Shape
from gaussmix import GaussianMixture


def shrunk(shape: Shape) -> Shape:
    """For --quick."""
    return dataclasses.replace(shape, n_samples=2_000, n_components=min(16, shape.n_components))


def overlapping(shape: Shape, distance: float = 1.0) -> tuple[Array, Array]:
    """Rows around means N(0, distance^2 I), with unit covariances; and the means."""
    rng = np.random.default_rng(0)
    n, d, k = shape.n_samples, shape.n_features, shape.n_components
    means = distance * rng.standard_normal((k, d))
    return means[rng.integers(k, size=n)] + rng.standard_normal((n, d)), means


def near_the_truth(X: Array, means: Array, covariance_type: str) -> Any:
    """The mixture that the rows are of, after an iteration: no zeros are left in its covariances.

    It works on one thread.
    """
    k, d = means.shape
    unit = np.ones((k, d)) if covariance_type == "diag" else np.tile(np.eye(d), (k, 1, 1))
    truth = GaussianMixture.from_parameters(np.full(k, 1 / k), means, unit, covariance_type)
    return truth.set_params(n_jobs=1).step(X)


def going_on(mixture: Any, n_iterations: int) -> Any:
    """An estimator that fits from there for so many iterations."""
    return GaussianMixture(
        len(mixture.weights_), covariance_type=mixture.covariance_type,
        weights_init=mixture.weights_, means_init=mixture.means_,
        precisions_init=mixture.precisions_, tol=0, max_iter=n_iterations, degenerate="raise",
        n_jobs=mixture.n_jobs,
    )  # fmt: skip


def iteration_seconds(estimator: Any, X: Array) -> Array:
    """Fits; returns the time of each iteration but the first, which has the start in it."""
    moments: list[float] = []
    estimator.set_params(callback=lambda *_: moments.append(time.perf_counter()))
    estimator.fit(X)
    return np.diff(moments)
