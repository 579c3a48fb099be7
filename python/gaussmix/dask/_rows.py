"""The rows of all chunks: passes over them, each of which is a graph of tasks."""

from __future__ import annotations

from typing import Any

import numpy as np
from dask.base import tokenize
from numpy.typing import NDArray

from gaussmix._batches.noise_box import Range
from gaussmix._batches.row_sample import SamplePlan
from gaussmix._batches.survey import Survey, is_same_weight
from gaussmix._batches.tree_sum import add_up
from gaussmix._core import Mixture, Statistics
from gaussmix._noise import first_share
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads
from gaussmix.dask._chunks import Chunks
from gaussmix.dask._graph import Shared, map_reduce
from gaussmix.dask._survey import survey
from gaussmix.dask._tasks import expect, rows_of


class ChunkRows:
    """The rows of all chunks; see `gaussmix._batches.fit.Rows`."""

    def __init__(self, settings: MixtureSettings, chunks: Chunks) -> None:
        self._settings, self._chunks = settings, chunks

    def survey(self, seed: int | None) -> Survey:
        """See `Rows`."""
        k, d = self._settings.n_components, self._chunks.n_features
        plan = None if seed is None else SamplePlan.of(seed, k, d)
        has_noise = first_share(self._settings.noise) is not None
        found = survey(self._chunks, plan, has_noise=has_noise)
        if found.n_rows == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={(0, d)}) while a minimum of 1 is required "
                f"by {type(self._settings).__name__}; rows whose sample_weight is 0 do not count."
            )
        self._weight, self._dtype = found.weight, found.dtype.name
        return found

    def range_along(self, axes: NDArray[np.float64], centre: NDArray[np.float64]) -> Range:
        """See `RangeAlong`."""
        found: Range = map_reduce(
            self._chunks,
            "gaussmix-range",
            range_of,
            add_up,
            common=(self._dtype,),
            shared=Shared("gaussmix-axes", (axes, centre), tokenize(axes, centre)),
        )
        return found

    def engine(self, mixture: Mixture) -> ChunkRows:
        """See `Rows`."""
        return self

    def expect(self, mixture: Mixture) -> Statistics:
        """As `Engine` says. Raises ValueError where the rows are not those of the first pass."""
        statistics: Statistics = map_reduce(
            self._chunks,
            "gaussmix-expect",
            expect,
            add_up,
            common=(self._dtype, threads_per_task(self._settings.n_jobs)),
            shared=Shared.mixture(mixture),
        )
        if not is_same_weight(statistics.row_weight, self._weight):
            raise ValueError(
                "X or sample_weight changed from one pass to the next: their tasks must give the "
                "same rows each time. Seed the random numbers in them, or call persist()"
            )
        return statistics


def range_of(
    chunk: Any,
    weights: Any,
    dtype: str,
    place: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Range:
    """Returns the range of a chunk's rows along axes, from a centre."""
    return Range.of(rows_of(chunk, weights, dtype).rows, *place)


def threads_per_task(n_jobs: int | None) -> int:
    """Returns the threads of one task: 1, for a scheduler has a task for each of its own threads.

    A number is taken as it is; negative ones count back from the cores of this machine.
    """
    return 1 if n_jobs is None else n_threads(n_jobs)
