"""The types that several modules name."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
CovarianceType: TypeAlias = Literal["full", "tied", "diag", "spherical"]
InitParams: TypeAlias = Literal["kmeans", "k-means++", "random", "random_from_data"]
FeatureNames: TypeAlias = NDArray[np.object_]
