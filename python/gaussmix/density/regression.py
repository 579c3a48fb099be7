"""Mixture regression: the mean and the covariance of some features, given the others."""

from __future__ import annotations

import numpy as np

from gaussmix._core import Mixture, Predictor
from gaussmix.density.arrays import Doubles, blocks
from gaussmix.density.conditional import Conditional
from gaussmix.density.features import Indices


def regress(
    mixture: Mixture, known: Indices, rest: Indices, X: Doubles, n_threads: int, *, with_cov: bool
) -> tuple[Doubles, Doubles]:
    """Returns the means (n, q) and, `with_cov`, the covariances (n, q, q) of a float64 mixture.

    They are those of `condition` for each row: with the components' weights r_j, means m_j and
    covariances C_j there, m = sum_j r_j m_j and sum_j r_j (C_j + (m_j - m) (m_j - m)^T).
    """
    conditional = Conditional.of(mixture, known, rest)
    predictor = Predictor(conditional.known)
    n, k, q = len(X), mixture.n_components, len(rest)
    means, covariances = np.empty((n, q)), np.empty((n if with_cov else 0, q, q))
    for block in blocks(n, k * q + (q * q if with_cov else 0)):
        weights = predictor.responsibilities(X[block], n_threads).astype(np.float64, copy=False)
        components = conditional.means_at(X[block])
        means[block] = np.einsum("nk,nkq->nq", weights, components)
        if with_cov:
            deviations = components - means[block, np.newaxis]
            between = (deviations * weights[:, :, np.newaxis]).swapaxes(1, 2) @ deviations
            covariances[block] = between + _within(weights, conditional.covariances, mixture, q)
    return means, covariances


def _within(weights: Doubles, covariances: Doubles, mixture: Mixture, q: int) -> Doubles:
    """The weighted means of the components' covariances, to be added to (n, q, q)."""
    if mixture.covariance_type == "full":
        return np.tensordot(weights, covariances, axes=1)
    if mixture.covariance_type == "tied":
        return covariances
    variances = (weights @ covariances).reshape(len(weights), -1, 1)
    return variances * np.eye(q)
