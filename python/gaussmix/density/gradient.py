"""The gradient of the logarithm of a mixture's density."""

from __future__ import annotations

import numpy as np

from gaussmix._core import Mixture, Predictor
from gaussmix.density.arrays import Doubles, blocks, product


def score_gradient(mixture: Mixture, X: Doubles, n_threads: int) -> Doubles:
    """Returns d log p / d x at each row of X, for a float64 mixture: (n, n_features).

    It is the sum of r_j precision_j (mean_j - x), with the responsibilities r_j; that of a noise
    component has no gradient.
    """
    predictor, gradients = Predictor(mixture), np.zeros(X.shape)
    for block in blocks(len(X), max(mixture.n_components, mixture.n_features)):
        rows = X[block]
        responsibilities = predictor.responsibilities(rows, n_threads)
        for j, mean in enumerate(mixture.means):
            pull = _times_precision(mixture, j, mean - rows)
            gradients[block] += responsibilities[:, j, np.newaxis] * pull
    return gradients


def _times_precision(mixture: Mixture, j: int, differences: Doubles) -> Doubles:
    """Returns differences (n, n_features) times the precision of component j."""
    factors = np.asarray(mixture.precisions_cholesky, np.float64)
    if mixture.covariance_type in ("diag", "spherical"):
        return np.asarray(differences * factors[j] ** 2)
    U = factors if mixture.covariance_type == "tied" else factors[j]
    return product(product(differences, U), U.T)
