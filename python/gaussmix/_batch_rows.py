"""The rows of all batches: passes over them, and what makes statistics of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from gaussmix._batch_em import EmState, Engine, Keeping, Rereading
from gaussmix._batch_options import BatchOptions
from gaussmix._batch_sources import as_source
from gaussmix._batches import Batch, BatchReader
from gaussmix._core import Noise
from gaussmix._moments import Moments
from gaussmix._noise import first_share
from gaussmix._noise_box import noise_box
from gaussmix._reservoir import RowSample
from gaussmix._settings import MixtureSettings
from gaussmix._survey import Survey, survey
from gaussmix._threads import n_threads


class BatchRows:
    """The rows of all batches, and what the first pass finds out about them."""

    def __init__(self, settings: MixtureSettings, batches: Any, options: BatchOptions) -> None:
        self._settings = settings
        self._n_threads = n_threads(settings.n_jobs)
        self._has_noise = first_share(settings.noise) is not None
        self._in_memory = bool(options.in_memory)
        self._reader = BatchReader(
            as_source(batches, options.batch_size, read_once=self._in_memory),
            type(settings).__name__,
            n_components=settings.n_components,
            noise=self._has_noise,
            sample_weight=options.sample_weight,
        )

    def survey(self, sample: RowSample | None) -> Moments | None:
        """The first pass. Returns the moments of the rows where there is noise."""
        moments = Moments(self._n_threads) if self._has_noise else None
        self.found: Survey = survey(
            self._reader, sample=sample, moments=moments, keep=self._in_memory
        )
        return moments

    def box(self, moments: Moments | None) -> Noise | None:
        """Returns the noise component of all rows, if there is one."""
        return None if moments is None else noise_box(moments, self._read)

    def engine(self, state: EmState) -> Engine:
        """Returns what makes statistics of all rows under mixtures like that of the state."""
        if self._in_memory:
            return Keeping(self.found.kept, state.mixture, self._n_threads)
        return Rereading(self._read, self.found.n_rows, self._n_threads)

    def _read(self) -> AbstractContextManager[Iterator[Batch]]:
        if self._in_memory:
            return nullcontext(iter(self.found.kept))
        return self._reader.read()
