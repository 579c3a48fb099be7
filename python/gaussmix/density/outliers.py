"""Thresholds of the log-density, below which a fraction of a mixture's own mass lies."""

from __future__ import annotations

import numpy as np

from gaussmix._types import Floats
from gaussmix.density.arrays import Doubles


def thresholds(log_density: Floats, q: Doubles) -> tuple[Doubles, Doubles]:
    """Returns the thresholds for each of q (n,), and their standard errors.

    They come from the log-densities of n rows drawn from the mixture. A threshold is the order
    statistic number q (n + 1), interpolated: the mass below it is q on average, and has the
    standard deviation of a proportion, s = sqrt(q (1 - q) / n). The threshold's own error is half
    of what it changes by from q - s to q + s.
    """
    spread = np.sqrt(q * (1.0 - q) / len(log_density))
    at = np.stack([q, np.maximum(q - spread, 0.0), np.minimum(q + spread, 1.0)])
    middle, low, high = np.quantile(log_density.astype(np.float64), at, method="weibull")
    return middle, (high - low) / 2.0
