"""Criteria that weigh a mixture's likelihood against its number of parameters; lower is better."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gaussmix._model import Model
from gaussmix._types import Floats

# At most so many responsibilities exist at once.
_BLOCK_NUMBERS = 2**20


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
    """Returns log_likelihood, bic, aic and icl of a model on finite rows of its dtype."""
    n, n_parameters = n_rows(rows, weights), model.mixture.n_parameters
    log_likelihood = model.predictor.score(rows, weights, n_threads) * n
    value = bic(log_likelihood, n_parameters, n)
    return {
        "log_likelihood": log_likelihood,
        "bic": value,
        "aic": aic(log_likelihood, n_parameters),
        "icl": value + 2.0 * _classification_loss(model, rows, weights, n_threads),
    }


def _classification_loss(
    model: Model, rows: Floats, weights: NDArray[np.float64] | None, n_threads: int
) -> float:
    """Returns minus the weighted sum of the logarithms of the rows' largest responsibilities.

    By so much does the log-likelihood exceed that of the rows together with their most probable
    labels, from which Biernacki, Celeux, Govaert (2000), "Assessing a mixture model for clustering
    with the integrated completed likelihood", IEEE PAMI 22(7), derive ICL.
    """
    total, step = 0.0, max(1, _BLOCK_NUMBERS // model.mixture.n_components)
    for first in range(0, len(rows), step):
        block = slice(first, first + step)
        log_responsibilities = model.predictor.log_responsibilities(rows[block], n_threads)
        largest = log_responsibilities.max(axis=1).astype(np.float64)
        total -= float((largest if weights is None else largest * weights[block]).sum())
    return total
