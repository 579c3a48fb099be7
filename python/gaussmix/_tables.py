"""The tables that `fit_many` is given, each with a key."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_floats, as_sample_weight, as_table, check_finite, drop_weightless
from gaussmix._feature_names import feature_names_of
from gaussmix._types import FeatureNames, Floats

_NAME = "fit_many"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows that count, all finite, and their weights; or why they cannot be fitted."""

    rows: Floats | None
    weights: NDArray[np.float64] | None = None
    feature_names: FeatureNames | None = None
    error: Exception | None = None

    @classmethod
    def of(cls, X: ArrayLike, sample_weight: ArrayLike | None) -> Table:
        """The table that `GaussianMixture.fit` would see."""
        try:
            table = as_table(X, _NAME)
            rows, weights = drop_weightless(table, as_sample_weight(sample_weight, len(table)))
            check_finite(rows, "X", _NAME)
            return cls(rows, weights, feature_names_of(X))
        except (TypeError, ValueError) as error:
            return cls(None, error=error)


def tables_of(
    tables: Any, sample_weight: Any, groups: ArrayLike | None
) -> tuple[list[Hashable], list[Table]]:
    """Returns the tables with their keys; ValueError or TypeError for what holds none."""
    if groups is not None:
        return _by_group(tables, sample_weight, groups)
    if isinstance(tables, Mapping):
        weights = _by_key(tables, sample_weight)
        return list(tables), [Table.of(X, w) for X, w in zip(tables.values(), weights, strict=True)]
    if hasattr(tables, "ndim"):
        stack = as_floats(tables, "tables")
        if stack.ndim != 3:
            raise ValueError(
                f"tables must have 3 dimensions, but has shape {stack.shape}: tables, rows and "
                "features; or give groups, the table of each row"
            )
        if sample_weight is None:
            return list(range(len(stack))), _of_stack(stack)
        tables = list(stack)
    elif not isinstance(tables, Iterable) or isinstance(tables, str | bytes):
        raise TypeError(
            "tables must be a sequence of tables, a dict of them, an array of 3 dimensions, or a "
            f"table with groups, but is {type(tables).__name__}"
        )
    else:
        tables = list(tables)
    each = _each(sample_weight, len(tables))
    return list(range(len(tables))), [Table.of(X, w) for X, w in zip(tables, each, strict=True)]


def _of_stack(stack: Floats) -> list[Table]:
    """Tables of one size, of which most are finite."""
    with np.errstate(all="ignore"):
        finite = np.isfinite(stack.sum(axis=(1, 2)))
    return [
        Table(rows) if is_finite and rows.size else Table.of(rows, None)
        for rows, is_finite in zip(stack, finite, strict=True)
    ]


def _by_group(
    X: ArrayLike, sample_weight: ArrayLike | None, groups: ArrayLike
) -> tuple[list[Hashable], list[Table]]:
    """The rows of each group, in the order of the groups' labels."""
    table = as_table(X, _NAME)
    weights = as_sample_weight(sample_weight, len(table), all_zero=True)
    labels = np.asarray(groups)
    if labels.shape != (len(table),):
        raise ValueError(f"groups.shape == {labels.shape}, expected {(len(table),)}!")
    keys, numbers = np.unique(labels, return_inverse=True)
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(keys)))
    names = feature_names_of(X)
    found = []
    for of_group in np.split(order, ends[:-1]) if len(keys) else ():
        own = Table.of(table[of_group], None if weights is None else weights[of_group])
        found.append(Table(own.rows, own.weights, names, own.error))
    return keys.tolist(), found


def _by_key(tables: Mapping[Any, Any], sample_weight: Any) -> Sequence[ArrayLike | None]:
    if sample_weight is None:
        return [None] * len(tables)
    if not isinstance(sample_weight, Mapping) or set(sample_weight) != set(tables):
        raise ValueError("sample_weight must be a dict with the keys of tables, or None")
    return [sample_weight[key] for key in tables]


def _each(sample_weight: Any, count: int) -> Sequence[ArrayLike | None]:
    if sample_weight is None:
        return [None] * count
    if not isinstance(sample_weight, Iterable) or len(weights := list(sample_weight)) != count:
        raise ValueError(
            f"sample_weight must be weights for each of the {count} tables, or None, but is "
            f"{sample_weight!r:.60}"
        )
    return weights
