"""The first pass over chunks, and before it the count of those rows whose number dask has not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from gaussmix._batches.moments import Moments
from gaussmix._batches.row_sample import RowSample, SamplePlan, key_limit, merge_samples, sample_of
from gaussmix._batches.survey import Survey
from gaussmix._batches.tree_sum import add_up
from gaussmix.dask._chunks import Chunks
from gaussmix.dask._graph import map_reduce
from gaussmix.dask._tasks import checked_rows


class Count(NamedTuple):
    """Numbers of rows of a chunk."""

    n_rows: int
    n_weights: int
    least_weights: dict[float, int]
    """Of how many rows that count the weights are at least so large, and less than twice that."""

    @property
    def n_counted(self) -> int:
        return sum(self.least_weights.values())


class Part(NamedTuple):
    """What is known of the rows of some chunks; the names are those of `Survey`."""

    n_rows: int
    weight: float
    is_single: bool
    sample: RowSample | None
    moments: Moments | None


def survey(chunks: Chunks, plan: SamplePlan | None, *, has_noise: bool) -> Survey:
    """Looks at every row once; draws a sample where there is a plan.

    Raises ValueError or TypeError for what no model can be fitted to; it names the chunk.
    """
    counts = _counts(chunks)
    numbers = [each.n_counted for each in counts]
    names = None if chunks.feature_names is None else tuple(chunks.feature_names)
    limit = None if plan is None else key_limit(plan.size, _least_weights(counts))
    firsts = accumulate(numbers, initial=0)
    found: Part = map_reduce(
        chunks,
        "gaussmix-survey",
        survey_chunk,
        merge_parts,
        each=[(i, n, first) for i, (n, first) in enumerate(zip(numbers, firsts, strict=False))],
        common=(chunks.n_features, names, plan, limit, has_noise),
    )
    dtype: np.dtype[np.floating] = np.dtype(np.float32 if found.is_single else np.float64)
    return Survey(
        chunks.n_features,
        chunks.feature_names,
        dtype,
        found.n_rows,
        found.weight,
        found.sample,
        found.moments,
    )


def survey_chunk(
    chunk: Any,
    weights: Any,
    number: int,
    n_rows: int,
    first: int,
    n_features: int,
    names: tuple[str, ...] | None,
    plan: SamplePlan | None,
    limit: float,
    has_noise: bool,
) -> Part:
    """Returns what there is of one chunk, of n_rows that should count, from number `first`."""
    rows, row_weights = checked_rows(chunk, weights, number, n_features, names)
    if len(rows) != n_rows:
        raise ValueError(
            f"chunk {number} of X has {len(rows)} rows that count, but it should have {n_rows}: "
            "X changed from one pass to the next, or its chunks are not as long as it says"
        )
    sample = None
    if plan is not None:
        sample = sample_of(plan, rows, row_weights, first=first, limit=limit)
    return Part(
        n_rows,
        float(n_rows if row_weights is None else row_weights.sum()),
        rows.dtype == np.float32 or n_rows == 0,
        sample,
        Moments.of(rows, row_weights, 1) if has_noise and n_rows else None,
    )


def merge_parts(parts: Sequence[Part]) -> Part:
    """Returns what there is of all rows."""
    samples = [part.sample for part in parts if part.sample is not None]
    moments = [part.moments for part in parts if part.moments is not None]
    return Part(
        sum(part.n_rows for part in parts),
        sum(part.weight for part in parts),
        all(part.is_single for part in parts),
        merge_samples(samples) if samples else None,
        add_up(moments) if moments else None,
    )


def count(chunk: Any, weights: Any) -> list[Count]:
    """Returns the numbers of one chunk, which may be None if there are weights; it has 0 rows."""
    n_rows = 0 if chunk is None else len(chunk)
    if weights is None:
        return [Count(n_rows, 0, {1.0: n_rows})]
    found = np.asarray(weights, np.float64)
    exponents, numbers = np.unique(np.frexp(found[found != 0])[1], return_counts=True)
    least = np.ldexp(0.5, exponents).tolist()
    return [Count(n_rows, len(found), dict(zip(least, numbers.tolist(), strict=True)))]


def _counts(chunks: Chunks) -> list[Count]:
    """The numbers of each chunk. Raises ValueError where they have not as many weights as rows."""
    if chunks.sizes is not None and not chunks.weighted:
        return [Count(size, 0, {1.0: size}) for size in chunks.sizes]
    looked_at = chunks if chunks.sizes is None else chunks.without_rows()
    counts: list[Count] = map_reduce(looked_at, "gaussmix-count", count, add_up)
    if chunks.weighted:
        sizes: Sequence[int | None] = chunks.sizes or [None] * len(counts)
        for i, ((n_rows, n_weights, _), size) in enumerate(zip(counts, sizes, strict=True)):
            wanted = n_rows if size is None else size
            if n_weights != wanted:
                raise ValueError(
                    f"sample_weight must have a weight for each row, but its chunk {i} has "
                    f"{n_weights} of them for {wanted} rows of X"
                )
    return counts


def _least_weights(counts: Sequence[Count]) -> dict[float, int]:
    total: dict[float, int] = {}
    for each in counts:
        for weight, number in each.least_weights.items():
            total[weight] = total.get(weight, 0) + number
    return total
