"""The Kullback-Leibler divergence of two mixtures.

It has no closed form. Hershey, Olsen (2007), "Approximating the Kullback Leibler divergence between
Gaussian mixture models", ICASSP 2007, compare estimates, and propose the two variational ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaussmix._core import Mixture, Predictor
from gaussmix._types import Floats
from gaussmix.density.arrays import Doubles, covariance_matrices, factor_matrices

_MAX_ITER = 1000
_TOL = 1e-12


@dataclass(frozen=True)
class Divergence:
    """What is known of the Kullback-Leibler divergence of one mixture from another, in nats.

    `GaussianMixture.kl` makes one.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> p = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
    >>> q = GaussianMixture.from_parameters([1.0], [[2.0]], [1.0], "spherical")
    >>> p.kl(q)
    Divergence(value=2.0, standard_error=0.0, variational=2.0, upper_bound=2.0)
    """

    value: float
    """The mean of log p(x) - log q(x) over samples of p; for two Gaussians the divergence itself.
    It may be below zero where the divergence is less than its standard error."""
    standard_error: float
    """That of `value`; 0 for two Gaussians."""
    variational: float
    """The variational approximation, a difference of two bounds, which is fast to compute and near
    for components that are far apart."""
    upper_bound: float
    """The variational upper bound: the divergence is at most this."""


def divergence(p: Mixture, q: Mixture, rows: Floats, n_threads: int) -> Divergence:
    """Returns the divergence of q from p, both float64, with at least 2 rows drawn from p."""
    own, other = gaussian_divergences(p, p), gaussian_divergences(p, q)
    if p.n_components == q.n_components == 1:
        exact = float(other[0, 0])
        return Divergence(exact, 0.0, exact, exact)
    log_p, log_q = (Predictor(mixture).score_samples(rows, n_threads) for mixture in (p, q))
    ratios = log_p - log_q
    return Divergence(
        float(ratios.mean()),
        float(ratios.std(ddof=1) / np.sqrt(len(rows))),
        variational_approximation(p, q, own, other),
        variational_upper_bound(p, q, other),
    )


def gaussian_divergences(p: Mixture, q: Mixture) -> Doubles:
    """Returns those of each component of q from each of p: (n_components, q's n_components).

    Between two Gaussians it is half of tr(S_q^-1 S_p) - log det(S_q^-1 S_p) - d
    + (m_p - m_q)^T S_q^-1 (m_p - m_q).
    """
    L = np.linalg.cholesky(covariance_matrices(p))
    U = factor_matrices(q)
    log_det_p, log_det_q = (
        np.log(factors.diagonal(axis1=1, axis2=2)).sum(axis=1) for factors in (L, U)
    )
    out = np.empty((p.n_components, q.n_components))
    for j, (factor, mean) in enumerate(zip(U, q.means, strict=True)):
        products = factor.T @ L
        moved = (p.means - mean) @ factor
        squares = (products**2).sum(axis=(1, 2)) + (moved**2).sum(axis=1)
        out[:, j] = 0.5 * (squares - p.n_features) - log_det_q[j] - log_det_p
    return np.maximum(out, 0.0)


def variational_approximation(p: Mixture, q: Mixture, own: Doubles, other: Doubles) -> float:
    """Returns it from the divergences of p's components from p's own and from q's."""
    there = p.weights > 0
    ratios = _log_sum(_log(p.weights) - own) - _log_sum(_log(q.weights) - other)
    return float(p.weights[there] @ ratios[there])


def variational_upper_bound(p: Mixture, q: Mixture, other: Doubles) -> float:
    """Returns the least bound of its kind.

    The weights of both mixtures are split among pairs of components: the divergence of the splits
    and the mean divergence of the pairs, which add up to a bound, become least by one split and the
    other in turn.
    """
    of_p, of_q = _log(p.weights)[:, np.newaxis], _log(q.weights)
    split_p = of_p + of_q  # phi and psi of the paper
    bound = np.inf
    for _ in range(_MAX_ITER):
        split_q = of_q + _normalised(split_p, axis=0)
        split_p = of_p + _normalised(split_q - other, axis=1)
        before, bound = bound, _bound_of(split_p, split_q, other)
        if before - bound <= _TOL * max(1.0, abs(bound)):
            break
    return max(bound, 0.0)


def _bound_of(split_p: Doubles, split_q: Doubles, other: Doubles) -> float:
    there = split_p > -np.inf
    p = np.exp(split_p[there])
    return float(p @ (split_p[there] - split_q[there] + other[there]))


def _normalised(logs: Doubles, axis: int) -> Doubles:
    """Subtracts the logarithm of the sum along an axis; what is all zero stays so."""
    total = np.expand_dims(_log_sum(logs, axis), axis)
    return logs - np.where(total > -np.inf, total, 0.0)


def _log_sum(logs: Doubles, axis: int = 1) -> Doubles:
    top = logs.max(axis=axis)
    shift = np.where(top > -np.inf, top, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(logs - np.expand_dims(shift, axis)).sum(axis=axis))
    return np.asarray(shift + total)


def _log(weights: np.ndarray) -> Doubles:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(weights, np.float64))
