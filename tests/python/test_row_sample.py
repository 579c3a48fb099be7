"""Samples of rows: the same however rows are cut, and sums over them those of all rows."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from gaussmix._batches.row_sample import (
    RowSample,
    SamplePlan,
    StreamSample,
    key_limit,
    log_draws,
    merge_samples,
    sample_of,
    sample_size,
)
from hypothesis import given
from hypothesis import strategies as st

N = 400


@given(
    st.lists(st.integers(0, N), max_size=8),
    st.integers(0, 2**64 - 1),
    st.sampled_from(["none", "some", "wild"]),
    st.booleans(),
)
def test_it_does_not_depend_on_the_cuts(
    cuts: list[int], seed: int, weighted: str, labelled: bool
) -> None:
    rng = np.random.default_rng(1)
    X, labels = rng.normal(size=(N, 2)), rng.integers(-1, 2, N).astype(np.int32)
    weights = {
        "none": None,
        "some": rng.integers(1, 5, N).astype(float),
        "wild": np.exp(rng.normal(0, 200, N)),
    }[weighted]
    plan = SamplePlan(seed, size=50, size_of_label=20)
    stream = StreamSample(plan)
    parts: list[RowSample] = []
    for i in np.split(np.arange(N), sorted(cuts)):
        some = (X[i], None if weights is None else weights[i], labels[i] if labelled else None)
        stream.add(*some)
        parts.append(sample_of(plan, *some, first=int(i[0]) if len(i) else 0))
    whole = sample_of(plan, X, weights, labels if labelled else None, first=0).taken()
    for found in (stream.merged(), merge_samples(parts), merge_samples([merge_samples(parts)])):
        assert found.n_rows == N
        for one, other in zip(found.taken(), whole, strict=True):
            np.testing.assert_array_equal(one, other)


def test_it_is_all_rows_where_they_are_few() -> None:
    X = np.random.default_rng(0).normal(size=(sample_size(3, 2), 2))
    sample = sample_of(SamplePlan.of(5, n_components=3, n_features=2), X, None, first=0)
    rows, weights, labels = sample.taken()
    np.testing.assert_array_equal(rows, X)
    assert weights is None
    assert labels is None


def test_weighted_sums_are_those_of_all_rows() -> None:
    """Unbiased: the mean over 300 samples is within four standard errors."""
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(500, 1)) + 3, np.exp(rng.normal(0, 1.5, 500))
    sums = []
    for seed in range(300):
        plan = SamplePlan(seed, size=60, size_of_label=0)
        rows, adjusted, _ = sample_of(plan, x, weights, first=0).taken()
        assert len(rows) == 60
        assert adjusted is not None
        sums.append([adjusted.sum(), adjusted @ rows[:, 0]])
    mean, error = np.mean(sums, axis=0), np.std(sums, axis=0) / np.sqrt(len(sums))
    assert (np.abs(mean - [weights.sum(), weights @ x[:, 0]]) < 4 * error).all()


def test_draws_are_functions_of_the_row_number() -> None:
    draws = log_draws(7, 0, 100)
    assert len(set(draws.tolist())) == 100
    for first in range(20):
        np.testing.assert_array_equal(log_draws(7, first, 50), draws[first : first + 50])
    assert (log_draws(8, 0, 100) != draws).all()


@pytest.mark.parametrize("spread", [0.0, 1.0, 100.0])
@pytest.mark.parametrize("seed", range(20))
def test_the_limit_leaves_the_sample_as_it_is(spread: float, seed: int) -> None:
    n, plan = 5000, SamplePlan(seed, size=100, size_of_label=0)
    x = np.arange(float(n))[:, np.newaxis]
    weights = np.exp(np.random.default_rng(seed).normal(0, spread, n))
    least = Counter(np.ldexp(0.5, np.frexp(weights)[1]).tolist())
    limit = key_limit(plan.size, least)
    expected = sample_of(plan, x, weights, first=0).taken()
    found = sample_of(plan, x, weights, first=0, limit=limit).taken()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    near = (log_draws(seed, 0, n) - np.log(weights) <= limit).sum()
    assert plan.size < near < 5 * plan.size


def test_no_limit_for_few_rows() -> None:
    assert key_limit(100, {1.0: 50, 2.0: 100}) == math.inf
    assert key_limit(100, {}) == math.inf
