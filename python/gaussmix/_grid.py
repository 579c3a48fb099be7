"""A grid of fits to the same rows: numbers of components x covariance types."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from gaussmix._core import SharedStarts, StopFlag, StoppedError
from gaussmix._criteria import criteria
from gaussmix._families import LAYOUTS
from gaussmix._fit import fit_model
from gaussmix._model import Model
from gaussmix._runner import Job
from gaussmix._sample import Sample
from gaussmix._settings import MixtureSettings
from gaussmix._stability import agreement, mean_and_error, splits
from gaussmix._types import CovarianceType, FeatureNames

Record = dict[str, Any]
_Fit: TypeAlias = Callable[[CovarianceType], Model]


class Cell(NamedTuple):
    """One fit of the grid."""

    n_components: int
    covariance_type: CovarianceType

    def __str__(self) -> str:
        return f"{self.n_components} {self.covariance_type}"


class FittedCell(NamedTuple):
    """What a cell comes to: a record and a model, or the error of a fit that failed."""

    cell: Cell
    record: Record
    model: Model | None
    error: Exception | None = None


@dataclass(frozen=True, eq=False)
class Grid:
    """What all cells have in common.

    Attributes:
        sample: the rows, all of which count and are finite.
        settings: parameters of GaussianMixture; `random_state` is an int.
        n_resamples: how many splits `stability` is measured by, or None where it is not wanted.
        types: the covariance types, in the order in which fits with as many components are made:
            each may begin where those before it ended.
    """

    sample: Sample
    feature_names: FeatureNames | None
    settings: Mapping[str, Any]
    n_resamples: int | None
    types: Sequence[CovarianceType]

    def job(self, n_components: int) -> Job:
        """Returns what fits the cells with so many components: it yields a FittedCell for each."""

        def run(n_threads: int, stop: StopFlag) -> Iterator[FittedCell]:
            fit = self._fit_of(n_components, self.sample, n_threads, stop)
            cells = (self._fit(cell, fit, n_threads) for cell in self._cells(n_components))
            if self.n_resamples is None:
                return cells
            return iter(self._with_stability(list(cells), n_threads, stop))

        return Job(self.sample.rows.size * n_components, run)

    def _cells(self, n_components: int) -> list[Cell]:
        return [Cell(n_components, name) for name in self.types]

    def _fit_of(self, k: int, sample: Sample, n_threads: int, stop: StopFlag) -> _Fit:
        """Returns what fits mixtures of k components to some rows."""
        shared = None
        if self.settings["n_init"] == "auto":
            layouts = {LAYOUTS[name] for name in self.types}
            shared = SharedStarts(only_diagonal=layouts <= {"diag", "spherical"})

        def fit(covariance_type: CovarianceType) -> Model:
            if k > len(sample.rows):
                what = "rows" if sample is self.sample else "rows of a half"
                raise ValueError(f"more components than the {len(sample.rows)} {what}")
            settings = MixtureSettings(
                k, **{**self.settings, "covariance_type": covariance_type, "n_jobs": n_threads}
            )
            return fit_model(
                settings, None, sample.rows, sample.weights, self.feature_names,
                is_finite=True, quiet=True, shared_starts=shared, stop=stop,
            )  # fmt: skip

        return fit

    def _fit(self, cell: Cell, fit: _Fit, n_threads: int) -> FittedCell:
        began = time.perf_counter()
        try:
            model = fit(cell.covariance_type)
            values = criteria(model, self.sample.rows, self.sample.weights, n_threads)
            if not math.isfinite(values["log_likelihood"]):
                raise ValueError(f"the log-likelihood is {values['log_likelihood']}")
        except StoppedError:
            raise
        except Exception as error:
            return FittedCell(cell, self._failure(cell, error), None, error)
        result = model.result
        record = {
            **cell._asdict(),
            **values,
            **dict.fromkeys(self._stability_names, math.nan),
            "n_parameters": model.mixture.n_parameters,
            "converged": result.converged,
            "n_iter": result.n_iter,
            "n_repairs": sum(repair.start == result.best_start for repair in result.repairs),
            "seconds": time.perf_counter() - began,
            "error": None,
        }
        return FittedCell(cell, record, model)

    @property
    def _stability_names(self) -> tuple[str, ...]:
        return () if self.n_resamples is None else ("stability", "stability_error")

    def _failure(self, cell: Cell, error: Exception) -> Record:
        numbers = ["log_likelihood", "bic", "aic", "icl", *self._stability_names]
        numbers += ["n_parameters", "converged", "n_iter", "n_repairs", "seconds"]
        text = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        return {
            **cell._asdict(),
            **dict.fromkeys(numbers, math.nan),
            "converged": False,
            "error": text,
        }

    def _with_stability(
        self, cells: list[FittedCell], n_threads: int, stop: StopFlag
    ) -> list[FittedCell]:
        """Returns the cells with their stability, which of one component is nan."""
        assert self.n_resamples is not None
        found: dict[Cell, list[float] | Exception] = {
            it.cell: [] for it in cells if it.error is None and it.cell.n_components > 1
        }
        began = time.perf_counter()
        for halves in splits(self.sample, self.n_resamples, self.settings["random_state"]):
            if not found:
                break
            fits = [
                self._fit_of(cells[0].cell.n_components, half, n_threads, stop) for half in halves
            ]
            for cell, agreements in found.items():
                if isinstance(agreements, list):
                    try:
                        agreements.append(self._agreement(cell, fits, n_threads))
                    except StoppedError:
                        raise
                    except Exception as error:
                        found[cell] = error
        seconds = (time.perf_counter() - began) / max(1, len(found))
        return [self._completed(it, found.get(it.cell), seconds) for it in cells]

    def _agreement(self, cell: Cell, fits: list[_Fit], n_threads: int) -> float:
        a, b = (
            fit(cell.covariance_type).predictor.predict(self.sample.rows, n_threads) for fit in fits
        )
        return agreement(a, b, self.sample.weights)

    def _completed(
        self, it: FittedCell, found: list[float] | Exception | None, seconds: float
    ) -> FittedCell:
        if found is None:
            return it
        if isinstance(found, Exception):
            return FittedCell(it.cell, self._failure(it.cell, found), None, found)
        mean, error = mean_and_error(found)
        record = {**it.record, "stability": mean, "stability_error": error}
        record["seconds"] += seconds
        return it._replace(record=record)
