"""How well fits to one half of the rows agree with fits to the other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gaussmix._agreement import adjusted_rand_index
from gaussmix._sample import Sample
from gaussmix._types import Floats

_Labels = NDArray[np.intp]


def agreement(a: _Labels, b: _Labels, weights: NDArray[np.float64] | None) -> float:
    """Returns the adjusted Rand index of two labels of the same rows.

    It is 0 where both put all rows together, which says nothing.
    """
    if a.max() == a.min() and b.max() == b.min():
        return 0.0
    # The label of noise is -1.
    return adjusted_rand_index(a + 1, b + 1, None if weights is None else weights / weights.mean())


def mean_and_error(agreements: list[float]) -> tuple[float, float]:
    """Returns the mean of some agreements and its standard error, which of one is nan."""
    n = len(agreements)
    deviation = float(np.std(agreements, ddof=1)) if n > 1 else math.nan
    return float(np.mean(agreements)), deviation / math.sqrt(n)


def splits(sample: Sample, n_splits: int, seed: int) -> Iterator[tuple[Sample, Sample]]:
    """Yields pairs of samples, each of which has half of the rows, in their order.

    They depend on the number of rows and the seed alone.
    """
    n = len(sample.rows)
    for i in range(n_splits):
        order = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, i])))
        drawn = order.permutation(n)
        yield _part(sample, np.sort(drawn[: n // 2])), _part(sample, np.sort(drawn[n // 2 :]))


def _part(sample: Sample, rows: NDArray[np.intp]) -> Sample:
    weights = None if sample.weights is None else sample.weights[rows]
    table: Floats = sample.rows[rows]
    return Sample(table, weights)
