"""The fits of a grid, and what became of them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any, TypeAlias

import numpy as np

from gaussmix import exceptions
from gaussmix._fit import ADVICE
from gaussmix._grid import Cell, FittedCell, Grid, Record
from gaussmix._model import Model
from gaussmix._progress import bar_class
from gaussmix._runner import run_jobs

Callback: TypeAlias = Callable[[Record], bool | None]

_MOST_REASONS = 5


class GridRun:
    """The fits of a grid, as far as they have ended."""

    def __init__(self, grid: Grid, numbers: list[int], criterion: str) -> None:
        self._grid, self._numbers, self._criterion = grid, numbers, criterion
        cells = [Cell(number, name) for name in grid.types for number in numbers]
        self._places = {cell: place for place, cell in enumerate(cells)}
        self._records: dict[Cell, Record] = {}
        self._first_error: Exception | None = None
        self._best: tuple[tuple[float, ...], Model, Record] | None = None

    def run(
        self, threads: int, callback: Callback | None, progress: bool | Callable[..., Any]
    ) -> None:
        """Fits the cells, until the callback ends it."""
        # The largest first, so that in the end no thread is left with a long one.
        jobs = [self._grid.job(number) for number in sorted(self._numbers, reverse=True)]
        with ExitStack() as stack:
            bar = None
            if progress:
                bar = bar_class(progress)(total=len(self._places), desc="gaussmix: fits")
                stack.callback(bar.close)
            outcomes = run_jobs(jobs, threads)
            for outcome in stack.enter_context(closing(outcomes)):
                if outcome.error is not None:  # not of a fit: those are told of in the records
                    raise outcome.error
                self._add(outcome.value)
                if bar is not None:
                    bar.update(1)
                if callback is not None and _is_true(callback(outcome.value.record)):
                    return

    def _add(self, fitted: FittedCell) -> None:
        self._records[fitted.cell] = record = fitted.record
        self._first_error = self._first_error or fitted.error
        value = record[self._criterion]
        if math.isnan(value) or fitted.model is None:
            return
        # Ends of fits come in any order, so their places decide between equals.
        order: tuple[float, ...] = (value,)
        if self._criterion == "stability":
            order = (-value, -fitted.cell.n_components, record["bic"])
        rank = (*order, self._places[fitted.cell])
        if self._best is None or rank < self._best[0]:
            self._best = (rank, fitted.model, record)

    def best(self) -> tuple[Model, Record]:
        """Returns the best model and its record; ValueError if there is none."""
        failed = self._failed()
        if len(failed) == len(self._records):
            raise ValueError(f"all fits failed: {_reasons(failed)}") from self._first_error
        if self._best is None:
            why = f"all such fits failed: {_reasons(failed)}" if failed else "there is none"
            raise ValueError(
                f"criterion='stability' needs a fit with more than one component, but {why}"
            )
        return self._best[1:]

    def records(self) -> list[Record]:
        """Returns the records of fits that have ended, in the order of the cells."""
        return [self._records[cell] for cell in self._places if cell in self._records]

    def warn(self) -> None:
        """Warns once of all fits that failed, and once of all that did not converge."""
        n, failed = len(self._records), self._failed()
        if failed:
            _warn(f"{len(failed)} of {n} fits failed: {_reasons(failed)}", UserWarning)
        unfinished = [r for r in self.records() if r["error"] is None and not r["converged"]]
        if unfinished and self._grid.settings.get("max_iter") != 0:
            _warn(
                f"{len(unfinished)} of {n} fits did not converge: {_cells_of(unfinished)}. "
                f"{ADVICE}",
                exceptions.ConvergenceWarning,
            )

    def _failed(self) -> list[Record]:
        return [record for record in self.records() if record["error"] is not None]


def _warn(message: str, category: type[Warning]) -> None:
    warnings.warn(message, category, stacklevel=4)  # where `select` is called


def _cells_of(records: list[Record]) -> str:
    """Names the cells of some records: full 7, 8; diag 9."""
    numbers: dict[str, list[str]] = {}
    for record in records:
        numbers.setdefault(record["covariance_type"], []).append(str(record["n_components"]))
    return "; ".join(f"{name} {', '.join(each)}" for name, each in numbers.items())


def _reasons(failed: list[Record]) -> str:
    reasons: dict[str, list[Record]] = {}
    for record in failed:
        reasons.setdefault(record["error"], []).append(record)
    texts = [f"{_cells_of(records)}: {reason}" for reason, records in reasons.items()]
    if len(texts) > _MOST_REASONS:
        texts[_MOST_REASONS:] = [f"and {len(texts) - _MOST_REASONS} other reasons"]
    return " | ".join(texts)


def _is_true(answer: object) -> bool:
    return isinstance(answer, bool | np.bool_) and bool(answer)
