"""Mixtures whose components form clusters, and rows of them: for merging, here and in R."""

import numpy as np
from gaussmix import GaussianMixture
from mixtures import Array


def crosses() -> tuple[GaussianMixture, Array]:
    """Two clusters that are crosses of two components, and two that are one: as in Baudry et al."""
    long, wide = np.diag([1.0, 0.02]), np.diag([0.02, 1.0])
    model = GaussianMixture.from_parameters(
        [0.2, 0.15, 0.2, 0.15, 0.1, 0.2],
        [[0, 0], [8, 5], [0, 0], [1, 5], [1, 5], [8, 0]],
        [long, 0.3 * np.eye(2), wide, long, wide, [[0.4, 0.3], [0.3, 0.4]]],
    )
    return model, rows_of(model, 600, seed=1)


def overlapping() -> tuple[GaussianMixture, Array]:
    """Nine components on a line in two features, of which neighbours overlap."""
    means = np.array([0, 1, 2.5, 3, 6, 6.5, 9, 12, 12.5])
    model = GaussianMixture.from_parameters(
        np.arange(9, 0, -1) / 45, np.column_stack([means, means**2 / 10]), np.eye(2), "tied"
    )
    return model, rows_of(model, 500, seed=2)


def rows_of(model: GaussianMixture, n: int, seed: int) -> Array:
    """From a stream that is frozen, unlike those that `sample` draws from."""
    rng = np.random.RandomState(seed)
    labels = rng.choice(model.n_components, n, p=model.weights_)
    shared = model.covariance_type == "tied"
    factors = np.linalg.cholesky(model.covariances_)
    factors = np.broadcast_to(factors, (model.n_components, 2, 2)) if shared else factors
    noise = rng.standard_normal((n, 2))
    return model.means_[labels] + np.einsum("nij,nj->ni", factors[labels], noise)


EXAMPLES = {"crosses": crosses, "overlapping": overlapping}
