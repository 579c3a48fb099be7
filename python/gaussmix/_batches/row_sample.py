"""A sample of rows that is the same however they are cut into batches.

Each row draws an exponential number of rate weight, and those with the smallest draws are the
sample (Efraimidis, Spirakis 2006, "Weighted random sampling with a reservoir"). Draw number i is a
function of the seed and of i alone, the number of the row among those that count: so samples of
some rows each merge into that of all. A row of the sample stands for itself and for rows that are
not there: with tau, the smallest draw that is not in the sample, it has the weight
w / (1 - exp(-w tau)), whose sums are unbiased estimates of those over all rows (Cohen, Kaplan 2007,
"Summarizing data using bottom-k sketches").
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats

_Doubles = NDArray[np.float64]
_Labels = NDArray[np.int32]
_Places = NDArray[np.intp]

_FOR_SAMPLES = 0x73616D706C65
"""Half of the key of the draws; the other half is the seed."""
_LEAST_OF_A_LABEL = 256


def sample_size(n_components: int, n_features: int) -> int:
    """Returns how many rows tell where a fit should start."""
    return max(20_000, 256 * n_components, 16 * n_components * n_features)


class SamplePlan(NamedTuple):
    """How a sample is drawn."""

    seed: int
    """From 0 to 2**64 - 1."""
    size: int
    """How many rows without a known label are in it, at the most."""
    size_of_label: int
    """How many of each known label."""

    @classmethod
    def of(cls, seed: int, n_components: int, n_features: int) -> SamplePlan:
        """Of each label its share of `sample_size`, and at least 256."""
        size = sample_size(n_components, n_features)
        return cls(seed, size, max(_LEAST_OF_A_LABEL, size // n_components))


class SampledRows(NamedTuple):
    """Rows in their order, float64, with weights (None: all 1) and known labels (None: none)."""

    rows: _Doubles
    weights: _Doubles | None
    labels: _Labels | None


class RowSample(NamedTuple):
    """Of each label the rows of the smallest keys, in the order of the rows.

    They are one more than the sample has, for tau; a key is the logarithm of a draw.
    """

    plan: SamplePlan
    n_rows: int
    """The number of rows that this is a sample of."""
    is_weighted: bool
    """Whether one of these has another weight than 1."""
    keys: _Doubles
    rows: Floats
    weights: _Doubles
    labels: _Labels
    """-1: not known."""

    def taken(self) -> SampledRows:
        """Returns the sample, with the weights that its rows stand for."""
        weights, in_sample = self.weights.copy(), np.ones(len(self.keys), bool)
        for mine, size in _by_label(self.labels, self.plan):
            if len(mine) > size:
                last = mine[np.argsort(self.keys[mine], kind="stable")[-1]]
                weights[mine] = _estimates(weights[mine], self.keys[last])
                in_sample[last] = False
        is_all = in_sample.sum() == self.n_rows
        labels = self.labels[in_sample]
        return SampledRows(
            self.rows[in_sample].astype(np.float64),
            None if is_all and not self.is_weighted else weights[in_sample],
            labels if (labels >= 0).any() else None,
        )


def sample_of(
    plan: SamplePlan,
    rows: Floats,
    weights: _Doubles | None,
    labels: _Labels | None = None,
    *,
    first: int,
    limit: float = math.inf,
) -> RowSample:
    """Returns the sample of some rows, all of which count; those in it are copied.

    The first of them has the number `first` among all rows. Rows without a label whose keys are
    above `limit` are known not to be in the sample of all.
    """
    each = np.ones(len(rows)) if weights is None else weights
    known = np.full(len(rows), -1, np.int32) if labels is None else labels
    keys = log_draws(plan.seed, first, len(rows)) - np.log(each)
    near = np.flatnonzero((keys <= limit) | (known >= 0))
    kept = near[_smallest_of_each(plan, keys[near], known[near])]
    return RowSample(
        plan, len(rows), weights is not None, keys[kept], rows[kept], each[kept], known[kept]
    )


def merge_samples(parts: Sequence[RowSample]) -> RowSample:
    """Returns the sample of the rows that these are samples of, one after the other."""
    plan = parts[0].plan
    keys = np.concatenate([part.keys for part in parts])
    rows: Floats = np.concatenate([part.rows for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    kept = _smallest_of_each(plan, keys, labels)
    return RowSample(
        plan,
        sum(part.n_rows for part in parts),
        any(part.is_weighted for part in parts),
        keys[kept],
        rows[kept],
        weights[kept],
        labels[kept],
    )


class StreamSample:
    """The sample of rows that arrive one batch after another."""

    def __init__(self, plan: SamplePlan) -> None:
        self._plan = plan
        self._parts: list[RowSample] = []
        self._n_rows = 0
        self._n_waiting = 0
        self._limit = math.inf

    def add(self, rows: Floats, weights: _Doubles | None, labels: _Labels | None) -> None:
        """Takes the next rows, all of which count."""
        part = sample_of(self._plan, rows, weights, labels, first=self._n_rows, limit=self._limit)
        self._parts.append(part)
        self._n_rows += len(rows)
        self._n_waiting += len(part.keys)
        if self._n_waiting > self._plan.size:
            self.merged()

    def merged(self) -> RowSample:
        """Returns the sample of the rows so far, of which there must be one."""
        sample = merge_samples(self._parts)
        self._parts, self._n_waiting = [sample], 0
        keys = sample.keys[sample.labels < 0]
        if len(keys) > self._plan.size:
            self._limit = float(keys.max())
        return sample


def log_draws(seed: int, first: int, count: int) -> _Doubles:
    """Returns logarithms of exponential draws of rate 1, from number `first` on: (count,)."""
    block, before = divmod(first, 4)  # the generator makes four numbers at a time
    generator = np.random.Philox(key=np.array([seed, _FOR_SAMPLES], np.uint64), counter=block)
    integers: NDArray[np.uint64] = generator.random_raw(before + count)[before:]
    uniform: _Doubles = ((integers >> np.uint64(12)) + np.float64(0.5)) * 2.0**-52
    return np.log(-np.log(uniform))


def key_limit(size: int, least_weights: Mapping[float, int]) -> float:
    """Returns a bound that more than `size` keys are below, almost surely.

    `least_weights` says of how many rows the weights are at least so large.
    """
    weights, counts = np.array(list(least_weights)), np.array(list(least_weights.values()))
    wanted = size + 8.0 * math.sqrt(size) + 8.0
    if wanted >= counts.sum():
        return math.inf
    low, high = -800.0, 800.0  # beyond those of any weights
    for _ in range(40):
        middle = (low + high) / 2
        with np.errstate(over="ignore", under="ignore"):
            expected = (counts * -np.expm1(-np.exp(np.log(weights) + middle))).sum()
        low, high = (low, middle) if expected >= wanted else (middle, high)
    return high


def _by_label(labels: _Labels, plan: SamplePlan) -> list[tuple[_Places, int]]:
    """Where each label is, and how many rows of it are in the sample, at the most."""
    return [
        (np.flatnonzero(labels == label), plan.size if label < 0 else plan.size_of_label)
        for label in np.unique(labels).tolist()
    ]


def _smallest_of_each(plan: SamplePlan, keys: _Doubles, labels: _Labels) -> _Places:
    """The places of each label's smallest keys, one more than are in the sample, ascending."""
    kept = [mine[_smallest(keys[mine], size + 1)] for mine, size in _by_label(labels, plan)]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, np.intp)


def _smallest(keys: _Doubles, count: int) -> _Places:
    """The places of the smallest keys; of equal ones those that come first."""
    if len(keys) <= count:
        return np.arange(len(keys))
    near = np.flatnonzero(keys <= np.partition(keys, count - 1)[count - 1])
    return near[np.argsort(keys[near], kind="stable")[:count]]


def _estimates(weights: _Doubles, log_tau: float) -> _Doubles:
    """The weights that rows stand for: w / (1 - exp(-w tau))."""
    with np.errstate(over="ignore", under="ignore"):
        chance = -np.expm1(-np.exp(np.log(weights) + log_tau))
        limit = np.maximum(weights, np.exp(-log_tau))
        return np.divide(weights, chance, out=limit, where=chance > 0)
