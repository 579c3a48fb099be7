"""Probabilities of boxes under one Gaussian, by quasi Monte Carlo.

Genz (1992), "Numerical computation of multivariate normal probabilities", Journal of Computational
and Graphical Statistics 1(2): the integral over the box becomes one over a unit cube of one
dimension less, of a product of probabilities, and its integrand is averaged over a lattice whose
shifts are random, so that their means tell the error (Genz, Bretz 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gaussmix._seeds import Generator
from gaussmix.density import normal
from gaussmix.density.arrays import Doubles, blocks

N_SHIFTS = 8


@dataclass(frozen=True)
class Lattice:
    """Points of the unit cube that several features share, once for each shift."""

    generator: Doubles
    """(n_dimensions,): square roots of primes (Richtmyer 1951)."""
    shifts: Doubles
    """(n_shifts, n_dimensions), each uniform in [0, 1)."""
    n_points: int
    """For each shift."""

    @classmethod
    def draw(cls, n_dimensions: int, n_points: int, rng: Generator) -> Lattice:
        """Returns a lattice of at least `n_points` in all."""
        generator = np.sqrt(_primes(n_dimensions))
        shifts = rng.uniform(size=(N_SHIFTS, n_dimensions))
        return cls(generator, shifts, -(-n_points // N_SHIFTS))

    @property
    def n_shifts(self) -> int:
        return len(self.shifts)

    def coordinates(self, dimension: int) -> Doubles:
        """Returns a coordinate of all points, shift by shift: (n_shifts * n_points,).

        They are folded as a tent, which makes of the integrand one that is periodic, for which
        lattices are good.
        """
        steps = np.arange(1, self.n_points + 1) * self.generator[dimension]
        shifted = (self.shifts[:, dimension, np.newaxis] + steps) % 1.0
        return np.asarray(np.abs(2.0 * shifted - 1.0).ravel())


def box_probabilities(
    covariance: Doubles, lower: Doubles, upper: Doubles, lattice: Lattice
) -> Doubles:
    """Returns P(lower < x <= upper) for x ~ N(0, covariance), estimated with each shift.

    `lower` and `upper` are (n, n_features); the result is (n, n_shifts).
    """
    n, k = len(lower), lattice.n_shifts
    out = np.empty((n, k))
    for block in blocks(n, 4 * max(k * lattice.n_points, covariance.size)):
        L, low, high = _standardised(covariance, lower[block], upper[block])
        products = _products(L, low, high, lattice)
        out[block] = products.reshape(len(products), k, -1).mean(axis=2)
    return out


def _standardised(
    covariance: Doubles, lower: Doubles, upper: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """Returns for each row a factor L of unit diagonal, and limits of standard normal variables.

    Each row has the features in an order of its own, the least probable first, which leaves the
    least to vary in the later ones.
    """
    deviations = np.sqrt(covariance.diagonal())
    probabilities = normal.interval(lower / deviations, upper / deviations)
    order = np.argsort(probabilities, axis=1, kind="stable")
    L = np.linalg.cholesky(covariance[order[:, :, np.newaxis], order[:, np.newaxis, :]])
    scales = L.diagonal(axis1=1, axis2=2)
    low, high = (np.take_along_axis(limits, order, axis=1) / scales for limits in (lower, upper))
    return L / scales[:, :, np.newaxis], low, high


def _products(L: Doubles, low: Doubles, high: Doubles, lattice: Lattice) -> Doubles:
    """The product of each variable's probability given those before, at all points.

    A variable is the quantile of a coordinate that is moved between its limits.
    """
    (n, d), m = low.shape, lattice.n_shifts * lattice.n_points
    product, drawn = np.ones((n, m)), np.empty((d - 1, n, m))
    for i in range(d):
        moved = np.einsum("nj,jnp->np", L[:, i, :i], drawn[:i])
        begin, size, sign = _limits(low[:, i, np.newaxis], high[:, i, np.newaxis], moved)
        product *= size
        if i < d - 1:
            point = begin + size * lattice.coordinates(i)
            drawn[i] = sign * normal.quantile(np.clip(point, 1e-300, 1.0 - 2.0**-53))
    return product


def _limits(low: Doubles, high: Doubles, moved: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Returns P(Z <= low - moved), the probability from there to high - moved, and a sign.

    Where the sign is -1 they are those of -Z, whose probabilities are small numbers where those of
    Z are 1 minus such.
    """
    if np.isneginf(low).all():
        return np.zeros(1), normal.cdf(high - moved), np.ones(1)
    begin, end = low - moved, high - moved
    mirrored = begin > 0
    below = normal.cdf(np.where(mirrored, -end, begin))
    size = normal.cdf(np.where(mirrored, -begin, end)) - below
    return below, size, np.where(mirrored, -1.0, 1.0)


def _primes(n: int) -> Doubles:
    """Returns the first n primes."""
    found: list[int] = []
    candidate = 2
    while len(found) < n:
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
        candidate += 1
    return np.array(found, np.float64)
