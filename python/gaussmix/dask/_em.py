"""EM over chunks: an E-step is a pass of tasks, an M-step is made here."""

from __future__ import annotations

import time

import numpy as np

from gaussmix import _core
from gaussmix._core import FitResult, Mixture, Repair, StartReport, Statistics
from gaussmix._prior import as_prior
from gaussmix._progress import FitObserver
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads
from gaussmix._types import Prior
from gaussmix.dask._chunks import Chunks
from gaussmix.dask._graph import Shared, map_reduce
from gaussmix.dask._start import Start
from gaussmix.dask._survey import Survey
from gaussmix.dask._tasks import expect, merge_statistics


def run_em(
    settings: MixtureSettings,
    chunks: Chunks,
    found: Survey,
    start: Start,
    prior: Prior,
    observer: FitObserver | None,
) -> FitResult:
    """Returns how EM ended that began from `start`; between iterations the mixture is float64.

    Raises ValueError for a mixture that cannot be estimated, and where the rows are not those that
    were surveyed.
    """
    began = time.perf_counter()
    result = FitResult(start.mixture, lower_bound=start.lower_bound)
    given = as_prior(prior, settings.covariance_type, chunks.n_features)
    if observer:
        observer(0, 0, np.nan, np.nan, False)
    while result.n_iter < settings.max_iter and not result.converged:
        before, statistics = result, e_step(chunks, found, result.mixture, settings.n_jobs)
        result = _core.maximize(
            statistics,
            covariance_type=settings.covariance_type,
            tol=settings.tol,
            reg_covar=settings.reg_covar,
            degenerate=settings.degenerate,
            prior=given,
            previous=before,
            n_threads=n_threads(settings.n_jobs),
        )
        change = result.lower_bound - before.lower_bound
        if observer and observer(0, result.n_iter, result.lower_bound, change, result.converged):
            break
    return _reported(result, start, found, time.perf_counter() - began)


def e_step(chunks: Chunks, found: Survey, mixture: Mixture, n_jobs: int | None) -> Statistics:
    """Returns the statistics of all rows under a mixture."""
    statistics: Statistics = map_reduce(
        chunks,
        "gaussmix-expect",
        expect,
        merge_statistics,
        common=(found.dtype, threads_per_task(n_jobs)),
        shared=Shared.mixture(mixture),
    )
    if abs(statistics.row_weight - found.row_weight) > 1e-9 * found.row_weight:
        raise ValueError(
            "X or sample_weight changed from one pass to the next: their tasks must give the same "
            "rows each time. Seed the random numbers in them, or call persist()"
        )
    return statistics


def threads_per_task(n_jobs: int | None) -> int:
    """Returns the threads of one task: 1, for a scheduler has a task for each of its own threads.

    A number is taken as it is; negative ones count back from the cores of this machine.
    """
    return 1 if n_jobs is None else n_threads(n_jobs)


def in_float32(mixture: Mixture) -> Mixture:
    """Returns the mixture with every parameter rounded; ValueError where one has no value there."""
    names = ("weights", "means", "precisions_cholesky", "covariances")
    with np.errstate(over="ignore"):
        weights, means, factors, covariances = (
            getattr(mixture, name).astype(np.float32) for name in names
        )
    if not all(np.isfinite(array).all() for array in (means, factors, covariances)):
        raise ValueError(
            "Fitting the mixture model failed because the variances of X are too large or too "
            "small to be represented in float32: scale the input data, or convert it to float64."
        )
    return Mixture.from_precisions_cholesky(
        weights, means, factors, mixture.family, covariances, mixture.noise
    )


def _reported(result: FitResult, start: Start, found: Survey, seconds: float) -> FitResult:
    """Returns the result as that of a fit from one start, in the dtype of the rows."""
    report = StartReport(
        origin=start.origin,
        lower_bound=result.lower_bound,
        n_iter=result.n_iter,
        converged=result.converged,
        seconds=seconds,
    )
    return FitResult(
        in_float32(result.mixture) if found.single else result.mixture,
        converged=result.converged,
        n_iter=result.n_iter,
        lower_bound=result.lower_bound,
        lower_bounds=result.lower_bounds,
        starts=[report],
        repairs=_first_of_each(result.repairs),
    )


def _first_of_each(repairs: list[Repair]) -> list[Repair]:
    """Of repairs of one component for one reason, returns the first."""
    first: dict[tuple[int, str], Repair] = {}
    for repair in repairs:
        first.setdefault((repair.component, repair.reason), repair)
    return list(first.values())
