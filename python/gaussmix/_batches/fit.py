"""One fit to rows that are read pass by pass: a first pass, a start, and EM over all rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from gaussmix._batches import checkpoint as _batch_checkpoint
from gaussmix._batches.checkpoint import Saved
from gaussmix._batches.em import EmState, Engine, advance
from gaussmix._batches.noise_box import RangeAlong, noise_box
from gaussmix._batches.options import BatchOptions
from gaussmix._batches.prior_defaults import prior_of
from gaussmix._batches.start import Start, start_from_before, start_from_sample
from gaussmix._batches.survey import Survey
from gaussmix._core import FitResult, Mixture, Noise, Repair, StartReport
from gaussmix._fit import check_batches, check_size, tell
from gaussmix._float32 import in_float32
from gaussmix._model import Model
from gaussmix._prior import as_prior
from gaussmix._progress import FitObserver, Listener, observe_fit
from gaussmix._run_options import Clock
from gaussmix._seeds import draw_seed
from gaussmix._settings import MixtureSettings
from gaussmix._types import Prior


class Rows(Protocol):
    """Rows, and passes over them."""

    def survey(self, seed: int | None) -> Survey:
        """The first pass, which checks all rows, and with a seed draws a sample of them.

        It finds the moments where there is noise. Raises ValueError or TypeError for rows that
        cannot be used, and where none count.
        """

    @property
    def range_along(self) -> RangeAlong:
        """A pass that finds how far rows reach."""

    def engine(self, mixture: Mixture) -> Engine:
        """Returns what makes statistics of all rows under mixtures like this one."""


def fit_rows(
    settings: MixtureSettings,
    before: Model | None,
    rows: Rows,
    options: BatchOptions | None = None,
    listeners: Sequence[Listener] = (),
) -> Model:
    """Returns the model of all rows; changes nothing. Called by a method of the estimator.

    The settings are checked already, but for the arrays of a start. `before` is the model of the
    last fit, which a warm start goes on from. `listeners` are told of EM over all rows besides
    those that the settings name.
    """
    check_batches(settings)
    options = BatchOptions() if options is None else options
    clock = Clock(options.max_seconds)
    saved = None if options.resume is None else _batch_checkpoint.load(options.resume, settings)
    with observe_fit(
        listeners,
        verbose=settings.verbose,
        verbose_interval=settings.verbose_interval,
        callback=settings.callback,
        progress=settings.progress,
        n_init=1,
        max_iter=settings.max_iter,
    ) as observer:
        if observer is not None:
            observer(0, 0, math.nan, math.nan, False)
        found, start, prior = _begin(settings, before if settings.warm_start else None, rows, saved)
        writer = _Writer(settings, found, start, options)
        engine = rows.engine(start.state.mixture)
        state = _run(settings, start.state, engine, prior, observer, clock, writer)
    result = _result(settings, start, state, found, clock)
    stopped = observer is not None and observer.stopped
    tell(result, clock, expected=not stopped and settings.max_iter > 0, stacklevel=4)
    return Model(result, found.feature_names)


def _begin(
    settings: MixtureSettings, before: Model | None, rows: Rows, saved: Saved | None
) -> tuple[Survey, Start, Prior]:
    """The first pass, where EM starts, and the prior that it has."""
    goes_on = saved is not None or before is not None
    seed = None if goes_on else draw_seed(settings.random_state)
    found = rows.survey(seed)
    if math.isinf(found.weight):
        raise ValueError("sample_weight is too large: its sum is infinite")
    check_size(settings, (found.n_rows, found.n_features), found.weight)
    prior = prior_of(settings, found.moments)
    if saved is not None:
        saved.check_rows(found)
        return found, saved.start, prior
    box = _box(found, rows)
    if before is not None:
        return found, start_from_before(settings, before, found, box), prior
    assert seed is not None
    assert found.sample is not None
    return found, start_from_sample(settings, found.sample, box, prior, seed), prior


def _box(found: Survey, rows: Rows) -> Noise | None:
    """The noise component of all rows, if there is one."""
    if found.moments is None:
        return None
    return noise_box(found.moments, found.dtype, rows.range_along)


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
