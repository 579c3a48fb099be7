"""A conjugate prior whose defaults are those of all rows, and not of those that are no noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaussmix._core import Statistics
from gaussmix._families import LAYOUTS
from gaussmix._types import CovarianceType, Prior


def with_defaults(
    prior: Prior, covariance_type: CovarianceType, n_components: int, whole: Statistics
) -> Prior:
    """Returns the prior with 'mean' and 'scale' as `gaussmix.GaussianMixture` takes them.

    `whole` are the statistics of all rows as one component's, with full scatter.
    """
    if prior is None:
        return None
    assert whole.scatter is not None
    n, d, scatter = whole.row_weight, whole.n_features, whole.scatter[0]
    covariance = scatter * (n_components ** (-2.0 / d) / max(n - 1.0, 0.5 * n))
    scale: Any = covariance if n > d else np.diag(covariance.diagonal())
    if LAYOUTS[covariance_type] not in ("full", "tied"):
        scale = float(covariance.diagonal().mean())
    given = {} if isinstance(prior, str) else prior
    known = {key: value for key, value in given.items() if value is not None}
    return {"mean": whole.means[0], "scale": scale} | known
