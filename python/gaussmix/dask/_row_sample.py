"""A random sample of the rows that count, which is the same however they are cut into chunks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats

Numbers = NDArray[np.uint64]


class RowSample(NamedTuple):
    """The rows with the `size` smallest keys, or all if there are fewer, in their order.

    Their weights are None where all are 1.
    """

    size: int
    keys: Numbers
    rows: Floats
    weights: NDArray[np.float64] | None


def sample_size(n_components: int, n_features: int) -> int:
    """Returns how many rows say where EM is to begin."""
    return max(20000, 256 * n_components, 16 * n_components * n_features)


def row_keys(seed: int, first: int, count: int) -> Numbers:
    """Returns the random keys of the rows from number `first` on: (count,).

    A row's key is a function of the seed, from 0 to 2**64 - 1, and of its number alone.
    """
    block, before = divmod(first, 4)  # numbers that the generator makes at a time
    generator = np.random.Philox(key=seed, counter=block)
    return np.asarray(generator.random_raw(before + count)[before:], np.uint64)


def key_limit(size: int, n_rows: int) -> int:
    """Returns a bound that more than `size` of the keys of n_rows are below, almost surely.

    By it a chunk knows that most of its rows are not in the sample.
    """
    expected = size + 8.0 * math.sqrt(size) + 8.0
    return 2**64 - 1 if expected >= n_rows else int(2.0**64 * (expected / n_rows))


def sample_of(
    rows: Floats,
    weights: NDArray[np.float64] | None,
    *,
    first: int,
    seed: int,
    size: int,
    limit: int,
) -> RowSample:
    """Returns the sample of some rows, the first of which has the number `first` of all."""
    keys = row_keys(seed, first, len(rows))
    near = np.flatnonzero(keys <= np.uint64(limit))
    chosen = near[_smallest(keys[near], size)]
    return RowSample(size, keys[chosen], rows[chosen], None if weights is None else weights[chosen])


def merge_samples(parts: Sequence[RowSample]) -> RowSample:
    """Returns the sample of the rows that these are samples of, one after the other."""
    parts = [part for part in parts if len(part.keys)] or parts[:1]
    keys = np.concatenate([part.keys for part in parts])
    rows: Floats = np.concatenate([part.rows for part in parts])
    chosen = _smallest(keys, parts[0].size)
    return RowSample(parts[0].size, keys[chosen], rows[chosen], _weights_of(parts, chosen))


def _weights_of(parts: Sequence[RowSample], chosen: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """Returns the weights of some rows of all parts; None where all weights are 1."""
    if all(part.weights is None for part in parts):
        return None
    weights = [np.ones(len(part.keys)) if part.weights is None else part.weights for part in parts]
    return np.concatenate(weights)[chosen]


def _smallest(keys: Numbers, size: int) -> NDArray[np.intp]:
    """Returns the positions of the smallest keys, in ascending order."""
    if len(keys) <= size:
        return np.arange(len(keys))
    return np.sort(np.argsort(keys, kind="stable")[:size])
