"""Checks of a mixture's parameter arrays, and mixtures made from them.

The messages name a parameter as scikit-learn does: 'weights', 'means', 'full precision'.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gaussmix._arrays import as_floats, check_finite
from gaussmix._core import Mixture, Noise
from gaussmix._families import LAYOUTS, check_features
from gaussmix._noise import with_weight
from gaussmix._types import CovarianceType, Floats

COVARIANCE_FORMS = ("covariances", "precisions", "precisions_cholesky")


def make_mixture(
    arrays: Mapping[str, ArrayLike],
    covariance_type: CovarianceType,
    dtype: DTypeLike | None = None,
    noise: Noise | None = None,
) -> Mixture:
    """Returns the mixture of 'weights', 'means' and one of COVARIANCE_FORMS, and perhaps noise.

    Its dtype is `dtype`, or if that is None float32 where all arrays are, and else float64.
    Raises ValueError for wrong shapes, weights that are no proportions, and matrices that are not
    symmetric and positive definite.
    """
    form = next(form for form in COVARIANCE_FORMS if form in arrays)
    weights, means, matrices = (
        as_floats(arrays[name], name, dtype) for name in ("weights", "means", form)
    )
    if means.ndim != 2 or 0 in means.shape:
        raise ValueError(
            "The parameter 'means' should have the shape of (n_components, n_features), but got "
            f"{means.shape}"
        )
    n_components, n_features = means.shape
    check_features(covariance_type, n_features)
    check_weights(weights, n_components, noise.weight if noise else 0.0)
    check_finite(means, "means")
    common = np.result_type(weights, means, matrices)
    weights, means, matrices = (np.asarray(array, common) for array in (weights, means, matrices))
    if form == "covariances":
        matrices = check_matrices(matrices, "covariance", covariance_type, n_components, n_features)
        return Mixture.from_covariances(weights, means, matrices, covariance_type, noise)
    if form == "precisions":
        matrices = check_matrices(matrices, "precision", covariance_type, n_components, n_features)
        return Mixture.from_precisions(weights, means, matrices, covariance_type, noise)
    matrices = _check_factors(matrices, covariance_type, n_components, n_features)
    if LAYOUTS[covariance_type] in ("full", "tied") and (matrices != np.triu(matrices)).any():
        lower = matrices.astype(np.float64)  # what np.linalg.cholesky makes of a precision
        matrices = (lower @ lower.swapaxes(-1, -2)).astype(common)
        return Mixture.from_precisions(weights, means, matrices, covariance_type, noise)
    return Mixture.from_precisions_cholesky(weights, means, matrices, covariance_type, noise=noise)


def replace_parameter(mixture: Mixture, name: str, values: ArrayLike) -> Mixture:
    """Returns the mixture with one of its arrays exchanged for `values`, of the same dtype.

    The other arrays stay, but for the other forms of an exchanged covariance. A noise component
    gets what new weights leave.
    """
    array = as_floats(values, name, mixture.dtype)
    _check_shape(array, getattr(mixture, name).shape, name)
    arrays = {"weights": mixture.weights, "means": mixture.means, name: array}
    noise = mixture.noise
    if noise is not None and name == "weights":
        noise = with_weight(noise, max(0.0, 1.0 - float(array.sum(dtype=np.float64))))
    if name in COVARIANCE_FORMS:
        return make_mixture(arrays, mixture.family, noise=noise)
    check_weights(arrays["weights"], mixture.n_components, noise.weight if noise else 0.0)
    check_finite(arrays["means"], "means")
    return Mixture.from_precisions_cholesky(
        arrays["weights"],
        arrays["means"],
        mixture.precisions_cholesky,
        mixture.family,
        mixture.covariances,
        noise,
    )


def check_weights(weights: Floats, n_components: int, of_noise: float = 0.0) -> Floats:
    """Returns the weights if they are n_components proportions that sum to 1, with the noise's."""
    _check_shape(weights, (n_components,), "weights")
    check_finite(weights, "weights")
    if (weights < 0).any() or (weights > 1).any():
        # scikit-learn's text, which its tests ask for, calls the least value the greatest.
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.min():.5f}, min value {weights.max():.5f}"
        )
    total = weights.sum(dtype=np.float64) + of_noise
    if abs(1.0 - total) > (1e-6 if weights.dtype == np.float32 else 1e-8):
        beside = " with that of the noise" if of_noise else ""
        raise ValueError(
            "The parameter 'weights' should be normalized, but got "
            f"sum(weights) = {total:.5f}{beside}"
        )
    return weights


