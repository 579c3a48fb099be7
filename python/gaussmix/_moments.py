"""The mean and the covariance of all rows, and from where to where they reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._types import Floats

_Doubles = NDArray[np.float64]


class Moments:
    """Mean, scatter and ranges of rows that arrive one batch after another."""

    def __init__(self, n_threads: int) -> None:
        self._n_threads = n_threads
        self._near: _core.Mixture | None = None
        self._sums: _core.Statistics | None = None
        self.dtype: np.dtype[np.floating] = np.dtype(np.float32)
        self.least: _Doubles = np.array([])
        """The least value of each feature: (n_features,)."""
        self.largest: _Doubles = np.array([])

    def add(self, rows: Floats, weights: _Doubles | None) -> None:
        """Takes the next rows, all of which count."""
        if rows.dtype == np.float64:
            self.dtype = np.dtype(np.float64)
        if self._near is None:  # one component, to which all rows belong
            self.least, self.largest = rows[0].astype(np.float64), rows[0].astype(np.float64)
            self._near = _core.Mixture.from_precisions_cholesky(
                np.ones(1), self.least[np.newaxis].copy(), np.eye(rows.shape[1]), "EEE"
            )
        self.least = np.minimum(self.least, rows.min(axis=0))
        self.largest = np.maximum(self.largest, rows.max(axis=0))
        sums = _core.expect(
            rows, self._near, sample_weight=weights, known_labels=None, n_threads=self._n_threads
        )
        if self._sums is None:
            self._sums = sums
        else:
            self._sums.merge(sums)

    @property
    def weight(self) -> float:
        """The sum of the weights."""
        return self._all().row_weight

    @property
    def mean(self) -> _Doubles:
        """(n_features,)"""
        mean: _Doubles = self._all().means[0]
        return mean

    @property
    def scatter(self) -> _Doubles:
        """The weighted sum of the products of deviations from the mean: (n_features, n_features).

        It is infinite where no float64 holds it.
        """
        scatter = self._all().scatter
        assert scatter is not None
        return scatter

    def _all(self) -> _core.Statistics:
        assert self._sums is not None
        return self._sums
