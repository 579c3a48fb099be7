"""The box of a noise component, of rows that are read in batches.

It is that of `cpp/src/starts/noise_box.cpp`: of the box along the features' axes and the one along
the rows' principal axes, the one with the smaller volume, as mclust (hypvol) takes it.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches import Read
from gaussmix._core import Mixture, Noise
from gaussmix._moments import Moments

_Doubles: TypeAlias = NDArray[np.float64]


def noise_box(moments: Moments, read: Read) -> Noise:
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
    _check_regular(covariance, moments.dtype)
    axes = np.ascontiguousarray(np.linalg.eigh(covariance)[1].T)
    least, largest = _range_along(axes, moments.mean, read)
    corner = moments.mean + np.einsum("i,ij->j", least, axes)
    along_axes = Noise(weight=0.0, corner=corner, widths=largest - least, axes=axes)
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


def _range_along(axes: _Doubles, centre: _Doubles, read: Read) -> tuple[_Doubles, _Doubles]:
    """The least and the largest coordinate of the rows along each axis, from the centre."""
    least = np.full(len(axes), math.inf)
    largest = -least
    with read() as batches:
        for batch in batches:
            # Not by BLAS, whose results may depend on its number of threads.
            coordinates = np.einsum("nj,ij->ni", batch.rows - centre, axes)
            least = np.minimum(least, coordinates.min(axis=0))
            largest = np.maximum(largest, coordinates.max(axis=0))
    return least, largest
