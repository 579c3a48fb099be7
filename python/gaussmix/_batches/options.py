"""What `fit_batches` is told besides the estimator's settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gaussmix._run_options import RunOptions


@dataclass(frozen=True)
class BatchOptions(RunOptions):
    """The arguments of `GaussianMixture.fit_batches`; see there."""

    sample_weight: ArrayLike | None = None
    batch_size: int | None = None
    in_memory: bool = False

    def __post_init__(self) -> None:
        """As that of all fits."""
        super().__post_init__()
        if not isinstance(self.in_memory, bool | np.bool_):
            raise ValueError(f"in_memory must be True or False, but is {self.in_memory!r}")
