"""Checkpoints of fits to rows in memory: what they hold, and whether a fit can go on from one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix import _checkpoint, _fit_history
from gaussmix._checkpoint import PathLike
from gaussmix._checkpoint_problem import (
    checksum,
    checksums_of_start,
    compare,
    parsing,
    plain_settings,
    read,
)
from gaussmix._constraints import C_INT_MAX
from gaussmix._core import FitResult, Mixture, StartReport
from gaussmix._run_options import RunOptions
from gaussmix._settings import MixtureSettings
from gaussmix._types import Floats

EVERY = 10
"""Iterations from one checkpoint to the next: less would cost what pruning gains."""

_KIND = "fit"
_KEYS = {"settings", "rows", "seed", "checkpoint_every", "runs"}


class Problem(NamedTuple):
    """What a fit may not change on its way."""

    settings: dict[str, Any]
    rows: dict[str, Any]

    @classmethod
    def of(
        cls,
        settings: MixtureSettings,
        rows: Floats,
        weights: NDArray[np.float64] | None,
        known_labels: NDArray[np.int32] | None,
    ) -> Problem:
        """The problem of rows, all of which count."""
        init = settings.init_params
        return cls(
            {
                **plain_settings(settings),
                **checksums_of_start(settings),
                "n_init": settings.n_init if settings.n_init == "auto" else int(settings.n_init),
                "acceleration": settings.acceleration,
                "truncation": float(settings.truncation),
                "init_params": init if isinstance(init, str) else "a function",
            },
            {
                "the number of features": rows.shape[1],
                "the number of rows": rows.shape[0],
                "the dtype of the rows": rows.dtype.name,
                "the checksum of the rows": checksum(rows),
                "the checksum of the weights": checksum(weights),
                "the checksum of the known labels": checksum(known_labels),
            },
        )


class Checkpoints:
    """Where a fit begins by its checkpoint, and what it leaves.

    Parameters
    ----------
    options : RunOptions
    tol : float
        Of the fit that goes on: by it a run of the checkpoint has converged, or goes on.
    problem : function that returns the Problem; called only where there are checkpoints
    draw_seed : function that returns the seed of a fit that begins
    """

    def __init__(
        self,
        options: RunOptions,
        tol: float,
        problem: Callable[[], Problem],
        draw_seed: Callable[[], int],
    ) -> None:
        self._path = options.checkpoint
        self._every = 0
        self._runs: list[FitResult] = []
        if options.checkpoint is None and options.resume is None:
            self.seed = draw_seed()
            return
        self._problem = problem()
        if options.resume is None:
            self.seed, self._every = draw_seed(), int(options.checkpoint_every or EVERY)
        else:
            self.seed, self._every, self._runs = _load(options.resume, self._problem, tol)
            _check_every(options, self._every)

    def arguments(self) -> dict[str, Any]:
        """Returns what the core is told of them."""
        return {
            "checkpoint": None if self._path is None else self._save,
            "checkpoint_every": self._every,
            "resume": self._runs,
        }

    def _save(self, runs: list[FitResult]) -> None:
        assert self._path is not None
        header = {
            "kind": _KIND,
            "settings": self._problem.settings,
            "rows": self._problem.rows,
            "seed": str(self.seed),  # JSON has no integers of 64 bits
            "checkpoint_every": self._every,
            "runs": [_to_plain(run) for run in runs],
        }
        _checkpoint.write(self._path, header, [run.mixture for run in runs])


def _load(path: PathLike, problem: Problem, tol: float) -> tuple[int, int, list[FitResult]]:
    """Returns the seed, how often checkpoints are written, and the runs.

    Raises OSError if it cannot be read, ValueError for what is none, or of another fit.
    """
    name = os.fspath(path)
    header, mixtures = read(path, _KIND, _KEYS)
    compare(name, header["settings"], problem.settings)
    compare(name, header["rows"], problem.rows)
    with parsing(path, _KIND):
        runs = [
            _from_plain(run, mixture, tol)
            for run, mixture in zip(header["runs"], mixtures, strict=True)
        ]
        seed, every = int(header["seed"]), int(header["checkpoint_every"])
        if not (0 <= seed < 2**64 and 1 <= every <= C_INT_MAX):
            raise ValueError("its seed or its checkpoint_every is out of range")
    return seed, every, runs


def _check_every(options: RunOptions, every: int) -> None:
    if options.checkpoint_every not in (None, every):
        raise ValueError(
            f"checkpoint_every is {options.checkpoint_every}, but the fit that left "
            f"resume={os.fspath(options.resume or '')!r} had {every}: the bits depend on it"
        )


def _to_plain(run: FitResult) -> dict[str, Any]:
    """A run has the report of its own start alone."""
    return {**_fit_history.to_plain(run), "best_start": 0, "number": run.best_start}


def _from_plain(plain: dict[str, Any], mixture: Mixture, tol: float) -> FitResult:
    run, _ = _fit_history.from_plain(plain, mixture, "runs")
    bounds, (start,) = run.lower_bounds, run.starts
    converged = abs(bounds[-1] - bounds[-2]) < tol if len(bounds) > 1 else run.converged
    report = StartReport(
        origin=start.origin,
        lower_bound=start.lower_bound,
        n_iter=start.n_iter,
        converged=converged,
        dropped=start.dropped,
        seconds=start.seconds,
    )
    return FitResult(
        mixture,
        converged=converged,
        n_iter=run.n_iter,
        lower_bound=run.lower_bound,
        lower_bounds=bounds,
        starts=[report],
        best_start=int(plain["number"]),
        repairs=run.repairs,
    )
