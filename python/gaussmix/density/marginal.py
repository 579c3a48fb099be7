"""The distribution of some features of a mixture."""

from __future__ import annotations

from gaussmix._core import Mixture
from gaussmix._types import CovarianceType, Floats
from gaussmix.density.arrays import as_dtype, in_double
from gaussmix.density.features import Indices

# Their covariances are multiples of one another, or have no other structure than their layout has;
# so it is with what is left of them for some features, given the others or not.
_CLOSED: frozenset[CovarianceType] = frozenset(
    ("full", "tied", "diag", "spherical", "EII", "EEI", "VEI", "VEE", "E")
)


def marginal(mixture: Mixture, features: Indices) -> Mixture:
    """Returns the mixture of those features, in that order, of the same dtype.

    Of each component it has the weight, and the mean and the covariance of those features.
    """
    wide = in_double(mixture)
    covariances = covariances_at(wide, features)
    means = wide.means.take(features, axis=1)
    part = Mixture.from_covariances(wide.weights, means, covariances, family_of_part(wide))
    return as_dtype(part, mixture.dtype)


def covariances_at(mixture: Mixture, features: Indices) -> Floats:
    """Returns the covariances of those features, in the mixture's layout."""
    covariances = mixture.covariances
    if mixture.covariance_type != "spherical":
        covariances = covariances.take(features, axis=-1)
    if mixture.covariance_type in ("full", "tied"):
        covariances = covariances.take(features, axis=-2)
    return covariances


def family_of_part(mixture: Mixture) -> CovarianceType:
    """Returns the family of a mixture's marginal and conditional distributions.

    It is the mixture's own where these always belong to it, and else the type of its layout: equal
    volumes, or axes that are the same, are lost.
    """
    return mixture.family if mixture.family in _CLOSED else mixture.covariance_type
