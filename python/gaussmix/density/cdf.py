"""Probabilities of boxes: what a distribution function is for several features."""

from __future__ import annotations

import numpy as np

from gaussmix._core import Mixture
from gaussmix.density import normal
from gaussmix.density.arrays import Doubles, blocks, covariance_matrices, standard_deviations
from gaussmix.density.box_probability import Lattice, box_probabilities


def is_exact(mixture: Mixture) -> bool:
    """Whether the features are independent in each component, so that probabilities are products.

    That is so for diag, spherical and what is stored like them, and for one feature.
    """
    return mixture.n_features == 1 or mixture.covariance_type in ("diag", "spherical")


def exact_cdf(mixture: Mixture, lower: Doubles, upper: Doubles) -> Doubles:
    """Returns P(lower < x <= upper) for each row of the two tables: (n,). See `is_exact`."""
    deviations = standard_deviations(mixture)
    components = list(zip(mixture.weights, mixture.means, deviations, strict=True))
    out = np.zeros(len(upper))
    for block in blocks(len(upper), mixture.n_features):
        for weight, mean, deviation in components:
            low, high = ((bounds[block] - mean) / deviation for bounds in (lower, upper))
            out[block] += weight * normal.interval(low, high).prod(axis=1)
    return np.minimum(out, 1.0)


def estimated_cdf(
    mixture: Mixture, lower: Doubles, upper: Doubles, lattice: Lattice
) -> tuple[Doubles, Doubles]:
    """Returns estimates of P(lower < x <= upper) for each row, and their standard errors: (n,)."""
    shifts = np.zeros((len(upper), lattice.n_shifts))
    matrices = covariance_matrices(mixture)
    for weight, mean, covariance in zip(mixture.weights, mixture.means, matrices, strict=True):
        if weight > 0:
            low, high = lower - mean, upper - mean
            shifts += weight * box_probabilities(covariance, low, high, lattice)
    error = shifts.std(axis=1, ddof=1) / np.sqrt(lattice.n_shifts)
    return np.minimum(shifts.mean(axis=1), 1.0), error
