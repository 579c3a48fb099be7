"""The box of a noise component about the rows of all chunks, as `gaussmix` takes it of an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from dask.base import tokenize
from numpy.typing import NDArray

from gaussmix._core import Mixture, Noise, Statistics
from gaussmix.dask._chunks import Chunks
from gaussmix.dask._graph import Shared, map_reduce
from gaussmix.dask._survey import Survey
from gaussmix.dask._tasks import expect, merge_statistics, rows_of
from gaussmix.density.arrays import blocks

Doubles = NDArray[np.float64]


class Range(NamedTuple):
    """The least and the largest coordinates of rows, along the features and along axes."""

    least: Doubles
    largest: Doubles

    def box(self, number: int, centre: Doubles, axes: Doubles | None) -> Noise:
        """Returns the box along the features (number 0) or along the axes (1), without a weight."""
        least, widths = self.least[number], (self.largest - self.least)[number]
        corner = centre + (least if axes is None else axes.T @ least)
        return Noise(weight=0.0, corner=corner, widths=widths, axes=axes)


def moments(chunks: Chunks, found: Survey) -> Statistics:
    """Returns the statistics of all rows as one component's, with full scatter: one pass."""
    sample = found.sample.rows.astype(np.float64)
    variances = sample.var(axis=0)
    reference = Mixture.from_covariances(
        np.ones(1),
        sample.mean(axis=0, keepdims=True),
        np.diag(np.where(variances > 0, variances, 1.0))[np.newaxis],
        "full",
    )
    return map_reduce(  # type: ignore[no-any-return]
        chunks,
        "gaussmix-moments",
        expect,
        merge_statistics,
        common=(found.dtype, 1),
        shared=Shared.mixture(reference),
    )


def noise_box(chunks: Chunks, found: Survey, whole: Statistics) -> Noise:
    """Returns the smaller of the boxes along the features and along the rows' principal axes.

    `whole` are the moments of all rows; one more pass finds the boxes. Raises ValueError for rows
    that lie in a hyperplane, whose volume is zero.
    """
    centre, covariance = whole.means[0], _scatter(whole) / whole.row_weight
    axes = np.eye(len(centre))
    if np.isfinite(covariance.trace()):
        axes = np.ascontiguousarray(np.linalg.eigh(covariance)[1].T)
    extent: Range = map_reduce(
        chunks,
        "gaussmix-range",
        range_of,
        merge_ranges,
        common=(found.dtype,),
        shared=Shared("gaussmix-axes", (centre, axes), tokenize(centre, axes)),
    )
    _check_volume(extent, covariance, found.dtype)
    along_features, along_axes = extent.box(0, centre, None), extent.box(1, centre, axes)
    return along_axes if along_axes.log_volume < along_features.log_volume else along_features


def range_of(chunk: Any, weights: Any, dtype: str, place: tuple[Doubles, Doubles]) -> Range:
    """Returns the range of a chunk's rows about a centre, along the features and along axes."""
    centre, axes = place
    rows = rows_of(chunk, weights, dtype).rows
    least = np.full((2, len(centre)), np.inf)
    largest = -least
    for part in blocks(len(rows), len(centre)):
        z = rows[part].astype(np.float64) - centre
        turned = np.einsum("nd,ed->ne", z, axes)  # not BLAS, whose order of sums may vary
        for i, coordinates in enumerate((z, turned)):
            least[i] = np.minimum(least[i], coordinates.min(axis=0))
            largest[i] = np.maximum(largest[i], coordinates.max(axis=0))
    return Range(least, largest)


def merge_ranges(parts: Sequence[Range]) -> Range:
    """Returns the range of the rows of all."""
    return Range(
        np.minimum.reduce([part.least for part in parts]),
        np.maximum.reduce([part.largest for part in parts]),
    )


def _scatter(whole: Statistics) -> Doubles:
    assert whole.scatter is not None
    scatter: Doubles = whole.scatter[0]
    return scatter


def _check_volume(extent: Range, covariance: Doubles, dtype: str) -> None:
    widths = extent.largest[0] - extent.least[0]
    if not (widths > 0).all():
        raise ValueError(
            f"a noise component needs rows that have a volume, but column {(widths > 0).argmin()} "
            "is constant"
        )
    if np.isfinite(covariance.trace()) and not _is_regular(covariance, dtype):
        raise ValueError(
            "a noise component needs rows that have a volume, but these lie in a hyperplane: "
            "columns depend linearly on each other, or there are too few rows"
        )


def _is_regular(covariance: Doubles, dtype: str) -> bool:
    """Whether rows of a dtype fill their space: the trace of the inverse of their correlations."""
    d = len(covariance)
    rounding = max(4 * np.finfo(np.float64).eps, 4 * float(np.finfo(dtype).eps) ** 2)
    try:
        one = Mixture.from_covariances(np.ones(1), np.zeros((1, d)), covariance[np.newaxis], "full")
    except ValueError:
        return False
    return bool((covariance.diagonal() * one.precisions[0].diagonal()).sum() * rounding < 1 / d)
