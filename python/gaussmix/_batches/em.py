"""EM over rows that are read pass by pass: how far it has come, and one iteration."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

from gaussmix import _core
from gaussmix._core import FitResult, Mixture, Repair, Statistics
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads


class Engine(Protocol):
    """Where the statistics of all rows come from."""

    def expect(self, mixture: Mixture) -> Statistics:
        """Returns them; those of the parts that rows come in are added up as `TreeSum` does."""


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
