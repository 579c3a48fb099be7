"""The components of a mixture in another order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix.density.noise import with_arrays


def permuted(mixture: Mixture, order: NDArray[np.intp]) -> Mixture:
    """Returns the mixture whose component j is number order[j] of this one, to the bit."""
    shared = mixture.covariance_type == "tied"
    factors, covariances = (
        array if shared else array[order]
        for array in (mixture.precisions_cholesky, mixture.covariances)
    )
    weights, means = mixture.weights[order], mixture.means[order]
    return with_arrays(mixture, weights, means, factors, covariances)
