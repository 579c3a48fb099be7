"""The mixture of one class: as asked for, or the best by BIC."""

from __future__ import annotations

from contextlib import closing
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Mixture
from gaussmix._fit import fit_model
from gaussmix._grid import FittedCell, Grid
from gaussmix._model import Model
from gaussmix._runner import run_jobs
from gaussmix._sample import Sample
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads
from gaussmix._types import FAMILIES, CovarianceType, Floats
from gaussmix.density.arrays import in_double

_MOST_COMPONENTS = 9

_Rank: TypeAlias = tuple[bool, float, tuple[int, int]]


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
    numbers, types = _candidates(sample, n_components, covariance_type)
    try:
        if len(numbers) == len(types) == 1:
            return _fit(sample, numbers[0], types[0], params)
        return _best(sample, numbers, types, params)
    except ValueError as error:
        raise ValueError(f"class {sample.label!r}: {error}") from error


def _candidates(
    sample: ClassRows, n_components: Any, covariance_type: Any
) -> tuple[list[int], list[CovarianceType]]:
    n, d = sample.rows.shape
    numbers, types = [n_components], [covariance_type]
    if n_components == "bic":
        most = min(_MOST_COMPONENTS, n, int(sample.total_weight / (d + 1)))
        numbers = list(range(1, max(1, most) + 1))
    if covariance_type == "bic":
        types = list(FAMILIES) if d > 1 else ["E", "V"]
    return numbers, types


def _fit(
    sample: ClassRows, n_components: int, covariance_type: CovarianceType, params: dict[str, Any]
) -> ClassFit:
    settings = MixtureSettings(n_components, covariance_type=covariance_type, **params)
    model = fit_model(settings, None, sample.rows, sample.weights, None, is_finite=True, quiet=True)
    return ClassFit(model, covariance_type)


def _best(
    sample: ClassRows, numbers: list[int], types: list[CovarianceType], params: dict[str, Any]
) -> ClassFit:
    """Returns the sound fit with the least BIC; the least of all where none is sound."""
    grid = Grid(Sample(sample.rows, sample.weights), None, params, None, types)
    jobs = [grid.job(number) for number in reversed(numbers)]  # the longest first
    best: tuple[_Rank, ClassFit] | None = None
    failure: Exception | None = None
    with closing(run_jobs(jobs, n_threads(params["n_jobs"]))) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None:  # not of a fit
                raise outcome.error
            fitted: FittedCell = outcome.value
            if fitted.model is None:
                failure = failure or fitted.error
                continue
            rank = _rank(fitted, types, params["reg_covar"])
            if best is None or rank < best[0]:
                best = rank, ClassFit(fitted.model, fitted.cell.covariance_type)
    if best is None:
        raise ValueError(f"all fits failed: {failure}") from failure
    return best[1]


def _rank(fitted: FittedCell, types: list[CovarianceType], reg_covar: float) -> _Rank:
    """Orders fits: sound ones first, then by BIC.

    Families that are the same for one component tie but for rounding: of BICs that agree to ten
    digits, the first family has the least.
    """
    assert fitted.model is not None
    cell, bic = fitted.cell, float(f"{fitted.record['bic']:.9e}")
    place = types.index(cell.covariance_type), cell.n_components
    return not _is_sound(fitted.model, reg_covar), bic, place


def _is_sound(model: Model, reg_covar: float) -> bool:
    """Whether no component has collapsed: was repaired, or has a variance that is half reg_covar.

    The likelihood of one that has is as high as reg_covar lets it be, and says nothing of the data.
    """
    result = model.result
    repaired = any(repair.start == result.best_start for repair in result.repairs)
    return not repaired and _least_variance(model.mixture) > 2 * reg_covar


def _least_variance(mixture: Mixture) -> float:
    covariances = in_double(mixture).covariances
    if mixture.covariance_type in ("full", "tied"):
        return float(np.linalg.eigvalsh(covariances).min())
    return float(covariances.min())
