"""The families of covariances, from the table of the core."""

from gaussmix import _core
from gaussmix._types import CovarianceLayout, CovarianceType

_TABLE = _core.covariance_families()

LAYOUTS: dict[CovarianceType, CovarianceLayout] = {name: layout for name, _, layout, _ in _TABLE}
"""What `covariance_type` may be, each with the type whose arrays its covariances have."""

_FAMILIES: dict[CovarianceType, CovarianceType] = {name: family for name, family, _, _ in _TABLE}
CAN_BE_ACCELERATED: dict[CovarianceType, bool] = {name: can for name, _, _, can in _TABLE}
"""Of each covariance type, whether iterations of EM can be extrapolated."""


def family_of(covariance_type: CovarianceType) -> CovarianceType:
    """Returns the name that a mixture of the family has: full for VVV."""
    return _FAMILIES[covariance_type]


def check_features(covariance_type: CovarianceType, n_features: int) -> None:
    """Raises ValueError for a family of one feature where there are more."""
    if covariance_type in ("E", "V") and n_features != 1:
        raise ValueError(
            f"covariance_type={covariance_type!r} is for one feature, and X has {n_features}: "
            f"use {'EII' if covariance_type == 'E' else 'VII'!r}, or another family"
        )
