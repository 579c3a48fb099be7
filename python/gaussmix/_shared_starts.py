"""k-means for many fits: fits of the same rows and number of components begin with the same labels.

A start with init_params='kmeans' begins with clusters that do not depend on the covariance type, so
that of all covariance types one fit has to find them.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._types import Floats, InitFunction, InitMethod

_Labels = NDArray[np.int32]

# What starts 0, 1, 2... of a fit with init_params='kmeans' begin with, as the core calls it. After
# the first it takes turns.
_ORIGINS = ("k-means", "a partition of scaled features", "k-means of scaled features")


class Sample(NamedTuple):
    """Rows to fit, all of which count and are finite."""

    name: Hashable
    """Tells one sample from another."""
    rows: Floats
    weights: NDArray[np.float64] | None


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    labels: _Labels | None = None


class SharedStarts:
    """The labels that starts begin with, each found by the first fit that needs it.

    Start 0 of a fit begins with the clusters that it would find by itself with the same seed, the
    others with clusters of the same kinds.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._entries: dict[int, dict[tuple[Hashable, int], _Entry]] = {}

    def init_params(self, sample: Sample, n_threads: int) -> InitFunction:
        """Returns the `init_params` of one fit of the sample; it counts the fit's starts."""
        n_calls = 0

        def labels(X: Floats, n_components: int, random_state: int) -> _Labels:
            nonlocal n_calls
            n_calls += 1
            return self._labels(sample, n_components, n_calls - 1, n_threads)

        return labels

    def forget(self, n_components: int) -> None:
        """Drops what no fit will need any more."""
        with self._lock:
            self._entries.pop(n_components, None)

    def _labels(self, sample: Sample, k: int, start: int, n_threads: int) -> _Labels:
        with self._lock:
            entry = self._entries.setdefault(k, {}).setdefault((sample.name, start), _Entry())
        with entry.lock:
            if entry.labels is None:
                entry.labels = self._find(sample, k, start, n_threads)
        return entry.labels

    def _find(self, sample: Sample, k: int, start: int, n_threads: int) -> _Labels:
        kind = start % len(_ORIGINS)
        seed = self._seed
        if start:
            seed = int(np.random.SeedSequence([seed, start]).generate_state(1, np.uint64)[0])
        rows = _scaled(sample) if kind else sample.rows
        # Without iterations of EM, the means are those of the clusters, or the rows picked.
        init: InitMethod = "k-means++" if kind == 1 else "kmeans"
        centers = _first_means(rows, sample.weights, k, init, seed, n_threads)
        return _core.nearest_centers(rows, None, centers, n_threads)[0]


def with_origins(result: _core.FitResult) -> _core.FitResult:
    """Returns the result of a fit from shared starts, whose report calls them what they are."""
    starts = [
        _core.StartReport(
            origin=_ORIGINS[i % len(_ORIGINS)] if s.origin == "the user's function" else s.origin,
            lower_bound=s.lower_bound,
            n_iter=s.n_iter,
            converged=s.converged,
            dropped=s.dropped,
            seconds=s.seconds,
        )
        for i, s in enumerate(result.starts)
    ]
    return _core.FitResult(
        result.mixture,
        converged=result.converged,
        n_iter=result.n_iter,
        lower_bound=result.lower_bound,
        lower_bounds=result.lower_bounds,
        starts=starts,
        best_start=result.best_start,
        repairs=result.repairs,
    )


def _first_means(
    rows: Floats,
    weights: NDArray[np.float64] | None,
    k: int,
    init: InitMethod,
    seed: int,
    n_threads: int,
) -> Floats:
    result = _core.fit(
        rows,
        weights,
        n_components=k,
        covariance_type="spherical",
        tol=0.0,
        reg_covar=1e-6,
        max_iter=0,
        n_init=1,
        init_params=init,
        first_responsibilities=None,
        seed=seed,
        degenerate="repair",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        prior=None,
        previous=None,
        previous_lower_bound=-math.inf,
        n_threads=n_threads,
        observer=None,
    )
    return result.mixture.means


def _scaled(sample: Sample) -> Floats:
    """Returns the rows with features scaled to unit variance; a constant feature becomes 0."""
    rows = sample.rows.astype(np.float64)
    rows /= _where_positive(np.abs(rows).max(axis=0))  # no sum overflows then
    rows -= rows.mean(axis=0)
    rows /= _where_positive(np.abs(rows).max(axis=0))  # nor do squares underflow
    rows /= _where_positive(np.sqrt(np.average(rows**2, axis=0, weights=sample.weights)))
    return rows


def _where_positive(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values > 0.0, values, 1.0)
