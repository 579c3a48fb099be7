"""How well two clusterings of the same rows agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def adjusted_rand_index(
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Returns the adjusted Rand index: 1 for equal partitions, about 0 for unrelated ones.

    Equation 5 of Hubert, Arabie (1985), "Comparing partitions", Journal of Classification 2(1).

    Parameters
    ----------
    a, b : ndarray of shape (n_samples,)
        Labels from 0.
    weights : ndarray of shape (n_samples,), default=None
        How often each row counts.

    Where both have one cluster, or every row is a cluster in both, it is 1.
    """
    n_a, n_b = int(a.max()) + 1, int(b.max()) + 1
    cells = a.astype(np.int64) * n_b + b
    table = np.bincount(cells, weights, minlength=n_a * n_b).reshape(n_a, n_b)
    together = _n_pairs(table)
    in_a, in_b = _n_pairs(table.sum(axis=1)), _n_pairs(table.sum(axis=0))
    in_all = _n_pairs(table.sum())
    expected = in_a * in_b / in_all if in_all else 0.0
    largest = (in_a + in_b) / 2.0
    return (together - expected) / (largest - expected) if largest != expected else 1.0


def _n_pairs(counts: NDArray[np.float64] | NDArray[np.int64]) -> float:
    floats = np.asarray(counts, dtype=np.float64)
    return float((floats * (floats - 1.0) / 2.0).sum())