def check_means(means: Floats, n_components: int, n_features: int) -> Floats:
    """Returns the means if they are finite and of shape (n_components, n_features)."""
    _check_shape(means, (n_components, n_features), "means")
    check_finite(means, "means")
    return means


def check_matrices(
    matrices: Floats,
    kind: str,
    covariance_type: CovarianceType,
    n_components: int,
    n_features: int,
) -> Floats:
    """Returns covariances or precisions (`kind`) if they are what `covariance_type` asks for.

    Matrices have to be symmetric, up to rounding which is taken out, and positive definite;
    variances positive.
    """
    name = f"{covariance_type} {kind}"
    if not _check_entries(matrices, name, covariance_type, n_components, n_features):
        return matrices
    transposed = matrices.swapaxes(-1, -2)
    deviations = np.sqrt(np.abs(matrices.diagonal(axis1=-2, axis2=-1)))
    tolerance = 1e-5 * deviations[..., :, np.newaxis] * deviations[..., np.newaxis, :]
    symmetric = (np.abs(matrices - transposed) <= tolerance).all()
    if not (symmetric and _is_positive_definite(matrices)):
        raise ValueError(f"'{name}' should be symmetric, positive-definite")
    return matrices if (matrices == transposed).all() else (matrices + transposed) / 2


def _check_entries(
    array: Floats, name: str, covariance_type: CovarianceType, n_components: int, n_features: int
) -> bool:
    """Checks shape and finiteness, and variances; returns whether there are matrices to check."""
    _check_shape(array, _shape(covariance_type, n_components, n_features), name)
    check_finite(array, name)
    if LAYOUTS[covariance_type] in ("full", "tied"):
        return True
    if (array <= 0).any():
        raise ValueError(f"'{name}' should be positive")
    return False


def _is_positive_definite(matrices: Floats) -> bool:
    """By Cholesky factorisations, which unlike eigenvalues do not mind features of unlike scales.

    The core makes them: the threads of NumPy's would wait for more in a busy loop, for as long as a
    short fit takes, and keep the cores from it.
    """
    n_features = matrices.shape[-1]
    weights, means = np.ones(1), np.zeros((1, n_features))
    try:
        for matrix in matrices.reshape(-1, 1, n_features, n_features):  # Ctrl-C gets in between
            Mixture.from_covariances(weights, means, matrix.astype(np.float64), "full")
    except ValueError:
        return False
    return True


def _check_factors(
    factors: Floats, covariance_type: CovarianceType, n_components: int, n_features: int
) -> Floats:
    name = f"{covariance_type} precision_cholesky"
    if _check_entries(factors, name, covariance_type, n_components, n_features):
        triangular = (factors == np.triu(factors)).all() or (factors == np.tril(factors)).all()
        if not triangular or (factors.diagonal(axis1=-2, axis2=-1) <= 0).any():
            raise ValueError(f"'{name}' should be triangular with a positive diagonal")
    return factors


def _shape(covariance_type: CovarianceType, n_components: int, n_features: int) -> tuple[int, ...]:
    return {
        "full": (n_components, n_features, n_features),
        "tied": (n_features, n_features),
        "diag": (n_components, n_features),
        "spherical": (n_components,),
    }[LAYOUTS[covariance_type]]


def _check_shape(array: Floats, shape: tuple[int, ...], name: str) -> None:
    if array.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}"
        )
