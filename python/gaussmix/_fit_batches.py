"""One fit to batches: a first pass that checks and samples, a start, and EM over all batches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gaussmix import _batch_checkpoint
from gaussmix._batch_checkpoint import Saved
from gaussmix._batch_em import EmState, Engine, advance
from gaussmix._batch_options import BatchOptions
from gaussmix._batch_rows import BatchRows
from gaussmix._batch_start import Start, start_from_before, start_from_sample
from gaussmix._core import FitResult, Repair, StartReport
from gaussmix._fit import NOT_CONVERGED, tell
from gaussmix._float32 import in_float32
from gaussmix._model import Model
from gaussmix._moments import Moments
from gaussmix._prior import as_prior
from gaussmix._prior_defaults import complete_prior
from gaussmix._progress import FitObserver, observe_fit
from gaussmix._reservoir import RowSample
from gaussmix._run_options import Clock
from gaussmix._seeds import draw_seed
from gaussmix._settings import MixtureSettings
from gaussmix._survey import Survey
from gaussmix._types import Prior


def fit_batches(
    settings: MixtureSettings, before: Model | None, batches: Any, options: BatchOptions
) -> Model:
    """Returns the model of the rows of all batches; changes nothing.

    The settings are checked already, but for the arrays of a start. `before` is the model of the
    last fit, which a warm start goes on from.
    """
    options.check()
    clock = Clock(options.max_seconds)
    saved = None if options.resume is None else _batch_checkpoint.load(options.resume, settings)
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
        rows = BatchRows(settings, batches, options)
        start, prior = _begin(settings, before if settings.warm_start else None, rows, saved)
        writer = _Writer(settings, rows.found, start, options)
        state = _run(
            settings, start.state, rows.engine(start.state), prior, observer, clock, writer
        )
    result = _result(settings, start, state, rows.found, clock)
    stopped = observer is not None and observer.stopped
    expected = not stopped and settings.max_iter > 0
    tell(result, clock.warning(state.n_iter) or (NOT_CONVERGED if expected else None), stacklevel=4)
    return Model(result, rows.found.feature_names)


def _begin(
    settings: MixtureSettings, before: Model | None, rows: BatchRows, saved: Saved | None
) -> tuple[Start, Prior]:
    """The first pass, where EM starts, and the prior that it has."""
    if saved is not None:
        prior = _prior(settings, rows.survey(None))
        saved.check_rows(rows.found)
        return saved.start, prior
    if before is not None:
        moments = rows.survey(None)
        start = start_from_before(settings, before, rows.found, rows.box(moments))
        return start, _prior(settings, moments)
    seed = draw_seed(settings.random_state)
    sample = RowSample(settings.n_components, seed)
    moments = rows.survey(sample)
    prior, box = _prior(settings, moments), rows.box(moments)
    return start_from_sample(settings, rows.found, sample.taken(), box, prior, seed), prior


def _prior(settings: MixtureSettings, moments: Moments | None) -> Prior:
    """The prior; beside noise, which has rows that no component has, with its defaults."""
    if settings.prior is None or moments is None:
        return settings.prior
    k = settings.n_components
    return complete_prior(settings.prior, settings.covariance_type, k, moments)


class _Writer:
    """Writes checkpoints, if there are to be some."""

    def __init__(
        self, settings: MixtureSettings, found: Survey, start: Start, options: BatchOptions
    ) -> None:
        self._settings, self._found, self._start = settings, found, start
        self._path, self._every = options.checkpoint, options.checkpoint_every or 1

    def write(self, state: EmState, is_last: bool) -> None:
        """Writes one if it is the turn of this iteration, or the end."""
        if self._path is None or not (is_last or state.n_iter % self._every == 0):
            return
        _batch_checkpoint.save(self._path, self._settings, self._found, self._start, state)


def _run(
    settings: MixtureSettings,
    state: EmState,
    engine: Engine,
    prior: Prior,
    observer: FitObserver | None,
    clock: Clock,
    writer: _Writer,
) -> EmState:
    """EM over all rows, until it converges or is stopped."""

    def at_end() -> bool:
        return state.n_iter >= settings.max_iter or state.converged(settings.tol)

    core_prior = as_prior(prior, settings.covariance_type, state.mixture.n_features)
    writer.write(state, is_last=True)
    while not at_end():
        state = advance(state, engine, settings, core_prior)
        told = (0, state.n_iter, state.lower_bound, state.change, state.converged(settings.tol))
        stops = observer is not None and observer(*told)
        stops = stops or at_end() or clock.is_over()
        writer.write(state, is_last=stops)
        if stops:
            break
    return state


def _result(
    settings: MixtureSettings, start: Start, state: EmState, found: Survey, clock: Clock
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
