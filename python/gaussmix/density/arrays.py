"""A mixture's arrays as formulas take them: in double precision, matrices whatever the layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix.density.noise import noise_weight, with_arrays

Doubles = NDArray[np.float64]

# At most about so many numbers are in a temporary array of some rows.
_BLOCK_NUMBERS = 2**18
_SMALL_MATRIX = 256


def in_double(mixture: Mixture) -> Mixture:
    """Returns the mixture in float64: itself, or one of the same parameters; see `as_dtype`."""
    return as_dtype(mixture, np.dtype(np.float64))


def as_dtype(mixture: Mixture, dtype: np.dtype[Any]) -> Mixture:
    """Returns the mixture in float32 or float64.

    Its factors are rounded, and not made anew, which might fail for rounded covariances; in
    float64 the covariances are those of the factors. Weights whose sum is right in float32 alone
    are scaled.
    """
    if mixture.dtype == dtype:
        return mixture
    arrays = (mixture.weights, mixture.means, mixture.precisions_cholesky)
    weights, means, factors = (array.astype(dtype) for array in arrays)
    covariances = mixture.covariances.astype(dtype) if dtype == np.float32 else None
    if weights.any():
        weights *= (1.0 - noise_weight(mixture)) / weights.sum()
    return with_arrays(mixture, weights, means, factors, covariances)


def covariance_matrices(mixture: Mixture) -> Doubles:
    """Returns the covariances as (n_components, n_features, n_features), read-only."""
    return _as_matrices(mixture, mixture.covariances)


def factor_matrices(mixture: Mixture) -> Doubles:
    """Returns the upper triangular U with U U^T = precision, as `covariance_matrices` does."""
    return _as_matrices(mixture, mixture.precisions_cholesky)


def standard_deviations(mixture: Mixture) -> Doubles:
    """Returns those of each feature in each component: (n_components, n_features)."""
    k, d = mixture.means.shape
    variances = np.asarray(mixture.covariances, np.float64)
    if mixture.covariance_type in ("full", "tied"):
        variances = variances.diagonal(axis1=-2, axis2=-1)
    elif mixture.covariance_type == "spherical":
        variances = variances[:, np.newaxis]
    return np.sqrt(np.broadcast_to(variances, (k, d)))


def product(rows: Doubles, matrix: Doubles) -> Doubles:
    """Returns rows @ matrix, of a small matrix without BLAS, whose threads wait in busy loops."""
    if matrix.size <= _SMALL_MATRIX:
        return np.asarray(np.einsum("nd,de->ne", rows, matrix))
    return np.asarray(rows @ matrix)


def blocks(n_rows: int, numbers_a_row: int) -> Iterator[slice]:
    """Cuts rows into blocks for which temporary arrays stay small."""
    step = max(1, _BLOCK_NUMBERS // max(1, numbers_a_row))
    return (slice(first, first + step) for first in range(0, n_rows, step))


def _as_matrices(mixture: Mixture, array: NDArray[np.floating]) -> Doubles:
    k, d = mixture.means.shape
    values = np.asarray(array, np.float64)
    if mixture.covariance_type == "spherical":
        return np.multiply.outer(values, np.eye(d))
    if mixture.covariance_type == "diag":
        return values[:, :, np.newaxis] * np.eye(d)
    return np.broadcast_to(values, (k, d, d))
