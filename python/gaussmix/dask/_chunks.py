"""Rows and weights in chunks, as the tasks of a fit find them in a graph of dask."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import dask.array
from dask.base import tokenize
from dask.core import flatten

from gaussmix._feature_names import feature_names_of
from gaussmix._types import FeatureNames

Key: TypeAlias = Any
Graph: TypeAlias = dict[Key, Any]


@dataclass(frozen=True)
class Chunks:
    """The chunks of X, and of its weights."""

    graph: Graph
    """What computes them."""
    rows: list[Key] | list[None]
    """The keys of the rows in it."""
    weights: list[Key] | list[None]
    """Those of their weights; None where they have none."""
    sizes: list[int] | None
    """The number of rows of each, where dask knows it."""
    n_features: int
    feature_names: FeatureNames | None
    token: str
    """Differs from that of other chunks."""

    @property
    def weighted(self) -> bool:
        return self.weights[0] is not None

    def without_rows(self) -> Chunks:
        """Returns the weights alone."""
        return replace(self, rows=[None] * len(self.rows))


def is_frame(X: Any) -> bool:
    """Whether X is a data frame of dask."""
    return hasattr(X, "npartitions") and hasattr(X, "map_partitions") and hasattr(X, "columns")


def as_rows(X: Any, class_name: str) -> Any:
    """Returns X if it is a frame of dask, and an array of dask with whole rows in its chunks.

    Raises TypeError for anything else, ValueError for an array that is not a table.
    """
    if is_frame(X):
        if len(X.columns) == 0:
            raise ValueError(
                f"X has no columns, while a minimum of 1 is required by {class_name} of dask"
            )
        return X
    if not isinstance(X, dask.array.Array):
        raise TypeError(
            f"X must be a dask array or a dask data frame, but is {type(X).__name__}: use "
            "dask.array.from_array(X, chunks=(n_rows, -1)), or gaussmix.GaussianMixture for rows "
            "in memory"
        )
    if X.ndim != 2:
        raise ValueError(f"X must have two dimensions, (n_samples, n_features), but has {X.ndim}")
    if math.isnan(X.shape[1]):
        raise ValueError(
            "X must have a known number of columns: call X.compute_chunk_sizes() before, or make "
            "X of blocks whose shape has it"
        )
    if X.shape[1] == 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={X.shape}) while a minimum of 1 is required by "
            f"{class_name}."
        )
    return X if len(X.chunks[1]) == 1 else X.rechunk({1: -1})


def as_chunks(X: Any, sample_weight: Any, class_name: str) -> Chunks:
    """Returns the chunks of X and of its weights, in the order of the rows.

    Parameters
    ----------
    X : dask array or data frame of shape (n_samples, n_features)
    sample_weight : dask array or series of shape (n_samples,), or None
        In chunks of the same rows as X; an array whose chunks are known is cut anew.

    Raises TypeError or ValueError for anything else.
    """
    X = as_rows(X, class_name)
    graph, rows = _graph_of(X)
    sizes = _known_sizes(X)
    weights: list[Key] | list[None] = [None] * len(rows)
    names = [_name(X)]
    if sample_weight is not None:
        column = _as_column(sample_weight, sizes)
        more, weights = _graph_of(column)
        if len(weights) != len(rows):
            raise ValueError(
                f"sample_weight must have the chunks of X, which are {len(rows)}, but has "
                f"{len(weights)}: rechunk or repartition one as the other"
            )
        graph |= more
        names.append(_name(column))
    return Chunks(
        graph,
        rows,
        weights,
        sizes,
        n_features=len(X.columns) if is_frame(X) else int(X.shape[1]),
        feature_names=feature_names_of(X._meta) if is_frame(X) else None,
        token=tokenize(names),
    )


def _as_column(sample_weight: Any, sizes: list[int] | None) -> Any:
    if isinstance(sample_weight, dask.array.Array):
        if sample_weight.ndim != 1:
            raise ValueError(
                f"Sample weights must be a 1D dask array, got {sample_weight.ndim}D array."
            )
        of_weights = _known_sizes(sample_weight)
        if sizes is None or of_weights is None or sizes == of_weights:
            return sample_weight
        if sum(sizes) != sum(of_weights):
            raise ValueError(
                f"sample_weight.shape == {sample_weight.shape}, expected {(sum(sizes),)}!"
            )
        return sample_weight.rechunk((tuple(sizes),))
    if hasattr(sample_weight, "npartitions") and getattr(sample_weight, "ndim", 0) == 1:
        return sample_weight
    raise TypeError(
        f"sample_weight must be a dask array or a dask series with the chunks of X, but is "
        f"{type(sample_weight).__name__}: use dask.array.from_array(sample_weight, chunks=...)"
    )


def _known_sizes(X: Any) -> list[int] | None:
    if not isinstance(X, dask.array.Array) or any(math.isnan(size) for size in X.chunks[0]):
        return None
    return [int(size) for size in X.chunks[0]]


def _name(collection: Any) -> str:
    return str(getattr(collection, "name", None) or collection._name)


def _graph_of(collection: Any) -> tuple[Graph, list[Key]]:
    """Returns an optimised graph, and the keys of the chunks in it."""
    if not isinstance(collection, dask.array.Array):
        collection = collection.optimize()
        return dict(collection.__dask_graph__()), list(flatten(collection.__dask_keys__()))
    whole = collection.__dask_graph__()
    keys = list(flatten(collection.__dask_keys__()))
    # What a cluster holds for the user is no task, and optimising may leave it out.
    return dict(collection.__dask_optimize__(whole, keys)) | _held(whole), keys


def _held(graph: Mapping[Key, Any]) -> Graph:
    future = getattr(sys.modules.get("distributed"), "Future", None)
    if future is None:
        return {}
    return {key: value for key, value in graph.items() if isinstance(value, future)}
