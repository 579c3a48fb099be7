"""The defaults of a prior's mean and scale, from the moments of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaussmix._batches.moments import Moments
from gaussmix._families import LAYOUTS
from gaussmix._settings import MixtureSettings
from gaussmix._types import CovarianceType, Prior


def prior_of(settings: MixtureSettings, moments: Moments | None) -> Prior:
    """Returns the prior; beside noise, which has rows that no component has, with its defaults.

    `moments` are those of all rows; None where there is no noise.
    """
    if settings.prior is None or moments is None:
        return settings.prior
    k = settings.n_components
    return complete_prior(settings.prior, settings.covariance_type, k, moments)


def complete_prior(
    prior: Prior, covariance_type: CovarianceType, n_components: int, moments: Moments
) -> dict[str, Any]:
    """Returns the prior with its mean and scale; what it has already stays.

    They are those of `cpp/src/em/conjugate_prior.cpp`, mclust's defaultPrior: the covariance
    divided by n_components**(2 / n_features), of diagonal and spherical families the mean of its
    diagonal.
    """
    given = {} if prior is None or isinstance(prior, str) else dict(prior)
    if given.get("mean") is None:
        given["mean"] = moments.mean
    if given.get("scale") is None:
        d = len(moments.mean)
        count = max(moments.weight - 1, 0.5 * moments.weight)
        scale = moments.scatter / count * float(n_components) ** (-2 / d)
        if LAYOUTS[covariance_type] not in ("full", "tied"):
            scale = np.float64(np.trace(scale) / d)
        elif moments.weight <= d:
            scale = np.diag(np.diagonal(scale))
        given["scale"] = scale
    return given
