"""Stepwise EM: a mixture that follows a stream of rows, each of which is seen once.

Cappé, Moulines (2009), "On-line expectation-maximization algorithm for latent data models", Journal
of the Royal Statistical Society B 71(3). The state is the statistics s of a row, a running mean. A
batch of weight w, with W the weight of all rows so far and its own, makes

    s <- (1 - gamma) s + gamma (statistics of the batch) / w,    gamma = (w / W)^exponent,

and the M-step on s makes the next mixture. With a memory, gamma is at least w / memory (at most 1).
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._batches.moments import Moments
from gaussmix._batches.prior_defaults import prior_of
from gaussmix._batches.row_sample import sample_size
from gaussmix._core import FitResult, Mixture, Repair, StartReport, Statistics
from gaussmix._fit import (
    check_batches,
    check_fixed,
    check_size,
    check_unchanged,
    fit_model,
    parameters_beside,
)
from gaussmix._model import Model
from gaussmix._noise import first_share
from gaussmix._prior import as_prior
from gaussmix._settings import MixtureSettings
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats, Prior

_MOST_LOWER_BOUNDS = 1000
_Weights = NDArray[np.float64] | None


class Rate(NamedTuple):
    """How much a batch counts beside what came before it."""

    exponent: float
    memory: float | None

    @classmethod
    def of(cls, exponent: Any, memory: Any) -> Rate:
        """Raises ValueError for numbers that are none of a rate."""
        real = (float, int, np.floating, np.integer)
        if not isinstance(exponent, real) or not 0.5 < exponent <= 1:
            raise ValueError(f"exponent must be a float in (0.5, 1], but is {exponent!r}")
        if memory is not None and not (isinstance(memory, real) and 0 < memory < math.inf):
            raise ValueError(f"memory must be a number of rows above 0 or None, but is {memory!r}")
        return cls(float(exponent), None if memory is None else float(memory))

    def step_size(self, weight: float, total: float) -> float:
        """Of a batch of this weight, `total` being that of all rows with its own."""
        gamma = math.pow(weight / total, self.exponent)
        return gamma if self.memory is None else max(gamma, min(1.0, weight / self.memory))


@dataclass(frozen=True)
class FirstRows:
    """The rows that a stream began with, of which its start is made."""

    tables: tuple[Floats, ...] = ()
    weights: tuple[_Weights, ...] = ()
    n_rows: int = 0

    def and_then(self, rows: Floats, weights: _Weights) -> FirstRows:
        """Returns these with others after them, which are copied."""
        tables = (*self.tables, rows.copy())
        return FirstRows(tables, (*self.weights, weights), self.n_rows + len(rows))

    def joined(self) -> tuple[Floats, _Weights]:
        rows: Any = np.concatenate(self.tables)
        if all(weights is None for weights in self.weights):
            return rows, None
        each = [
            np.ones(len(table)) if weights is None else weights
            for table, weights in zip(self.tables, self.weights, strict=True)
        ]
        return rows, np.concatenate(each)


@dataclass(frozen=True)
class Stream:
    """What there is to know of the rows so far. Immutable."""

    n_features: int
    dtype: np.dtype[np.floating]
    feature_names: FeatureNames | None
    prior: Prior = None
    """With a mean and a scale where there is noise."""
    weight: float = 0.0
    """Of all rows."""
    statistics: Statistics | None = None
    """Of rows of weight 1 together; None before there is a mixture."""
    n_steps: int = 0
    first_rows: FirstRows | None = field(default_factory=FirstRows)
    """None once there were enough of them."""
    n_rows_of_start: int = 0


def advance(
    settings: MixtureSettings,
    model: Model | None,
    stream: Stream,
    rows: Floats,
    weights: _Weights,
    rate: Rate,
) -> tuple[Model | None, Stream]:
    """Returns the model and the stream after a batch; changes nothing.

    `rows` all count and are finite, at least one. `model` is that of the stream before, None before
    it has one. A fit to the first rows, once there are as many as components, is the start. It is
    made anew from all rows so far each time that they have doubled, the last time when there are
    `sample_size`. Raises ValueError where the settings are those of another mixture, or as a fit.
    """
    check_batches(settings)
    if stream.statistics is not None and model is not None:
        _check_settings(settings, model.mixture)
    total = stream.weight + (len(rows) if weights is None else float(weights.sum()))
    if not math.isfinite(total) or total < sys.float_info.min:
        size = "large" if total > 1 else "small"
        raise ValueError(f"sample_weight is too {size}: the sum of all rows so far is {total:g}")
    stream = replace(stream, weight=total)
    if stream.first_rows is not None:
        first = stream.first_rows.and_then(rows, weights)
        stream = replace(stream, first_rows=first)
        wanted = sample_size(settings.n_components, stream.n_features)
        if rate.memory is not None:  # older rows would say less than what came since
            wanted = min(wanted, math.ceil(rate.memory))
        is_enough = first.n_rows >= wanted
        least = max(2, settings.n_components, 0 if is_enough else 2 * stream.n_rows_of_start)
        if first.n_rows >= least:
            return _start(settings, model, stream, first, is_last=is_enough)
    if stream.statistics is None or model is None:
        return model, stream
    return _step(settings, model, stream, rows, weights, rate)


def _check_settings(settings: MixtureSettings, mixture: Mixture) -> None:
    check_unchanged(
        parameters_beside(mixture, settings),
        "partial_fit goes on with the rows before, but {what} was {before} then and is {now} now: "
        "keep it, or begin anew with another estimator",
    )


def _start(
    settings: MixtureSettings, model: Model | None, stream: Stream, first: FirstRows, is_last: bool
) -> tuple[Model, Stream]:
    """Fits the first rows."""
    rows, weights = first.joined()
    check_size(settings, rows.shape, stream.weight)
    check_fixed(settings, None)
    beside_noise = settings.prior is not None and first_share(settings.noise) is not None
    moments = Moments.of(rows, weights, n_threads(settings.n_jobs)) if beside_noise else None
    prior = prior_of(settings, moments)
    quiet = settings._quiet_copy(warm_start=False, prior=prior)
    fitted = fit_model(quiet, None, rows, weights, None, is_finite=True, quiet=True)
    statistics = _core.expect(
        rows,
        fitted.mixture,
        sample_weight=weights,
        known_labels=None,
        n_threads=n_threads(settings.n_jobs),
    )
    stream = replace(
        stream,
        prior=prior,
        statistics=statistics.scaled(1 / stream.weight),
        n_steps=stream.n_steps + 1,
        first_rows=None if is_last else FirstRows((rows,), (weights,), len(rows)),
        n_rows_of_start=len(rows),
    )
    bound, repairs = fitted.result.lower_bound, fitted.result.repairs
    return _model(fitted.mixture, model, stream, bound, repairs), stream


def _step(
    settings: MixtureSettings,
    model: Model,
    stream: Stream,
    rows: Floats,
    weights: _Weights,
    rate: Rate,
) -> tuple[Model, Stream]:
    """One step of stepwise EM."""
    assert stream.statistics is not None
    threads = n_threads(settings.n_jobs)
    of_batch = _core.expect(
        rows, model.mixture, sample_weight=weights, known_labels=None, n_threads=threads
    )
    weight = of_batch.row_weight
    gamma = rate.step_size(weight, stream.weight)
    statistics = stream.statistics.scaled(1 - gamma)
    statistics.merge(of_batch.scaled(gamma / weight))
    # A prior counts as rows, beside as many as the statistics are to stand for.
    n_rows = stream.weight if rate.memory is None else min(stream.weight, rate.memory)
    result = _core.maximize(
        statistics.scaled(n_rows),
        covariance_type=settings.covariance_type,
        tol=settings.tol,
        reg_covar=settings.reg_covar,
        degenerate=settings.degenerate,
        prior=as_prior(stream.prior, settings.covariance_type, stream.n_features),
        previous=FitResult(model.mixture, n_iter=stream.n_steps),
        n_threads=threads,
    )
    stream = replace(stream, statistics=statistics, n_steps=stream.n_steps + 1)
    return _model(result.mixture, model, stream, result.lower_bound, result.repairs), stream


def _model(
    mixture: Mixture,
    before: Model | None,
    stream: Stream,
    lower_bound: float,
    repairs: list[Repair],
) -> Model:
    """The model after a step: with its history, of which the last part is kept."""
    goes_on = before is not None and stream.n_steps > 1
    old = before.result if before is not None and goes_on else FitResult(mixture)
    known = {(repair.component, repair.reason) for repair in old.repairs}
    new = [each for each in repairs if (each.component, each.reason) not in known]
    report = StartReport(origin="a stream of rows", lower_bound=lower_bound, n_iter=stream.n_steps)
    result = FitResult(
        mixture,
        n_iter=stream.n_steps,
        lower_bound=lower_bound,
        lower_bounds=[*old.lower_bounds, lower_bound][-_MOST_LOWER_BOUNDS:],
        starts=[report],
        repairs=[*old.repairs, *new],
    )
    return Model(result, stream.feature_names)
