"""Checks of what is asked of a mixture, beside its rows and its features."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_floats
from gaussmix._types import Floats
from gaussmix.density.arrays import Doubles

Limits: TypeAlias = tuple[Doubles, Doubles]
"""Lower and upper ones, (n, n_features) each."""


def as_count(value: Any, name: str, minimum: int = 1, maximum: int | None = None) -> int:
    """Returns an int from `minimum` to `maximum`; ValueError for anything else."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < minimum or (maximum is not None and value > maximum):
        span = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
        raise ValueError(f"{name} should be an int {span}, but got {value!r}")
    return int(value)


def as_probabilities(q: ArrayLike, *, ends: bool) -> Doubles:
    """Returns probabilities of any shape; ValueError for others. 0 and 1 are some with `ends`."""
    values = as_floats(q, "q", np.float64).astype(np.float64, copy=False)
    inside = (values >= 0) & (values <= 1) if ends else (values > 0) & (values < 1)
    if not inside.all():
        interval = "from 0 to 1" if ends else "between 0 and 1"
        raise ValueError(f"q should be {interval}, but got {values[~inside].flat[0]}")
    return values


def as_values(values: ArrayLike, n_features: int) -> Doubles:
    """Returns a number for each of the features that are given; one may be a number itself."""
    row = np.atleast_1d(as_floats(values, "values", np.float64).astype(np.float64, copy=False))
    if row.shape != (n_features,):
        raise ValueError(
            f"values should be {n_features} numbers, one for each of the features, but has the "
            f"shape {row.shape}"
        )
    if not np.isfinite(row).all():
        raise ValueError(f"values should be finite, but got {row.tolist()}")
    return row


def as_limits(X: Floats, lower: ArrayLike | None) -> Limits:
    """Returns the lower and upper limits of boxes, a row each; they may be infinite.

    `lower` may be one row for all, and None is minus infinity.
    """
    upper = np.asarray(X, np.float64)
    low = np.full(upper.shape[1], -np.inf)
    if lower is not None:
        low = as_floats(lower, "lower", np.float64).astype(np.float64, copy=False)
    try:
        low = np.broadcast_to(low, upper.shape)
    except ValueError:
        raise ValueError(
            f"lower should have the shape of X, {upper.shape}, or be one row of it, but has "
            f"{low.shape}"
        ) from None
    for name, limits in (("X", upper), ("lower", low)):
        if np.isnan(limits).any():
            raise ValueError(f"Input {name} contains NaN: a limit may be infinite, but not missing")
    if (low > upper).any():
        row, column = np.argwhere(low > upper)[0]
        raise ValueError(
            f"lower should be at most X, but lower[{row}, {column}] is {low[row, column]} and "
            f"X[{row}, {column}] is {upper[row, column]}"
        )
    return low, upper


def as_order(order: ArrayLike, n_components: int) -> NDArray[np.intp]:
    """Returns a permutation of the components' numbers."""
    numbers = np.asarray(order)
    is_list = numbers.ndim == 1 and numbers.dtype.kind in "iu"
    if not is_list or sorted(numbers.tolist()) != list(range(n_components)):
        raise ValueError(
            f"the order should have each of the {n_components} components' numbers once, from 0, "
            f"but got {order!r}"
        )
    return numbers.astype(np.intp)
