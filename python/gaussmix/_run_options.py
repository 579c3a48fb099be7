"""How long a fit may take, and what it leaves and takes up on its way."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from gaussmix._checkpoint import PathLike
from gaussmix._constraints import C_INT_MAX


@dataclass(frozen=True)
class RunOptions:
    """Arguments of the methods that fit; see there."""

    max_seconds: float | None = None
    checkpoint: PathLike | None = None
    checkpoint_every: int | None = None
    resume: PathLike | None = None

    def __post_init__(self) -> None:
        """Raises ValueError, TypeError or OSError for the first that is not as documented."""
        seconds: Any = self.max_seconds
        is_real = isinstance(seconds, float | int | np.floating | np.integer)
        if seconds is not None and not (is_real and seconds > 0):
            raise ValueError(f"max_seconds must be a number above 0 or None, but is {seconds!r}")
        every: Any = self.checkpoint_every
        is_int = isinstance(every, int | np.integer) and not isinstance(every, bool)
        if every is not None and not (is_int and 1 <= every <= C_INT_MAX):
            raise ValueError(
                f"checkpoint_every must be an int of at least 1 and at most {C_INT_MAX}, but is "
                f"{every!r}"
            )
        for name in ("checkpoint", "resume"):
            path = getattr(self, name)
            if not (path is None or isinstance(path, str | os.PathLike)):
                raise TypeError(f"{name} must be a path or None, but is {path!r}")
        if self.checkpoint is not None:
            _check_place(self.checkpoint)


def _check_place(checkpoint: PathLike) -> None:
    """Raises OSError where no checkpoint can be written: now, and not once a fit has worked."""
    folder = os.path.dirname(os.path.realpath(checkpoint))
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "checkpoint is in a folder that is not there", folder)
    if os.path.isdir(checkpoint):
        name = os.fspath(checkpoint)
        raise IsADirectoryError(errno.EISDIR, "checkpoint must be a file, but is a folder", name)


class Clock:
    """The time since a fit began, and how much there is."""

    def __init__(self, max_seconds: float | None) -> None:
        self._began = time.monotonic()
        self._max_seconds = max_seconds
        self._was_over = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def is_over(self) -> bool:
        """Whether the time is over; a clock that once said so keeps to it."""
        if self._max_seconds is not None and self.seconds >= self._max_seconds:
            self._was_over = True
        return self._was_over

    def ending(self) -> str:
        """A phrase that says that the fit ended for the time; empty if it did not."""
        return f"ended by max_seconds={self._max_seconds:g}" if self._was_over else ""

    def warning(self, n_iter: int, *, converged: bool) -> str | None:
        """What to tell of a fit that ended for the time; None for one that did not."""
        if not self._was_over:
            return None
        if converged:
            return (
                f"The fit was {self.ending()}, before all of its starts had ended; the best of "
                f"those that had has converged, after {n_iter} iterations."
            )
        return (
            f"The fit was {self.ending()}, after {n_iter} iterations, and did not converge. Allow "
            "more time, or go on with warm_start=True."
        )

    def begin(self, start: int) -> None:
        """As a listener of a fit: of no interest."""

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> bool:
        """As a listener of a fit: whether it is to end, after this iteration."""
        return not converged and self.is_over()
