"""The types that several modules name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
CovarianceLayout: TypeAlias = Literal["full", "tied", "diag", "spherical"]
"""How covariances are stored."""
CovarianceType: TypeAlias = Literal[
    "full", "tied", "diag", "spherical",
    "EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE",
    "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV",
    "E", "V", "fixed",
]  # fmt: skip
COVARIANCE_TYPES: tuple[CovarianceType, ...] = get_args(CovarianceType)
FAMILIES: tuple[CovarianceType, ...] = COVARIANCE_TYPES[4:18]
"""mclust's fourteen, from the smallest to the largest."""
InitMethod: TypeAlias = Literal["kmeans", "k-means++", "random", "random_from_data"]
NInit: TypeAlias = int | Literal["auto"]
InitFunction: TypeAlias = Callable[[Floats, int, int], ArrayLike]
InitParams: TypeAlias = InitMethod | InitFunction
Prior: TypeAlias = Literal["default"] | Mapping[str, Any] | None
Noise: TypeAlias = bool | float | None
FeatureNames: TypeAlias = NDArray[np.object_]
