"""Quantiles of a mixture of one feature."""

from __future__ import annotations

import math

import numpy as np

from gaussmix._core import Mixture
from gaussmix.density import normal
from gaussmix.density.arrays import Doubles, blocks, standard_deviations

_TOL = 2.0**-51
_MAX_ITER = 5000  # of which a fourth halve an interval: no two floats are so far apart
_SQRT_2PI = math.sqrt(2.0 * math.pi)


def quantile(mixture: Mixture, q: Doubles) -> Doubles:
    """Returns the x with P(X <= x) = q for each of q (n,) in [0, 1]; infinite for 0 and 1.

    Above the median the equation is solved for 1 - q, which has no rounding, and -X: so that the
    probability is a small number in both tails.
    """
    out = np.where(q == 0, -np.inf, np.inf)
    inner = (q > 0) & (q < 1)
    for sign, half in ((1.0, inner & (q <= 0.5)), (-1.0, inner & (q > 0.5))):
        tail = _LowerTail(mixture, sign)
        p = np.minimum(q, 1.0 - q)[half]
        found = [tail.solve(p[block]) for block in blocks(len(p), mixture.n_components)]
        out[half] = sign * np.concatenate([np.empty(0), *found])
    return out


class _LowerTail:
    """The distribution of sign X for a mixture's X, at small probabilities."""

    def __init__(self, mixture: Mixture, sign: float) -> None:
        there = mixture.weights > 0
        self._weights = np.asarray(mixture.weights[there], np.float64)
        self._means = sign * np.asarray(mixture.means[there, 0], np.float64)
        self._deviations = standard_deviations(mixture)[there, 0]

    def solve(self, p: Doubles) -> Doubles:
        """Returns the x with P(X <= x) = p, for p (n,) in (0, 0.5].

        By Newton's method on log P, which in a tail is nearly a parabola, within the interval that
        is known to hold x: at first that of the components' quantiles. It is halved in the place of
        a step that would leave it, and in each fourth one, so that steps cannot stay small.
        """
        low, high = self._between_components(p)
        x, active = low + (high - low) / 2, np.arange(len(p))
        for iteration in range(_MAX_ITER):
            at = x[active]
            probability, density = self._at(at)
            below = probability < p[active]
            low[active[below]], high[active[~below]] = at[below], at[~below]
            with np.errstate(all="ignore"):
                error = np.log(p[active] / probability)
                step = error * probability / density
            done = (np.abs(error) <= _TOL) | (np.abs(step) <= _TOL * np.abs(at))
            newton = at + step
            middle = low[active] + (high[active] - low[active]) / 2
            inside = (newton > low[active]) & (newton < high[active])
            halve = ~done & (~inside | (iteration % 4 == 3))
            x[active] = np.where(halve, middle, np.where(inside, newton, at))
            active = active[~done & (middle > low[active]) & (middle < high[active])]
            if active.size == 0:
                break
        return x

    def _between_components(self, p: Doubles) -> tuple[Doubles, Doubles]:
        """The least and the largest of the components' quantiles, and a little beyond."""
        quantiles = np.multiply.outer(normal.quantile(p), self._deviations) + self._means
        slack = 1e-14 * (np.abs(quantiles).max(axis=1) + np.abs(self._means).max())
        return quantiles.min(axis=1) - slack, quantiles.max(axis=1) + slack

    def _at(self, x: Doubles) -> tuple[Doubles, Doubles]:
        """P(X <= x) and its derivative."""
        z = (x[:, np.newaxis] - self._means) / self._deviations
        with np.errstate(under="ignore"):
            density = np.exp(-0.5 * z * z) @ (self._weights / self._deviations) / _SQRT_2PI
        return normal.cdf(z) @ self._weights, density
