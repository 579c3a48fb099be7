"""Mixtures with a noise component, whose density is a constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaussmix._core import Mixture


def refuse_noise(mixture: Mixture, what: str) -> None:
    """Raises ValueError for a mixture with a noise component, for which `what` is not defined."""
    if mixture.noise is not None:
        raise ValueError(f"{what} is not defined for a mixture with a noise component")


def noise_weight(mixture: Mixture) -> float:
    """Returns the weight of the noise component, 0 where there is none."""
    return 0.0 if mixture.noise is None else mixture.noise.weight


def log_noise(mixture: Mixture) -> float:
    """Returns the logarithm of the noise component's share of the density, everywhere the same."""
    noise = mixture.noise
    return -np.inf if noise is None else float(noise.log_normalizer)


def with_arrays(
    mixture: Mixture, weights: Any, means: Any, factors: Any, covariances: Any
) -> Mixture:
    """Returns a mixture of other arrays, of the same family and with the same noise component."""
    return Mixture.from_precisions_cholesky(
        weights, means, factors, mixture.family, covariances, mixture.noise
    )
