"""A sample of rows that arrive one batch after another.

Each row draws an exponential number of rate weight, and those with the smallest draws are the
sample (Efraimidis, Spirakis 2006, "Weighted random sampling with a reservoir"). Draw number i is a
function of the seed and of i alone, the number of the row among those that count: so the sample
does not depend on how the rows are cut into batches. A row of the sample stands for itself and for
rows that are not there: with tau, the smallest draw that is not in the sample, it has the weight
w / (1 - exp(-w tau)), whose sums are unbiased estimates of those over all rows (Cohen, Kaplan 2007,
"Summarizing data using bottom-k sketches").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats

_Doubles = NDArray[np.float64]

_FOR_SAMPLES = 0x73616D706C65
"""Half of the key of the draws; the other half is the seed."""
_LEAST_OF_A_LABEL = 256


class SampledRows(NamedTuple):
    """Rows in their order, float64, with weights (None: all 1) and known labels (None: none)."""

    rows: _Doubles
    weights: _Doubles | None
    labels: NDArray[np.int32] | None


def sample_size(n_components: int, n_features: int) -> int:
    """Returns how many rows tell where a fit should start."""
    return max(20_000, 256 * n_components, 16 * n_components * n_features)


class RowSample:
    """At most `sample_size` rows without a known label, and about as many with one.

    Each label has the same share of these, and at least 256.
    """

    def __init__(self, n_components: int, seed: int) -> None:
        self._n_components = n_components
        self._bits = np.random.Philox(key=np.array([seed, _FOR_SAMPLES], np.uint64))
        self._n_rows = 0
        self._strata: dict[int, _Stratum] = {}
        self._is_weighted = False

    def add(self, rows: Floats, weights: _Doubles | None, labels: NDArray[np.int32] | None) -> None:
        """Takes the next rows, all of which count; those that are kept are copied."""
        self._is_weighted = self._is_weighted or weights is not None
        each = np.ones(len(rows)) if weights is None else weights
        keys = self._draw(len(rows)) - np.log(each)
        numbers = np.arange(self._n_rows, self._n_rows + len(rows))
        self._n_rows += len(rows)
        if labels is None:
            self._stratum(-1, rows.shape[1]).add(keys, numbers, rows, each)
            return
        for label in np.unique(labels).tolist():
            mine = np.flatnonzero(labels == label)
            stratum = self._stratum(label, rows.shape[1])
            stratum.add(keys[mine], numbers[mine], rows[mine], each[mine])

    def taken(self) -> SampledRows:
        """Returns the sample of the rows so far, of which there must be one."""
        parts = {label: stratum.taken() for label, stratum in self._strata.items()}
        numbers = np.concatenate([part.numbers for part in parts.values()])
        order = np.argsort(numbers)
        rows = np.concatenate([part.rows for part in parts.values()])[order]
        weights = np.concatenate([part.weights for part in parts.values()])[order]
        labels = np.repeat(list(parts), [len(part.numbers) for part in parts.values()])[order]
        is_sampled = len(rows) < self._n_rows
        return SampledRows(
            rows.astype(np.float64),
            weights if is_sampled or self._is_weighted else None,
            labels.astype(np.int32) if parts.keys() != {-1} else None,
        )

    def _draw(self, n: int) -> _Doubles:
        """Logarithms of the next n exponential draws of rate 1."""
        integers: NDArray[np.uint64] = self._bits.random_raw(n)
        uniform: _Doubles = ((integers >> np.uint64(12)) + 0.5) * 2.0**-52
        return np.log(-np.log(uniform))

    def _stratum(self, label: int, n_features: int) -> _Stratum:
        if label not in self._strata:
            size = sample_size(self._n_components, n_features)
            share = max(_LEAST_OF_A_LABEL, size // self._n_components)
            self._strata[label] = _Stratum(size if label < 0 else share)
        return self._strata[label]


class _Part(NamedTuple):
    """Rows with their keys, the logarithms of their draws, and their numbers."""

    keys: _Doubles
    numbers: NDArray[np.int64]
    rows: Floats
    weights: _Doubles

    def at(self, i: NDArray[np.intp]) -> _Part:
        return _Part(self.keys[i], self.numbers[i], self.rows[i], self.weights[i])


class _Stratum:
    """The rows of the smallest keys: one more than the sample has, for tau."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: list[_Part] = []
        self._n_kept = 0
        self._largest = np.inf  # of the keys that are worth keeping

    def add(
        self, keys: _Doubles, numbers: NDArray[np.int64], rows: Floats, weights: _Doubles
    ) -> None:
        wanted = np.flatnonzero(keys < self._largest)
        if len(wanted) > self._size + 1:
            wanted = wanted[np.argpartition(keys[wanted], self._size)[: self._size + 1]]
        part = _Part(keys, numbers, rows, weights).at(wanted)
        self._parts.append(part)
        self._n_kept += len(part.keys)
        if self._n_kept > 2 * (self._size + 1):
            self._shrink()

    def taken(self) -> _Part:
        self._shrink()
        (kept,) = self._parts
        if len(kept.keys) <= self._size:
            return kept
        order = np.argsort(kept.keys)
        part, log_tau = kept.at(order[:-1]), kept.keys[order[-1]]
        with np.errstate(over="ignore", under="ignore"):
            chance = -np.expm1(-np.exp(np.log(part.weights) + log_tau))
            stands_for = np.maximum(part.weights, np.exp(-log_tau))
            weights = np.divide(part.weights, chance, out=stands_for, where=chance > 0)
        return part._replace(weights=weights)

    def _shrink(self) -> None:
        every = _Part(*(np.concatenate(arrays) for arrays in zip(*self._parts, strict=True)))
        if len(every.keys) > self._size:
            every = every.at(np.argsort(every.keys, kind="stable")[: self._size + 1])
        if len(every.keys) > self._size:
            self._largest = every.keys.max()
        self._parts, self._n_kept = [every], len(every.keys)
