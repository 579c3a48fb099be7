"""Log-densities of a mixture at 50 digits, and how far from them double precision may be."""

from dataclasses import dataclass

import mpmath
import numpy as np
from data import Floats
from mpmath import mp, mpf


@dataclass(frozen=True)
class Exact:
    """The true log-densities at some rows, and a bound on the error of computed ones."""

    log_density: Floats
    bound: Floats


def score_samples(
    weights: Floats, means: Floats, covariances: Floats, X: Floats, eps: float
) -> Exact:
    """The log-densities of a full mixture at the rows of X.

    A Cholesky factorisation with unit roundoff eps is exact for a matrix that differs from the
    covariance S by d (d + 1) eps |S| (Higham 2002, theorem 10.3). That changes the squared
    distance q of a row by at most d (d + 1) eps cond(S) q, and log det S by d times as much. What
    remains is the projection U^T (x - mu), whether the mean is subtracted before or after it: an
    error of r = d eps |span| / sqrt(smallest eigenvalue) in each distance sqrt(q), where span is
    the largest distance between the row and a mean, or between two means. A factor of 4 covers
    the inverse of the factor and lower orders. Errors of components weigh as the components do.
    """
    d = X.shape[1]
    with mp.workdps(50):
        components = [_component(*c) for c in zip(weights, means, covariances, strict=True)]
        log_density, bound = [], []
        for x in X:
            span = max(np.linalg.norm(x - mean) for mean in means)
            span += max(np.linalg.norm(a - b) for a in means for b in means)
            terms, errors = [], []
            for component in components:
                q = component.squared_distance(x)
                terms.append(component.log_scale - q / 2)
                r = d * eps * span / component.narrowest
                factorisation = (d + 1) ** 2 * eps * component.condition * (q + d)
                errors.append(4 * (factorisation + mpmath.sqrt(q) * r + r * r))
            total = _logsumexp(terms)
            slack = _logsumexp([t - total + e for t, e in zip(terms, errors, strict=True)])
            log_density.append(float(total))
            bound.append(float(slack + 8 * eps * (abs(total) + d)))
    return Exact(np.array(log_density), np.array(bound))


@dataclass(frozen=True)
class _Component:
    log_scale: mpf
    mean: mpmath.matrix
    factor: mpmath.matrix
    condition: float
    narrowest: float

    def squared_distance(self, x: Floats) -> mpf:
        y = mpmath.lu_solve(self.factor, mpmath.matrix(x.tolist()) - self.mean)
        return mpmath.fsum(v * v for v in y)


def _component(weight: float, mean: Floats, covariance: Floats) -> _Component:
    factor = mpmath.cholesky(mpmath.matrix(covariance.tolist()))
    d = len(mean)
    log_det = 2 * mpmath.fsum(mpmath.log(factor[i, i]) for i in range(d))
    spectrum = np.linalg.eigvalsh(covariance)
    return _Component(
        log_scale=mpmath.log(mpf(float(weight))) - (d * mpmath.log(2 * mp.pi) + log_det) / 2,
        mean=mpmath.matrix(mean.tolist()),
        factor=factor,
        condition=float(spectrum[-1] / spectrum[0]),
        narrowest=float(np.sqrt(spectrum[0])),
    )


def _logsumexp(values: list[mpf]) -> mpf:
    top = max(values)
    return top + mpmath.log(mpmath.fsum(mpmath.exp(v - top) for v in values))
