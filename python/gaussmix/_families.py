"""The families of covariances, from the table of the core."""

from gaussmix import _core
from gaussmix._types import CovarianceLayout, CovarianceType

LAYOUTS: dict[CovarianceType, CovarianceLayout] = dict(_core.covariance_families())
"""What `covariance_type` may be, each with the type whose arrays its covariances have."""

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
