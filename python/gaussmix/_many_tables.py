"""The fits of many tables, in jobs of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

import numpy as np

from gaussmix import _core
from gaussmix._core import FitResult, StopFlag
from gaussmix._fit import check_acceleration, check_fixed, check_size, core_settings
from gaussmix._prior import as_prior
from gaussmix._progress import bar_class
from gaussmix._runner import LARGE_FIT, Job, run_jobs
from gaussmix._settings import MixtureSettings
from gaussmix._tables import Table
from gaussmix._types import Floats

# Tables that one call of the core fits: enough that the call costs nothing, few enough that threads
# end together.
_TABLES_OF_A_JOB, _SIZE_OF_A_JOB = 256, 2**21


class _Fitted(NamedTuple):
    number: int  # of the table
    outcome: FitResult | Exception


class ManyTables:
    """The fits of tables, in jobs of many."""

    def __init__(self, settings: MixtureSettings, tables: Sequence[Table], seed: int) -> None:
        self._settings, self._tables, self._seed = settings, tables, seed
        self._problems: dict[Any, Exception | None] = {}  # of unweighted tables, by their kind
        self._outcomes = list(map(self._problem_of, tables))

    def run(self, threads: int, progress: Any) -> list[FitResult | Exception]:
        """Returns what becomes of each table."""
        with ExitStack() as stack:
            bar = None
            if progress:
                bar = bar_class(progress)(total=len(self._tables), desc="gaussmix: tables")
                stack.callback(bar.close)
                bar.update(sum(outcome is not None for outcome in self._outcomes))
            for done in stack.enter_context(closing(run_jobs(list(self._jobs()), threads))):
                if done.error is not None:
                    raise done.error
                self._outcomes[done.value.number] = done.value.outcome
                if bar is not None:
                    bar.update(1)
        return [outcome for outcome in self._outcomes if outcome is not None]

    def _problem_of(self, table: Table) -> FitResult | Exception | None:
        """Why a table cannot be fitted, as `GaussianMixture.fit` would say."""
        rows, weights = table.rows, table.weights
        if rows is None:
            return table.error
        if weights is not None:
            return self._check(rows.shape, rows.dtype, weights.sum())
        kind = (rows.shape, rows.dtype)
        if kind not in self._problems:
            self._problems[kind] = self._check(*kind, len(rows))
        return self._problems[kind]

    def _check(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], weight: float
    ) -> Exception | None:
        try:
            check_size(self._settings, shape, weight)
            check_fixed(self._settings, None)
            check_acceleration(self._settings, dtype)
            as_prior(self._settings.prior, self._settings.covariance_type, shape[1])
        except (TypeError, ValueError) as error:
            return error
        return None

    def _jobs(self) -> Iterator[Job]:
        """Jobs of consecutive tables of one kind."""
        own: list[int] = []
        kind: Any = None
        size = 0
        for i, table in enumerate(self._tables):
            if self._outcomes[i] is not None:
                continue
            assert table.rows is not None
            its_size = table.rows.size * self._settings.n_components
            its_kind = (table.rows.dtype, table.rows.shape[1], table.weights is None)
            full = len(own) == _TABLES_OF_A_JOB or size + its_size > _SIZE_OF_A_JOB
            if own and (full or its_kind != kind):
                yield self._job(own, size)
                own, size = [], 0
            own.append(i)
            kind, size = its_kind, size + its_size
        if own:
            yield self._job(own, size)

    def _job(self, numbers: list[int], size: int) -> Job:
        def run(threads: int, stop: StopFlag) -> Iterator[_Fitted]:
            tables = [self._tables[i] for i in numbers]
            rows = [table.rows for table in tables if table.rows is not None]
            weights = [table.weights for table in tables if table.weights is not None]
            all_rows: Floats = rows[0] if len(rows) == 1 else np.concatenate(rows)  # type: ignore[assignment]
            outcomes = _core.fit_tables(
                all_rows,
                np.concatenate(weights) if weights else None,
                [len(own) for own in rows],
                settings=core_settings(self._settings, rows[0].shape[1], self._seed, threads),
                stop=stop,
            )
            for i, outcome in zip(numbers, outcomes, strict=True):
                yield _Fitted(i, ValueError(outcome) if isinstance(outcome, str) else outcome)

        return Job(size if len(numbers) == 1 else min(size, LARGE_FIT - 1), run)
