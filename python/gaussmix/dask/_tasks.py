"""What is computed of one chunk: pure functions, for any worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._arrays import as_sample_weight, as_table, check_finite, drop_weightless
from gaussmix._core import Mixture, Statistics
from gaussmix._feature_names import feature_names_of
from gaussmix._types import Floats

CLASS_NAME = "GaussianMixture"


class Counted(NamedTuple):
    """The rows of a chunk that count, and their weights; None where all are 1."""

    rows: Floats
    weights: NDArray[np.float64] | None


def mixture_bytes(mixture: Mixture) -> bytes:
    """Returns bytes that `mixture_of` makes the same mixture from, to the bit."""
    return _core.model_bytes(mixture, "", "", "")


def mixture_of(content: bytes) -> Mixture:
    """Returns the mixture of bytes."""
    return _core.load_bytes(content).mixture


def rows_of(chunk: Any, weights: Any, dtype: str | None) -> Counted:
    """Returns the rows of a chunk that count, as the core reads them.

    Raises ValueError or TypeError for rows that are not finite numbers, or weights that are none.
    """
    table = as_table(chunk, CLASS_NAME, dtype)
    rows, counts = drop_weightless(table, as_sample_weight(weights, len(table), all_zero=True))
    check_finite(rows, "X", CLASS_NAME)
    if counts is not None and (counts == 1.0).all():
        counts = None  # to the bit the same: sums of log-densities may be made in another order
    return Counted(rows, counts)


def expect(chunk: Any, weights: Any, dtype: str, n_threads: int, mixture: bytes) -> Statistics:
    """Returns the statistics of a chunk's rows under a mixture: the E-step."""
    counted = rows_of(chunk, weights, dtype)
    return _core.expect(
        counted.rows,
        mixture_of(mixture),
        sample_weight=counted.weights,
        known_labels=None,
        n_threads=n_threads,
    )


def scores(
    chunk: Any,
    weights: Any,
    number: int,
    names: Sequence[str] | None,
    n_threads: int,
    mixture: bytes,
) -> NDArray[np.float64]:
    """Returns sums over a chunk's rows, weighted, that score a mixture.

    They are those of the weights, of the log-densities, and of the logarithms of the largest
    responsibilities.
    """
    scored = mixture_of(mixture)
    counted = checked_rows(chunk, weights, number, scored.n_features, names, str(scored.dtype))
    n = float(len(counted.rows) if counted.weights is None else counted.weights.sum())
    if n == 0:
        return np.zeros(3)
    means = _core.Predictor(scored).mean_scores(counted.rows, counted.weights, n_threads)
    return n * np.array([1.0, *means])


def checked_rows(
    chunk: Any,
    weights: Any,
    number: int,
    n_features: int,
    names: Sequence[str] | None,
    dtype: str | None = None,
) -> Counted:
    """`rows_of` chunk `number`, whose errors say which chunk it is, and which of its rows.

    Raises ValueError also where the columns are not those of X: `n_features`, of these names.
    """
    try:
        _check_columns(chunk, n_features, names)
        return rows_of(chunk, weights, dtype)
    except (TypeError, ValueError) as error:
        row = _odd_row(chunk, weights)
        where = f"chunk {number} of X" + ("" if row is None else f", row {row} of it")
        raise type(error)(f"{where}: {error}") from None


def _check_columns(chunk: Any, n_features: int, names: Sequence[str] | None) -> None:
    shape = np.shape(chunk)
    if len(shape) == 2 and shape[1] != n_features:
        raise ValueError(f"it has {shape[1]} columns, but X has {n_features}")
    found = feature_names_of(chunk)
    if names is not None and (found is None or list(found) != list(names)):
        raise ValueError(f"its columns are {list(chunk.columns)}, but those of X are {list(names)}")


def _odd_row(chunk: Any, weights: Any) -> int | None:
    """Returns the first row with a value, or a weight, that is no finite number."""
    try:
        odd = ~np.isfinite(as_table(chunk, CLASS_NAME)).all(axis=1)
        if weights is not None:
            weight = np.asarray(weights, np.float64)
            odd = (odd & (weight > 0)) | ~(np.isfinite(weight) & (weight >= 0))
    except (TypeError, ValueError):
        return None
    return int(odd.argmax()) if odd.any() else None
