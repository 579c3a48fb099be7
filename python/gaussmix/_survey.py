"""The first pass over batches: how many rows there are, of which kind, and a sample of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gaussmix._batches import Batch, BatchReader
from gaussmix._moments import Moments
from gaussmix._reservoir import RowSample
from gaussmix._types import FeatureNames


@dataclass
class Survey:
    """What is known after the first pass."""

    n_features: int
    dtype: np.dtype[np.floating]
    """float32 where all batches are that."""
    feature_names: FeatureNames | None
    n_batches: int = 0
    n_rows: int = 0
    """Those that count."""
    weight: float = 0.0
    """Of the rows, together."""
    kept: list[Batch] = field(default_factory=list)
    """All batches, if they are to be kept."""


def survey(
    reader: BatchReader,
    *,
    sample: RowSample | None,
    moments: Moments | None,
    keep: bool,
) -> Survey:
    """Reads the batches once, and tells of them; from now on the reader reads rows of one dtype.

    The rows are added to `sample` and `moments` where these are given. With `keep`, the result has
    all batches. Raises ValueError where no row counts, and what the reader raises.
    """
    found = Survey(0, np.dtype(np.float32), None)
    weights: list[float] = []
    with reader.read(to_keep=keep) as batches:
        for batch in batches:
            found.n_batches += 1
            found.n_rows += len(batch.rows)
            if batch.rows.dtype == np.float64:
                found.dtype = np.dtype(np.float64)
            weights.append(len(batch.rows) if batch.weights is None else batch.weights.sum())
            if sample is not None:
                sample.add(batch.rows, batch.weights, batch.labels)
            if moments is not None:
                moments.add(batch.rows, batch.weights)
            if keep:
                found.kept.append(batch)
    if not found.n_rows or reader.n_features is None:
        raise ValueError("batches have no row that counts: all are empty, or have the weight 0")
    found.weight = float(sum(weights))
    if math.isinf(found.weight):
        raise ValueError("sample_weight is too large: its sum is infinite")
    found.n_features, found.feature_names = reader.n_features, reader.feature_names
    found.kept = [b._replace(rows=b.rows.astype(found.dtype, copy=False)) for b in found.kept]
    reader.dtype = found.dtype
    return found
