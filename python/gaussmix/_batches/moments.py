"""The mean and the covariance of rows, and from where to where they reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._types import Floats

_Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Mean, scatter and ranges of rows; those of two sets of rows add up to those of both."""

    sums: _core.Statistics
    """As one component's, to which all rows belong."""
    least: _Doubles
    """The least value of each feature: (n_features,)."""
    largest: _Doubles

    @classmethod
    def of(cls, rows: Floats, weights: _Doubles | None, n_threads: int) -> Moments:
        """Returns those of rows that all count, at least one."""
        near = _core.Mixture.from_precisions_cholesky(
            np.ones(1), rows[:1].astype(np.float64), np.eye(rows.shape[1]), "EEE"
        )
        return cls(
            _core.expect(rows, near, sample_weight=weights, known_labels=None, n_threads=n_threads),
            rows.min(axis=0).astype(np.float64),
            rows.max(axis=0).astype(np.float64),
        )

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.sums + other.sums,
            np.minimum(self.least, other.least),
            np.maximum(self.largest, other.largest),
        )

    @property
    def weight(self) -> float:
        """The sum of the weights."""
        return self.sums.row_weight

    @property
    def mean(self) -> _Doubles:
        """(n_features,)"""
        mean: _Doubles = self.sums.means[0]
        return mean

    @property
    def scatter(self) -> _Doubles:
        """The weighted sum of the products of deviations from the mean: (n_features, n_features).

        It is infinite where no float64 holds it.
        """
        return self.sums.scatter
