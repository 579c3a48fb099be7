"""What a fit has to know of all rows before EM: one pass, or two where they have to be counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from gaussmix.dask._chunks import Chunks
from gaussmix.dask._graph import map_reduce
from gaussmix.dask._row_sample import RowSample, key_limit, merge_samples, sample_of
from gaussmix.dask._tasks import checked_rows, concatenate, count


class Survey(NamedTuple):
    """What is known of rows, all of which are finite and have the right columns."""

    n_rows: int
    """Those that count: rows of weight 0 do not."""
    row_weight: float
    single: bool
    """Whether they are all float32."""
    sample: RowSample

    @property
    def dtype(self) -> str:
        """What the core reads them in."""
        return "float32" if self.single else "float64"


def survey(chunks: Chunks, *, size: int, seed: int) -> Survey:
    """Looks at every row once, and draws `size` of them.

    Raises ValueError or TypeError for what no model can be fitted to; it names the chunk.
    """
    counted = _numbers_counted(chunks)
    total = sum(counted)
    names = None if chunks.feature_names is None else tuple(chunks.feature_names)
    firsts = accumulate(counted, initial=0)
    return map_reduce(  # type: ignore[no-any-return]
        chunks,
        "gaussmix-survey",
        survey_chunk,
        merge_surveys,
        each=[(i, n, first) for i, (n, first) in enumerate(zip(counted, firsts, strict=False))],
        common=(chunks.n_features, names, seed, size, key_limit(size, total)),
    )


def survey_chunk(
    chunk: Any,
    weights: Any,
    number: int,
    n_rows: int,
    first: int,
    n_features: int,
    names: tuple[str, ...] | None,
    seed: int,
    size: int,
    limit: int,
) -> Survey:
    """Returns the survey of one chunk, which should have n_rows that count, from number `first`."""
    rows, row_weights = checked_rows(chunk, weights, number, n_features, names)
    if len(rows) != n_rows:
        raise ValueError(
            f"chunk {number} of X has {len(rows)} rows that count, but it should have {n_rows}: "
            "X changed from one pass to the next, or its chunks are not as long as it says"
        )
    return Survey(
        n_rows,
        float(n_rows if row_weights is None else row_weights.sum()),
        rows.dtype == np.float32 or n_rows == 0,
        sample_of(rows, row_weights, first=first, seed=seed, size=size, limit=limit),
    )


def merge_surveys(parts: Sequence[Survey]) -> Survey:
    """Returns the survey of the rows of all."""
    return Survey(
        sum(part.n_rows for part in parts),
        sum(part.row_weight for part in parts),
        all(part.single for part in parts),
        merge_samples([part.sample for part in parts]),
    )


def _numbers_counted(chunks: Chunks) -> list[int]:
    """The number of rows that count in each chunk."""
    if chunks.sizes is not None and not chunks.weighted:
        return chunks.sizes
    looked_at = chunks if chunks.sizes is None else chunks.without_rows()
    numbers = map_reduce(looked_at, "gaussmix-count", count, concatenate)
    if chunks.weighted:
        sizes: Sequence[int | None] = chunks.sizes or [None] * len(numbers)
        for i, ((n_rows, n_weights, _), size) in enumerate(zip(numbers, sizes, strict=True)):
            wanted = n_rows if size is None else size
            if n_weights != wanted:
                raise ValueError(
                    f"sample_weight must have a weight for each row, but its chunk {i} has "
                    f"{n_weights} of them for {wanted} rows of X"
                )
    return [counted for *_, counted in numbers]
