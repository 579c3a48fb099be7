"""One fit to batches: a first pass that checks and samples, a start, and EM over all batches."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gaussmix._batch_em import EmState, Engine, Keeping, Rereading, advance
from gaussmix._batch_sources import as_source
from gaussmix._batch_start import Start, start_from_before, start_from_sample
from gaussmix._batches import Batch, BatchReader
from gaussmix._core import FitResult, Noise, Repair, StartReport
from gaussmix._fit import NOT_CONVERGED, tell
from gaussmix._float32 import in_float32
from gaussmix._model import Model
from gaussmix._moments import Moments
from gaussmix._noise import first_share
from gaussmix._noise_box import noise_box
from gaussmix._prior import as_prior
from gaussmix._prior_defaults import complete_prior
from gaussmix._progress import FitObserver, observe_fit
from gaussmix._reservoir import RowSample
from gaussmix._seeds import draw_seed
from gaussmix._settings import MixtureSettings
from gaussmix._survey import Survey, survey
from gaussmix._threads import n_threads
from gaussmix._types import Prior


@dataclass(frozen=True)
class BatchOptions:
    """What `fit_batches` is told besides the estimator's settings; see there."""

    sample_weight: ArrayLike | None = None
    batch_size: int | None = None
    in_memory: bool = False
    max_seconds: float | None = None

    def check(self) -> None:
        """Raises ValueError for the first that is not as documented."""
        if not isinstance(self.in_memory, bool | np.bool_):
            raise ValueError(f"in_memory must be True or False, but is {self.in_memory!r}")
        seconds: Any = self.max_seconds
        is_real = isinstance(seconds, float | int | np.floating | np.integer)
        if seconds is not None and not (is_real and seconds > 0):
            raise ValueError(f"max_seconds must be a number above 0 or None, but is {seconds!r}")


def fit_batches(
    settings: MixtureSettings, before: Model | None, batches: Any, options: BatchOptions
) -> Model:
    """Returns the model of the rows of all batches; changes nothing.

    The settings are checked already, but for the arrays of a start. `before` is the model of the
    last fit, which a warm start goes on from.
    """
    options.check()
    clock = _Clock(options.max_seconds)
    with observe_fit(
        (),
        verbose=settings.verbose,
        verbose_interval=settings.verbose_interval,
        callback=settings.callback,
        progress=settings.progress,
        n_init=1,
        max_iter=settings.max_iter,
    ) as observer:
        if observer is not None:
            observer(0, 0, math.nan, math.nan, False)
        rows = _Rows(settings, batches, options)
        start, prior = _begin(settings, before if settings.warm_start else None, rows)
        engine = rows.engine(start.state)
        state = _run(settings, start.state, engine, prior, observer, clock)
    result = _result(settings, start, state, rows.found, clock)
    stopped = observer is not None and observer.stopped
    expected = not stopped and settings.max_iter > 0
    tell(result, clock.warning(state.n_iter) or (NOT_CONVERGED if expected else None), stacklevel=4)
    return Model(result, rows.found.feature_names)


class _Clock:
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

    def warning(self, n_iter: int) -> str | None:
        if not self._was_over:
            return None
        return (
            f"The fit was {self.ending()}, after {n_iter} iterations, and did not converge. Allow "
            "more time, or go on with warm_start=True."
        )


class _Rows:
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

    def survey(self, sample: RowSample | None) -> tuple[Noise | None, Prior]:
        """The first pass. Returns the noise component, if there is one, and the prior.

        The prior is complete beside noise, which has rows that no component has.
        """
        settings = self._settings
        moments = Moments(self._n_threads) if self._has_noise else None
        self.found: Survey = survey(
            self._reader, sample=sample, moments=moments, keep=self._in_memory
        )
        if moments is None:
            return None, settings.prior
        prior = settings.prior
        if prior is not None:
            k = settings.n_components
            prior = complete_prior(prior, settings.covariance_type, k, moments)
        return noise_box(moments, self._read), prior

    def engine(self, state: EmState) -> Engine:
        """Returns what makes statistics of all rows under mixtures like that of the state."""
        if self._in_memory:
            return Keeping(self.found.kept, state.mixture, self._n_threads)
        return Rereading(self._read, self.found.n_rows, self._n_threads)

    def _read(self) -> AbstractContextManager[Iterator[Batch]]:
        if self._in_memory:
            return nullcontext(iter(self.found.kept))
        return self._reader.read()


def _begin(settings: MixtureSettings, before: Model | None, rows: _Rows) -> tuple[Start, Prior]:
    """The first pass, and where EM starts."""
    if before is not None:
        box, prior = rows.survey(None)
        return start_from_before(settings, before, rows.found, box), prior
    seed = draw_seed(settings.random_state)
    sample = RowSample(settings.n_components, seed)
    box, prior = rows.survey(sample)
    start = start_from_sample(settings, rows.found, sample.taken(), box, prior, seed)
    return start, prior


def _run(
    settings: MixtureSettings,
    state: EmState,
    engine: Engine,
    prior: Prior,
    observer: FitObserver | None,
    clock: _Clock,
) -> EmState:
    """EM over all rows, until it converges or is stopped."""
    core_prior = as_prior(prior, settings.covariance_type, state.mixture.n_features)
    while state.n_iter < settings.max_iter and not state.converged(settings.tol):
        state = advance(state, engine, settings, core_prior)
        converged = state.converged(settings.tol)
        if observer is not None and observer(
            0, state.n_iter, state.lower_bound, state.change, converged
        ):
            break
        if not converged and state.n_iter < settings.max_iter and clock.is_over():
            break
    return state


def _result(
    settings: MixtureSettings, start: Start, state: EmState, found: Survey, clock: _Clock
) -> FitResult:
    """What the core's result would be, had it had all rows."""
    reports = list(start.reports)
    best = reports[start.best]
    converged = state.converged(settings.tol)
    reports[start.best] = StartReport(
        origin=", ".join(filter(None, (best.origin, clock.ending()))),
        lower_bound=state.lower_bound,
        n_iter=state.n_iter,
        converged=converged,
        seconds=clock.seconds,
    )
    single = found.dtype == np.float32
    return FitResult(
        in_float32(state.mixture) if single else state.mixture,
        converged=converged,
        n_iter=state.n_iter,
        lower_bound=state.lower_bound,
        lower_bounds=list(state.lower_bounds),
        starts=reports,
        best_start=start.best,
        repairs=[_of_start(repair, start.best) for repair in state.repairs],
    )


def _of_start(repair: Repair, start: int) -> Repair:
    """A repair of EM over all rows, which counts no starts, as one of this start."""
    return Repair(
        start=repair.start or start,
        iteration=repair.iteration,
        component=repair.component,
        reason=repair.reason,
        action=repair.action,
    )
