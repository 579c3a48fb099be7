"""The modes of a mixture: the maxima of its density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix._types import Floats
from gaussmix.density.arrays import Doubles, factor_matrices
from gaussmix.density.noise import log_noise

_MAX_ITER = 10_000
_MAX_ESCAPES = 20
# Lengths in standard deviations of the components that are there.
_TOL = 1e-9  # of the last step of Newton's method, which squares the error
_SHORT = 0.1  # so near may Newton's method take over
_SAME_RADIUS = 0.01  # modes so near are one unless the density has a valley between them
_ESCAPE = 0.01  # the step off a point that is no maximum though the gradient is zero


@dataclass(frozen=True, eq=False)
class Modes:
    """The modes that the means of a mixture's components lead to, the highest first.

    `GaussianMixture.modes` makes one.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [9.0]], [1.0, 4.0], "spherical")
    >>> found = model.modes()
    >>> len(found), found.labels.tolist()
    (2, [0, 1])
    """

    points: Floats
    """(n_modes, n_features)."""
    log_density: Floats
    """The logarithm of the density at each: (n_modes,)."""
    labels: NDArray[np.intp]
    """The mode that the mean of each component leads to: (n_components,), from 0."""

    def __len__(self) -> int:
        return len(self.points)


def find_modes(mixture: Mixture) -> tuple[Doubles, Doubles, NDArray[np.intp]]:
    """Returns points, log-densities and labels of a float64 mixture, as `Modes` has them.

    A noise component adds a constant to the density, and moves no maximum.
    """
    surface = _LogDensity(mixture)
    ends = [surface.ascend(mean) for mean in mixture.means]
    modes: list[_Place] = []
    labels = np.empty(len(ends), np.intp)
    for j, end in enumerate(ends):
        same = (i for i, mode in enumerate(modes) if surface.is_same_mode(mode, end))
        labels[j] = next(same, len(modes))
        if labels[j] == len(modes):
            modes.append(end)
        elif end.value > modes[labels[j]].value:
            modes[labels[j]] = end
    order = np.argsort([-mode.value for mode in modes], kind="stable")
    points, values = (np.array([modes[i].x for i in order]), [modes[i].value for i in order])
    return points, np.logaddexp(values, log_noise(mixture)), np.argsort(order)[labels]


class _Place(NamedTuple):
    """A point, and the logarithm of the density there with its derivatives."""

    x: Doubles
    value: float
    gradient: Doubles
    hessian: Doubles
    precision: Doubles
    """The mean of the components' precisions by their responsibilities: a unit of length."""

    def length(self, step: Doubles) -> float:
        return float(np.sqrt(step @ self.precision @ step))

    def is_above(self, other: _Place) -> bool:
        """Whether the density is higher here; if rounding hides that, whether it is flatter."""
        rounding = 1e-14 * (1.0 + abs(other.value))
        if abs(self.value - other.value) > rounding:
            return self.value > other.value
        return self.slope() < other.slope()

    def slope(self) -> float:
        """The length of the gradient, as that of a fixed-point step."""
        return float(np.sqrt(self.gradient @ np.linalg.solve(self.precision, self.gradient)))


class _LogDensity:
    """The logarithm of a mixture's density, as a surface to climb.

    Carreira-Perpinan (2000), "Mode-finding for mixtures of Gaussian distributions", IEEE PAMI
    22(11), has the derivatives and the fixed-point iteration, which never lowers the density.
    """

    def __init__(self, mixture: Mixture) -> None:
        self._means = np.asarray(mixture.means, np.float64)
        self._factors = factor_matrices(mixture)
        self._precisions = self._factors @ self._factors.swapaxes(1, 2)
        with np.errstate(divide="ignore"):
            log_weights = np.log(mixture.weights)
        log_det = np.log(self._factors.diagonal(axis1=1, axis2=2)).sum(axis=1)
        d = mixture.n_features
        self._scales = log_weights + log_det - 0.5 * d * np.log(2.0 * np.pi)

    def at(self, x: Doubles) -> _Place:
        z = np.einsum("kd,kde->ke", x - self._means, self._factors)
        logs = self._scales - 0.5 * (z * z).sum(axis=1)
        top = logs.max()
        value = top + np.log(np.exp(logs - top).sum())
        r = np.exp(logs - value)
        pulls = -np.einsum("kde,ke->kd", self._factors, z)
        gradient, precision = r @ pulls, np.tensordot(r, self._precisions, axes=1)
        around = pulls - gradient
        hessian = (around * r[:, np.newaxis]).T @ around - precision
        return _Place(x, float(value), gradient, hessian, precision)

    def ascend(self, start: Doubles) -> _Place:
        """Returns the mode that a start leads to.

        By fixed-point steps, and near a mode by Newton's, unless they lower the density.
        """
        place, escapes = self.at(start), 0
        for _ in range(_MAX_ITER):
            following, done = self._step(place)
            if done:
                direction = _rising(following)
                if direction is None or escapes == _MAX_ESCAPES:
                    return following
                escapes += 1
                sides = [self.at(following.x + side * direction) for side in (1.0, -1.0)]
                following = max(sides, key=lambda side: side.value)
            place = following
        return place

    def is_same_mode(self, one: _Place, other: _Place) -> bool:
        """Whether two are near each other, and the density has no valley between them."""
        if one.length(one.x - other.x) > _SAME_RADIUS:
            return False
        between = self.at((one.x + other.x) / 2).value
        return between >= min(one.value, other.value) - 1e-12 * (1.0 + abs(between))

    def _step(self, place: _Place) -> tuple[_Place, bool]:
        """Returns the next place, and whether it is the last."""
        newton = _newton_step(place)
        if newton is not None:
            following = self.at(place.x + newton)
            if place.length(newton) <= _TOL:
                return following, True
            if following.is_above(place):
                return following, False
        following = self._fixed_point_step(place)
        return (following, False) if following.is_above(place) else (place, True)

    def _fixed_point_step(self, place: _Place) -> _Place:
        """The next place, or one further on: a short step is doubled while the density rises."""
        step: Doubles = np.asarray(np.linalg.solve(place.precision, place.gradient), np.float64)
        following = self.at(place.x + step)
        while place.length(2.0 * step) < _SHORT:
            step = 2.0 * step
            further = self.at(place.x + step)
            if further.value <= following.value:
                break
            following = further
        return following


def _newton_step(place: _Place) -> Doubles | None:
    """The step to the maximum of the parabola through a place, if it has one near."""
    try:
        np.linalg.cholesky(-place.hessian)
    except np.linalg.LinAlgError:
        return None
    step = np.asarray(np.linalg.solve(-place.hessian, place.gradient), np.float64)
    return step if place.length(step) <= _SHORT else None


def _rising(place: _Place) -> Doubles | None:
    """A short step along which the density rises on both sides, where there is one."""
    L = np.linalg.cholesky(place.precision)
    scaled = np.linalg.solve(L, np.linalg.solve(L, place.hessian).T)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    if values[-1] <= 1e-8:
        return None
    return np.asarray(_ESCAPE * np.linalg.solve(L.T, vectors[:, -1]))
