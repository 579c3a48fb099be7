"""The start that a user may give: weights, means and precisions, any subset of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_floats
from gaussmix._parameters import check_matrices, check_means, check_weights
from gaussmix._types import CovarianceType


class UserStart(NamedTuple):
    """Checked copies of weights_init, means_init and precisions_init, in the core's dtype."""

    weights: NDArray[np.float64] | None
    means: NDArray[np.float64] | None
    precisions: NDArray[np.float64] | None


def check_user_start(
    weights_init: ArrayLike | None,
    means_init: ArrayLike | None,
    precisions_init: ArrayLike | None,
    covariance_type: CovarianceType,
    n_components: int,
    n_features: int,
) -> UserStart:
    """Raises ValueError where a given array has the wrong shape or is no such parameter.

    The weights are scaled to sum to 1 exactly; what the user passed is not changed.
    """
    weights = means = precisions = None
    if weights_init is not None:
        floats = check_weights(as_floats(weights_init, "weights_init"), n_components)
        weights = floats.astype(np.float64)
        weights /= weights.sum()
    if means_init is not None:
        floats = check_means(as_floats(means_init, "means_init"), n_components, n_features)
        means = floats.astype(np.float64)
    if precisions_init is not None:
        floats = as_floats(precisions_init, "precisions_init")
        floats = check_matrices(floats, "precision", covariance_type, n_components, n_features)
        precisions = floats.astype(np.float64)
    return UserStart(weights, means, precisions)
