"""The families of covariances, from the table of the core."""

from gaussmix import _core
from gaussmix._types import CovarianceLayout, CovarianceType

LAYOUTS: dict[CovarianceType, CovarianceLayout] = dict(_core.covariance_families())
"""What `covariance_type` may be, each with the type whose arrays its covariances have."""

COVARIANCE_TYPES: tuple[CovarianceType, ...] = tuple(LAYOUTS)

# By the volume, the shape and the orientation of their covariances: Equal, Variable, Identity.
FAMILIES: tuple[CovarianceType, ...] = (
    "EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE",
    "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV",
)  # fmt: skip
"""mclust's fourteen, from the smallest to the largest."""

_OTHER_NAMES: dict[CovarianceType, CovarianceType] = {
    "VVV": "full", "EEE": "tied", "VVI": "diag", "VII": "spherical", "V": "spherical", "E": "EII",
}  # fmt: skip


def family_of(covariance_type: CovarianceType) -> CovarianceType:
    """Returns the name that a mixture of the family has: full for VVV."""
    return _OTHER_NAMES.get(covariance_type, covariance_type)


def check_features(covariance_type: CovarianceType, n_features: int) -> None:
    """Raises ValueError for a family of one feature where there are more."""
    if covariance_type in ("E", "V") and n_features != 1:
        raise ValueError(
            f"covariance_type={covariance_type!r} is for one feature, and X has {n_features}: "
            f"use {'EII' if covariance_type == 'E' else 'VII'!r}, or another family"
        )
