"""A grid of fits to the same rows: numbers of components x covariance types."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gaussmix._core import Predictor
from gaussmix._criteria import criteria
from gaussmix._fit import fit_model
from gaussmix._model import Model
from gaussmix._runner import LARGE_FIT, Job
from gaussmix._shared_starts import Sample, SharedStarts, with_origins
from gaussmix._stability import stability
from gaussmix._types import CovarianceType, FeatureNames
from gaussmix.mixture import GaussianMixture

Record = dict[str, Any]


class Cell(NamedTuple):
    """One fit of the grid."""

    n_components: int
    covariance_type: CovarianceType

    def __str__(self) -> str:
        return f"{self.n_components} {self.covariance_type}"


class FittedCell(NamedTuple):
    """What a cell comes to."""

    record: Record
    mixture: GaussianMixture


class StoppedError(Exception):
    """Nobody wants the result of the cell any more."""


@dataclass(frozen=True, eq=False)
class Grid:
    """What all cells have in common.

    Attributes:
        sample: the rows, all of which count and are finite.
        settings: parameters of GaussianMixture; `random_state` is an int.
        n_resamples: how many splits `stability` is measured by, or None where it is not wanted.
    """

    sample: Sample
    feature_names: FeatureNames | None
    settings: Mapping[str, Any]
    n_resamples: int | None
    starts: SharedStarts

    def job(self, cell: Cell) -> Job:
        """Returns what fits a cell: it returns a FittedCell."""

        def run(n_threads: int, stopped: Callable[[], bool]) -> FittedCell:
            return self._fit(cell, n_threads, stopped)

        return Job(self.size(cell), run)

    def size(self, cell: Cell) -> int:
        """Returns rows x features x components."""
        return self.sample.rows.size * cell.n_components

    def order(self, cells: list[Cell]) -> list[Cell]:
        """Returns the cells in the order in which it is best to fit them.

        Small ones run side by side. The largest go first, so that in the end no thread is left with
        a long one; and those that begin with the same labels do not stand side by side, so that
        none waits for them. Large ones run one by one; those that share labels follow each other,
        so that the labels are not kept for long.
        """
        types = list(dict.fromkeys(cell.covariance_type for cell in cells))

        def place(cell: Cell) -> tuple[int, int]:
            of_type = types.index(cell.covariance_type)
            if self.size(cell) < LARGE_FIT:
                return of_type, -cell.n_components
            return cell.n_components, of_type

        return sorted(cells, key=place)

    def _fit(self, cell: Cell, n_threads: int, stopped: Callable[[], bool]) -> FittedCell:
        began = time.perf_counter()
        model = self._model(cell, self.sample, n_threads, stopped)
        values = criteria(model, self.sample.rows, self.sample.weights, n_threads)
        if not math.isfinite(values["log_likelihood"]):
            raise ValueError(f"the log-likelihood is {values['log_likelihood']}")
        if self.n_resamples is not None:
            values |= self._stability(cell, n_threads, stopped)
        result = model.result
        record = {
            **cell._asdict(),
            **values,
            "n_parameters": model.mixture.n_parameters,
            "converged": result.converged,
            "n_iter": result.n_iter,
            "n_repairs": sum(repair.start == result.best_start for repair in result.repairs),
            "seconds": time.perf_counter() - began,
            "error": None,
        }
        return FittedCell(record, self._estimator(cell, model))

    def _model(
        self, cell: Cell, sample: Sample, n_threads: int, stopped: Callable[[], bool]
    ) -> Model:
        """Returns the model of a cell for some rows."""
        if cell.n_components > len(sample.rows):
            what = "rows" if sample is self.sample else "rows of a half"
            raise ValueError(f"more components than the {len(sample.rows)} {what}")
        settings = {**self.settings, **cell._asdict(), "n_jobs": n_threads}
        settings["callback"] = lambda *_: stopped()
        shares = settings.get("init_params", "kmeans") == "kmeans"
        if shares:
            settings["init_params"] = self.starts.init_params(sample, n_threads)
        mixture = GaussianMixture(**settings)
        model = fit_model(
            mixture,
            None,
            sample.rows,
            sample.weights,
            self.feature_names,
            is_finite=True,
            quiet=True,
        )
        if stopped():
            raise StoppedError
        return Model(with_origins(model.result), self.feature_names) if shares else model

    def _stability(
        self, cell: Cell, n_threads: int, stopped: Callable[[], bool]
    ) -> dict[str, float]:
        """Returns nan for one component, whose labels always agree."""
        mean = error = math.nan
        if cell.n_components > 1 and self.n_resamples is not None:

            def fit(half: Sample) -> Predictor:
                return self._model(cell, half, n_threads, stopped).predictor

            seed = self.settings["random_state"]
            mean, error = stability(self.sample, fit, self.n_resamples, seed, n_threads)
        return {"stability": mean, "stability_error": error}

    def _estimator(self, cell: Cell, model: Model) -> GaussianMixture:
        mixture = GaussianMixture(**{**self.settings, **cell._asdict()})
        mixture._model = model
        return mixture
