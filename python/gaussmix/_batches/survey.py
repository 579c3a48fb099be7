"""What a first pass over all rows finds out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gaussmix._batches.moments import Moments
from gaussmix._batches.row_sample import RowSample
from gaussmix._types import FeatureNames


def is_same_weight(one: float, other: float) -> bool:
    """Whether two sums of weights are of the same rows; they depend on how rows are cut."""
    return math.isclose(one, other, rel_tol=1e-9)


@dataclass(frozen=True)
class Survey:
    """What is known of the rows that count, all of which are finite."""

    n_features: int
    feature_names: FeatureNames | None
    dtype: np.dtype[np.floating]
    """float32 where all rows are that."""
    n_rows: int
    weight: float
    """Of the rows, together."""
    sample: RowSample | None
    """None where nobody asked for one."""
    moments: Moments | None
    """None where there is no noise."""
