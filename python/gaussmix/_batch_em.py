"""EM over batches: E-steps of one batch after another, and one M-step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gaussmix import _core
from gaussmix._batches import Batch, Read
from gaussmix._core import FitResult, Mixture, Repair, Statistics
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads


class Engine(Protocol):
    """Where the statistics of all rows come from."""

    def expect(self, mixture: Mixture) -> Statistics:
        """Returns them; those of the batches are merged in their order."""


class Rereading:
    """Reads the batches for each E-step."""

    def __init__(self, read: Read, n_rows: int, n_threads: int) -> None:
        self._read, self._n_rows, self._n_threads = read, n_rows, n_threads

    def expect(self, mixture: Mixture) -> Statistics:
        """As `Engine` says. Raises ValueError where the batches are not those of the first pass."""
        all_rows: Statistics | None = None
        n_rows = 0
        with self._read() as batches:
            for batch in batches:
                n_rows += len(batch.rows)
                statistics = _core.expect(
                    batch.rows,
                    mixture,
                    sample_weight=batch.weights,
                    known_labels=batch.labels,
                    n_threads=self._n_threads,
                )
                all_rows = _merged(all_rows, statistics)
        if all_rows is None or n_rows != self._n_rows:
            raise ValueError(
                "batches must give the same rows each time that they are read, but gave "
                f"{self._n_rows} row(s) the first time, and {n_rows} later"
            )
        return all_rows


class Keeping:
    """Has all batches in memory, and remembers of each which components are far away."""

    def __init__(self, batches: Sequence[Batch], mixture: Mixture, n_threads: int) -> None:
        self._batches = [
            _core.KeptRows(
                batch.rows,
                mixture,
                sample_weight=batch.weights,
                known_labels=batch.labels,
                n_threads=n_threads,
            )
            for batch in batches
        ]

    def expect(self, mixture: Mixture) -> Statistics:
        """As `Engine` says."""
        all_rows: Statistics | None = None
        for batch in self._batches:
            all_rows = _merged(all_rows, batch.expect(mixture))
        assert all_rows is not None
        return all_rows


def _merged(all_rows: Statistics | None, statistics: Statistics) -> Statistics:
    if all_rows is None:
        return statistics
    all_rows.merge(statistics)
    return all_rows


@dataclass(frozen=True)
class EmState:
    """How far EM has come."""

    mixture: Mixture
    """In float64, whatever the rows are."""
    before: float = -math.inf
    """The lower bound before the first iteration."""
    lower_bounds: tuple[float, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def n_iter(self) -> int:
        return len(self.lower_bounds)

    @property
    def lower_bound(self) -> float:
        return self.lower_bounds[-1] if self.lower_bounds else self.before

    @property
    def change(self) -> float:
        """Of the lower bound in the last iteration; not a number before there was one."""
        if not self.lower_bounds:
            return math.nan
        return self.lower_bound - (self.lower_bounds[-2] if self.n_iter > 1 else self.before)

    def converged(self, tol: float) -> bool:
        return abs(self.change) < tol


def advance(
    state: EmState, engine: Engine, settings: MixtureSettings, prior: _core.ConjugatePrior | None
) -> EmState:
    """Returns the state after one more iteration.

    Raises ValueError for a singular covariance where settings.degenerate is 'raise'.
    """
    previous = FitResult(state.mixture, n_iter=state.n_iter, lower_bound=state.lower_bound)
    result = _core.maximize(
        engine.expect(state.mixture),
        covariance_type=settings.covariance_type,
        tol=settings.tol,
        reg_covar=settings.reg_covar,
        degenerate=settings.degenerate,
        prior=prior,
        previous=previous,
        n_threads=n_threads(settings.n_jobs),
    )
    known = {(repair.component, repair.reason) for repair in state.repairs}
    new = [each for each in result.repairs if (each.component, each.reason) not in known]
    return replace(
        state,
        mixture=result.mixture,
        lower_bounds=(*state.lower_bounds, result.lower_bound),
        repairs=(*state.repairs, *new),
    )
