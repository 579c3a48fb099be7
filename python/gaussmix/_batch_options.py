"""What `fit_batches` is told besides the estimator's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gaussmix._checkpoint import PathLike


@dataclass(frozen=True)
class BatchOptions:
    """The arguments of `GaussianMixture.fit_batches`; see there."""

    sample_weight: ArrayLike | None = None
    batch_size: int | None = None
    in_memory: bool = False
    max_seconds: float | None = None
    checkpoint: PathLike | None = None
    checkpoint_every: int = 1
    resume: PathLike | None = None

    def check(self) -> None:
        """Raises ValueError for the first that is not as documented."""
        if not isinstance(self.in_memory, bool | np.bool_):
            raise ValueError(f"in_memory must be True or False, but is {self.in_memory!r}")
        seconds: Any = self.max_seconds
        is_real = isinstance(seconds, float | int | np.floating | np.integer)
        if seconds is not None and not (is_real and seconds > 0):
            raise ValueError(f"max_seconds must be a number above 0 or None, but is {seconds!r}")
        every: Any = self.checkpoint_every
        is_int = isinstance(every, int | np.integer) and not isinstance(every, bool)
        if not is_int or every < 1:
            raise ValueError(f"checkpoint_every must be an int of at least 1, but is {every!r}")
        for name in ("checkpoint", "resume"):
            path = getattr(self, name)
            if not (path is None or isinstance(path, str | os.PathLike)):
                raise TypeError(f"{name} must be a path or None, but is {path!r}")
