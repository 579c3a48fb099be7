"""The distribution of some features of a mixture, given the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaussmix._core import Mixture, Predictor
from gaussmix._types import CovarianceType
from gaussmix.density.arrays import Doubles, product
from gaussmix.density.features import Indices
from gaussmix.density.marginal import covariances_at, family_of_part, marginal


@dataclass(frozen=True)
class Conditional:
    """What the components of a float64 mixture are for the `rest`, as functions of the `known`.

    Component j has the mean means[j] + slopes[j] (x - known means[j]), and a covariance that does
    not depend on x (Bishop 2006, equations 2.81 and 2.82); its weight is its responsibility for x
    in the marginal distribution of the known features.
    """

    known: Mixture
    """Of p features."""
    means: Doubles
    """(n_components, q)."""
    slopes: Doubles | None
    """(n_components, q, p); None where all are zero, since features are independent."""
    covariances: Doubles
    """In the layout of the mixture."""
    family: CovarianceType

    @classmethod
    def of(cls, mixture: Mixture, known: Indices, rest: Indices) -> Conditional:
        means = np.asarray(mixture.means[:, rest], np.float64)
        if mixture.covariance_type in ("diag", "spherical"):
            slopes, covariances = None, np.asarray(covariances_at(mixture, rest), np.float64)
        else:
            shape = (mixture.n_components, len(rest), len(known))
            slopes, covariances = _regressions(mixture, known, rest)
            slopes = np.broadcast_to(slopes, shape)
        return cls(marginal(mixture, known), means, slopes, covariances, family_of_part(mixture))

    def means_at(self, X: Doubles) -> Doubles:
        """Returns the components' means for rows of the known features: (n, n_components, q)."""
        if self.slopes is None:
            return np.broadcast_to(self.means, (len(X), *self.means.shape))
        out = np.empty((len(X), *self.means.shape))
        for j, (mean, slope) in enumerate(zip(self.means, self.slopes, strict=True)):
            out[:, j] = product(X - self.known.means[j], slope.T) + mean
        return out


def condition(mixture: Mixture, known: Indices, rest: Indices, values: Doubles) -> Mixture:
    """Returns the mixture of the `rest` of a float64 mixture's features, given values (p,)."""
    conditional, row = Conditional.of(mixture, known, rest), values[np.newaxis]
    weights = Predictor(conditional.known).responsibilities(row, 1)[0]
    means = np.ascontiguousarray(conditional.means_at(row)[0])
    return Mixture.from_covariances(weights, means, conditional.covariances, conditional.family)


def _regressions(mixture: Mixture, known: Indices, rest: Indices) -> tuple[Doubles, Doubles]:
    """Returns the slopes and the covariances of the rest, one for all components if it is tied.

    With the known features first, covariance = L L^T for L = [[A, 0], [B, C]]; the slopes are
    B A^-1, and what is left of the covariance is C C^T: a product, so that it stays positive
    definite where a difference would not.
    """
    p = len(known)
    L = np.linalg.cholesky(covariances_at(mixture, np.concatenate([known, rest])))
    A, B, C = L[..., :p, :p], L[..., p:, :p], L[..., p:, p:]
    slopes = np.linalg.solve(A.swapaxes(-1, -2), B.swapaxes(-1, -2)).swapaxes(-1, -2)
    return slopes, np.ascontiguousarray(C @ C.swapaxes(-1, -2))
