"""The end of a fit to float32 rows: until then its mixture is in float64."""

from __future__ import annotations

import math

import numpy as np

from gaussmix._core import Mixture


def in_float32(mixture: Mixture) -> Mixture:
    """Returns the mixture, rounded. Raises ValueError where float32 cannot hold it."""
    names = ("weights", "means", "precisions_cholesky", "covariances")
    with np.errstate(over="ignore", under="ignore"):
        weights, means, factors, covariances = (
            getattr(mixture, name).astype(np.float32) for name in names
        )
    if not all(np.isfinite(array).all() for array in (means, factors, covariances)):
        raise _out_of_range()
    try:
        rounded = Mixture.from_precisions_cholesky(
            weights, means, factors, mixture.family, covariances, mixture.noise
        )
    except ValueError:  # a factor of 0
        raise _out_of_range() from None
    noise = rounded.noise
    if noise is not None and not (
        np.isfinite(noise.corner).all() and math.isfinite(noise.log_volume)
    ):
        raise _out_of_range()
    return rounded


def in_float64(mixture: Mixture) -> Mixture:
    """Returns the mixture with the same numbers in float64."""
    names = ("weights", "means", "precisions_cholesky", "covariances")
    weights, means, factors, covariances = (
        getattr(mixture, name).astype(np.float64) for name in names
    )
    return Mixture.from_precisions_cholesky(
        weights, means, factors, mixture.family, covariances, mixture.noise
    )


def _out_of_range() -> ValueError:
    return ValueError(
        "Fitting the mixture model failed because the variances of X are too large or too small to "
        "be represented in float32: scale the input data, or convert it to float64."
    )
