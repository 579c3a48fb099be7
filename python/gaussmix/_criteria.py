"""Criteria that weigh a mixture's likelihood against its number of parameters; lower is better."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gaussmix._model import Model
from gaussmix._types import Floats


def n_rows(rows: Floats, weights: NDArray[np.float64] | None) -> float:
    """Returns the number of rows as criteria count them: the sum of the weights."""
    return float(len(rows) if weights is None else weights.sum())


def bic(log_likelihood: float, n_parameters: int, n: float) -> float:
    """Returns the Bayesian information criterion (Schwarz 1978), times -2."""
    return -2.0 * log_likelihood + n_parameters * math.log(n)


def aic(log_likelihood: float, n_parameters: int) -> float:
    """Returns Akaike's information criterion (1974)."""
    return -2.0 * log_likelihood + 2.0 * n_parameters


def criteria(
    model: Model, rows: Floats, weights: NDArray[np.float64] | None, n_threads: int
) -> dict[str, float]:
    """Returns log_likelihood, bic, aic and icl of a model on finite rows of its dtype.

    The log-likelihood exceeds that of the rows together with their most probable labels, from which
    Biernacki, Celeux, Govaert (2000), "Assessing a mixture model for clustering with the integrated
    completed likelihood", IEEE PAMI 22(7), derive ICL, by minus the sum of the logarithms of the
    rows' largest responsibilities.
    """
    n, n_parameters = n_rows(rows, weights), model.mixture.n_parameters
    log_density, log_largest = model.predictor.mean_scores(rows, weights, n_threads)
    log_likelihood = log_density * n
    value = bic(log_likelihood, n_parameters, n)
    return {
        "log_likelihood": log_likelihood,
        "bic": value,
        "aic": aic(log_likelihood, n_parameters),
        "icl": value - 2.0 * log_largest * n,
    }
