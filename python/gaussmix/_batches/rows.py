"""The rows of all batches: passes over them, and what makes statistics of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches.em import Engine
from gaussmix._batches.engines import Keeping, Rereading
from gaussmix._batches.moments import Moments
from gaussmix._batches.noise_box import Range
from gaussmix._batches.options import BatchOptions
from gaussmix._batches.reader import Batch, BatchReader
from gaussmix._batches.row_sample import SamplePlan, StreamSample
from gaussmix._batches.sources import as_source
from gaussmix._batches.survey import Survey
from gaussmix._batches.tree_sum import TreeSum
from gaussmix._core import Mixture
from gaussmix._noise import first_share
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads


class BatchRows:
    """The rows of all batches; see `Rows`."""

    def __init__(self, settings: MixtureSettings, batches: Any, options: BatchOptions) -> None:
        self._n_components = settings.n_components
        self._n_threads = n_threads(settings.n_jobs)
        self._has_noise = first_share(settings.noise) is not None
        self._in_memory = bool(options.in_memory)
        self._kept: list[Batch] = []
        self._n_rows, self._weight = 0, 0.0
        self._reader = BatchReader(
            as_source(batches, options.batch_size, read_once=self._in_memory),
            type(settings).__name__,
            n_components=settings.n_components,
            noise=self._has_noise,
            sample_weight=options.sample_weight,
        )

    def survey(self, seed: int | None) -> Survey:
        """From now on rows are of one dtype. Raises what `BatchReader.read` does."""
        tally = _Tally(self._n_components, seed, self._n_threads if self._has_noise else None)
        with self._reader.read(to_keep=self._in_memory) as batches:
            for batch in batches:
                tally.add(batch)
                if self._in_memory:
                    self._kept.append(batch)
        found = tally.survey(self._reader)
        self._n_rows, self._weight, self._reader.dtype = found.n_rows, found.weight, found.dtype
        self._kept = [
            batch._replace(rows=batch.rows.astype(found.dtype, copy=False)) for batch in self._kept
        ]
        return found

    def range_along(self, axes: NDArray[np.float64], centre: NDArray[np.float64]) -> Range:
        """See `RangeAlong`."""
        found = Range.of(np.empty((0, len(axes))), axes, centre)
        with self._read() as batches:
            for batch in batches:
                found += Range.of(batch.rows, axes, centre)
        return found

    def engine(self, mixture: Mixture) -> Engine:
        """See `Rows`."""
        if self._in_memory:
            return Keeping(self._kept, mixture, self._n_threads)
        return Rereading(self._read, self._n_rows, self._weight, self._n_threads)

    def _read(self) -> AbstractContextManager[Iterator[Batch]]:
        if self._in_memory:
            return nullcontext(iter(self._kept))
        return self._reader.read()


class _Tally:
    """What a first pass over batches has found so far."""

    def __init__(self, n_components: int, seed: int | None, n_threads: int | None) -> None:
        """Without a seed there is no sample, and without `n_threads` there are no moments."""
        self._n_components, self._seed, self._n_threads = n_components, seed, n_threads
        self._n_rows = 0
        self._weights: list[float] = []
        self._dtype: np.dtype[np.floating] = np.dtype(np.float32)
        self._sample: StreamSample | None = None
        self._moments: TreeSum[Moments] = TreeSum()

    def add(self, batch: Batch) -> None:
        rows, weights = batch.rows, batch.weights
        self._n_rows += len(rows)
        self._weights.append(len(rows) if weights is None else weights.sum())
        self._dtype = max(self._dtype, rows.dtype)
        if self._n_threads is not None:
            self._moments.add(batch.number, Moments.of(rows, weights, self._n_threads))
        if self._seed is not None and self._sample is None:
            plan = SamplePlan.of(self._seed, self._n_components, rows.shape[1])
            self._sample = StreamSample(plan)
        if self._sample is not None:
            self._sample.add(rows, weights, batch.labels)

    def survey(self, reader: BatchReader) -> Survey:
        """Raises ValueError where no row counts."""
        if not self._n_rows or reader.n_features is None:
            raise ValueError("batches have no row that counts: all are empty, or have the weight 0")
        return Survey(
            reader.n_features,
            reader.feature_names,
            self._dtype,
            self._n_rows,
            float(sum(self._weights)),
            None if self._sample is None else self._sample.merged(),
            self._moments.total(),
        )
