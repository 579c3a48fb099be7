"""The mixture of one class: as asked for, or the best by BIC."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix._fit import fit_model
from gaussmix._grid import Cell, Record
from gaussmix._model import Model
from gaussmix._shared_starts import Sample
from gaussmix._types import FAMILIES, CovarianceType, Floats
from gaussmix.mixture import GaussianMixture
from gaussmix.selection import fitted_grid

_MOST_COMPONENTS = 9


class ClassRows(NamedTuple):
    """The rows of a class, all of which count and are finite."""

    label: Any
    rows: Floats
    weights: NDArray[np.float64] | None

    @property
    def total_weight(self) -> float:
        """How many rows they count as."""
        return float(len(self.rows) if self.weights is None else self.weights.sum())


class ClassFit(NamedTuple):
    """The mixture of a class."""

    model: Model
    covariance_type: CovarianceType


def fit_class(
    sample: ClassRows, n_components: Any, covariance_type: Any, params: dict[str, Any]
) -> ClassFit:
    """Returns the mixture of a class.

    `n_components` and `covariance_type` may each be 'bic': then it is what has the least BIC.
    `params` are further parameters of GaussianMixture, with an int as random_state. Raises
    ValueError with the class's label where nothing can be fitted.
    """
    cells = _cells(sample, n_components, covariance_type)
    try:
        if len(cells) > 1:
            return _best(sample, cells, params)
        return _fit(sample, cells[0], params)
    except ValueError as error:
        raise ValueError(f"class {sample.label!r}: {error}") from error


def _cells(sample: ClassRows, n_components: Any, covariance_type: Any) -> list[Cell]:
    n, d = sample.rows.shape
    numbers, types = [n_components], [covariance_type]
    if n_components == "bic":
        most = min(_MOST_COMPONENTS, n, int(sample.total_weight / (d + 1)))
        numbers = list(range(1, max(1, most) + 1))
    if covariance_type == "bic":
        types = list(FAMILIES) if d > 1 else ["E", "V"]
    return [Cell(number, name) for name in types for number in numbers]


def _fit(sample: ClassRows, cell: Cell, params: dict[str, Any]) -> ClassFit:
    mixture = GaussianMixture(**params, **cell._asdict())
    model = fit_model(mixture, None, sample.rows, sample.weights, None, is_finite=True, quiet=True)
    return ClassFit(model, cell.covariance_type)


def _best(sample: ClassRows, cells: list[Cell], params: dict[str, Any]) -> ClassFit:
    """Returns the sound fit with the least BIC; the least of all where none is sound."""
    rows = Sample("all", sample.rows, sample.weights)
    run = fitted_grid(rows, None, params, cells, "bic")
    records = [record for record in run.records() if record["error"] is None]
    if not records:
        run.best()  # says why
    least: ClassFit | None = None
    for record in sorted(records, key=_rank):
        fit = _fit(sample, Cell(record["n_components"], record["covariance_type"]), params)
        if _is_sound(fit.model, params["reg_covar"]):
            return fit
        least = least or fit
    assert least is not None
    return least


def _rank(record: Record) -> tuple[bool, float]:
    """Orders fits by BIC, those without repairs first.

    Families that are the same for one component tie but for rounding: sorting is stable, so that
    the first of those that agree to ten digits stays the first.
    """
    bic = record["bic"]
    return record["n_repairs"] > 0, float(f"{bic:.9e}") if math.isfinite(bic) else math.inf


def _is_sound(model: Model, reg_covar: float) -> bool:
    """Whether no component has collapsed: was repaired, or has a variance that is half reg_covar.

    The likelihood of one that has is as high as reg_covar lets it be, and says nothing of the data.
    """
    result = model.result
    repaired = any(repair.start == result.best_start for repair in result.repairs)
    return not repaired and _least_variance(model.mixture) > 2 * reg_covar


def _least_variance(mixture: Mixture) -> float:
    covariances = mixture.covariances.astype(np.float64)
    if mixture.covariance_type in ("full", "tied"):
        return float(np.linalg.eigvalsh(covariances).min())
    return float(covariances.min())
