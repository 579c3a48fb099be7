"""Random rows from a mixture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix._types import Floats


def draw_samples(
    mixture: Mixture, n_samples: int, rng: np.random.Generator | np.random.RandomState
) -> tuple[Floats, NDArray[np.intp]]:
    """Returns rows (n_samples, n_features) grouped by component, and the component of each.

    Those of a noise component come last, and have -1.
    """
    k, noise = mixture.n_components, mixture.noise
    weights = mixture.weights.astype(np.float64)
    if noise is not None:
        weights = np.append(weights, noise.weight)
    counts = rng.multinomial(n_samples, weights / weights.sum())
    labels = np.repeat(np.arange(k), counts[:k])
    normal = rng.standard_normal((len(labels), mixture.n_features))
    samples = mixture.means[labels] + _with_covariance(mixture, normal, labels, counts[:k])
    if noise is not None:
        in_box = rng.uniform(size=(n_samples - len(labels), mixture.n_features)) * noise.widths
        offsets = in_box if noise.axes is None else in_box @ noise.axes
        samples = np.vstack([samples, noise.corner + offsets])
        labels = np.append(labels, np.full(len(in_box), -1))
    return samples.astype(mixture.dtype, order="C"), labels


def _with_covariance(
    mixture: Mixture,
    normal: NDArray[np.float64],
    labels: NDArray[np.intp],
    counts: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Scales standard normal rows z: U^-T z has the covariance (U U^T)^-1."""
    factors = mixture.precisions_cholesky.astype(np.float64)
    if mixture.covariance_type == "spherical":
        return normal / factors[labels, np.newaxis]
    if mixture.covariance_type == "diag":
        return normal / factors[labels]
    if mixture.covariance_type == "tied":
        return _solve(factors, normal)
    groups = np.split(normal, np.cumsum(counts)[:-1])
    return np.vstack([_solve(U, z) for U, z in zip(factors, groups, strict=True)])


def _solve(U: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.solve(U.T, z.T).T, np.float64)
