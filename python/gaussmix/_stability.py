"""How well fits to one half of the rows agree with fits to the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gaussmix._agreement import adjusted_rand_index
from gaussmix._core import Predictor
from gaussmix._shared_starts import Sample
from gaussmix._types import Floats


def stability(
    sample: Sample,
    fit: Callable[[Sample], Predictor],
    n_resamples: int,
    seed: int,
    n_threads: int,
) -> tuple[float, float]:
    """Returns the mean agreement over `n_resamples` splits into halves, and its standard error.

    Of each split, `fit` is called with either half. The two mixtures label all rows; their
    agreement is the adjusted Rand index of the labels, or 0 where both put all rows together, which
    says nothing. The splits depend on the number of rows and the seed alone. With one split the
    standard error is nan.
    """
    weights = sample.weights
    if weights is not None:
        weights = weights / weights.mean()
    agreements = []
    for halves in _splits(sample, n_resamples, seed):
        a, b = (fit(half).predict(sample.rows, n_threads) for half in halves)
        together = a.max() == a.min() and b.max() == b.min()
        agreements.append(0.0 if together else adjusted_rand_index(a, b, weights))
    deviation = float(np.std(agreements, ddof=1)) if n_resamples > 1 else math.nan
    return float(np.mean(agreements)), deviation / math.sqrt(n_resamples)


def _splits(sample: Sample, n_splits: int, seed: int) -> Iterator[tuple[Sample, Sample]]:
    """Yields pairs of samples, each of which has half of the rows, in their order."""
    n = len(sample.rows)
    for i in range(n_splits):
        order = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, i])))
        drawn = order.permutation(n)
        yield (
            _part(sample, (i, "a"), np.sort(drawn[: n // 2])),
            _part(sample, (i, "b"), np.sort(drawn[n // 2 :])),
        )


def _part(sample: Sample, name: tuple[int, str], rows: NDArray[np.intp]) -> Sample:
    weights = None if sample.weights is None else sample.weights[rows]
    table: Floats = sample.rows[rows]
    return Sample(name, table, weights)
