"""The box of a noise component, of rows that are read pass by pass.

It is that of `cpp/src/starts/noise_box.cpp`: of the box along the features' axes and the one along
the rows' principal axes, the one with the smaller volume, as mclust (hypvol) takes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches.moments import Moments
from gaussmix._core import Mixture, Noise
from gaussmix._types import Floats
from gaussmix.density.arrays import blocks

_Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """The least and the largest coordinates of rows along axes; that of two sets is the sum."""

    least: _Doubles
    largest: _Doubles

    @classmethod
    def of(cls, rows: Floats, axes: _Doubles, centre: _Doubles) -> Range:
        """Returns that of rows, about a centre; of no rows, it is from infinity to minus that."""
        found = cls(np.full(len(axes), math.inf), np.full(len(axes), -math.inf))
        for part in blocks(len(rows), len(axes)):
            # Not by BLAS, whose results may depend on its number of threads.
            coordinates = np.einsum("nj,ij->ni", rows[part] - centre, axes)
            found += cls(coordinates.min(axis=0), coordinates.max(axis=0))
        return found

    def __add__(self, other: Range) -> Range:
        return Range(np.minimum(self.least, other.least), np.maximum(self.largest, other.largest))


RangeAlong: TypeAlias = Callable[[_Doubles, _Doubles], Range]
"""Returns `Range.of` all rows, of axes and a centre."""


def noise_box(moments: Moments, dtype: np.dtype[np.floating], range_along: RangeAlong) -> Noise:
    """Returns the noise component of all rows, of weight 0; it takes one more pass.

    Raises ValueError for rows that lie in a hyperplane, whose volume is zero.
    """
    along_features = Noise(
        weight=0.0,
        corner=moments.least,
        widths=_widths(moments.largest - moments.least),
    )
    covariance = moments.scatter / moments.weight
    if not math.isfinite(np.trace(covariance)):
        return along_features  # the fit will say that it cannot be estimated
    _check_regular(covariance, dtype)
    axes = np.ascontiguousarray(np.linalg.eigh(covariance)[1].T)
    found = range_along(axes, moments.mean)
    corner = moments.mean + np.einsum("i,ij->j", found.least, axes)
    widths = found.largest - found.least
    along_axes = Noise(weight=0.0, corner=corner, widths=widths, axes=axes)
    return along_axes if along_axes.log_volume < along_features.log_volume else along_features


def with_box(mixture: Mixture, box: Noise) -> Mixture:
    """Returns the mixture with the box of another noise component, and the weight of its own."""
    assert mixture.noise is not None
    noise = Noise(weight=mixture.noise.weight, corner=box.corner, widths=box.widths, axes=box.axes)
    return Mixture.from_precisions_cholesky(
        mixture.weights,
        mixture.means,
        mixture.precisions_cholesky,
        mixture.family,
        mixture.covariances,
        noise,
    )


def _widths(widths: _Doubles) -> _Doubles:
    constant = np.flatnonzero(widths <= 0)
    if constant.size:
        raise ValueError(
            f"a noise component needs rows that have a volume, but column {constant[0]} is constant"
        )
    return widths


def _check_regular(covariance: _Doubles, dtype: np.dtype[np.floating]) -> None:
    """Where rows lie in a hyperplane, the trace of the inverse of their correlations is huge."""
    rounding = float(np.finfo(dtype).eps)
    least = max(4 * float(np.finfo(np.float64).eps), 4 * rounding**2)
    deviations = np.sqrt(np.diagonal(covariance))
    try:
        correlations = covariance / np.multiply.outer(deviations, deviations)
        trace = float(np.square(np.linalg.inv(np.linalg.cholesky(correlations))).sum())
    except np.linalg.LinAlgError:
        trace = math.inf
    if not trace * least < 1 / len(covariance):
        raise ValueError(
            "a noise component needs rows that have a volume, but these lie in a hyperplane: "
            "columns depend linearly on each other, or there are too few rows"
        )
