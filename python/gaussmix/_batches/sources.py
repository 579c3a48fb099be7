"""What batches of rows may come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches import arrow as _arrow_batches
from gaussmix._batches import npy as _npy_batches
from gaussmix._batches.arrow import ArrowBatches
from gaussmix._batches.npy import NpyBatches, rows_of_a_batch
from gaussmix._types import FeatureNames

_WHAT_TO_PASS = (
    "a list of arrays, a path of a .npy or Parquet file, a numpy.memmap, a pyarrow data set, or a "
    "function that returns an iterator over the batches each time it is called"
)


class Source(Protocol):
    """Batches, each an X, or a tuple (X, sample_weight) or (X, sample_weight, known_labels)."""

    @property
    def is_own(self) -> bool:
        """Whether arrays are in memory of the source, which it uses again after the third next."""

    @property
    def is_slow(self) -> bool:
        """Whether it takes time to make a batch, so that it is worth while to read ahead."""

    @property
    def feature_names(self) -> FeatureNames | None:
        """Those of all batches, where batches do not bring their own."""

    def batches(self) -> Iterator[Any]:
        """Yields them from the first on, each time it is called."""


def as_source(batches: Any, batch_size: int | None, *, read_once: bool = False) -> Source:
    """Returns the source of what a user passes as `batches`.

    `batch_size` is the number of rows that files and arrays are cut into; None: as many as are
    about 32 MiB. With `read_once`, an iterator will do. Raises TypeError or ValueError for anything
    else, and what opening a file raises.
    """
    if batch_size is not None:
        _check_batch_size(batch_size)
    source = _cut(batches, batch_size)
    if source is not None:
        return source
    if batch_size is not None:
        raise ValueError(
            "batch_size is for files, arrays and data sets, which are cut into batches; these "
            "batches are made already"
        )
    if isinstance(batches, list | tuple):
        return _Listed(batches)
    if callable(batches) and not hasattr(batches, "__iter__"):
        return _Called(batches)
    if hasattr(batches, "shape") or isinstance(batches, dict) or not hasattr(batches, "__iter__"):
        raise TypeError(
            f"batches must be {_WHAT_TO_PASS}, but is of type {type(batches).__name__}; a table "
            "that fits in memory is a list of one batch"
        )
    if iter(batches) is batches and not read_once:
        raise TypeError(
            "batches must be something that can be read again and again, once an iteration, but "
            f"this {type(batches).__name__} can be read only once: pass {_WHAT_TO_PASS}; or "
            "in_memory=True, which reads it once and keeps all batches"
        )
    return _Iterated(batches)


def _cut(batches: Any, batch_size: int | None) -> Source | None:
    """Returns the source of something that is cut into batches, or None where it is not that."""
    if isinstance(batches, str | os.PathLike):
        return file_source([os.fsdecode(batches)], batch_size)
    if isinstance(batches, np.ndarray):
        mapped = NpyBatches.of_map(batches, batch_size) if isinstance(batches, np.memmap) else None
        return mapped or _Sliced.of(batches, batch_size)
    if _arrow_batches.is_dataset(batches):
        return ArrowBatches(batches, batch_size)
    if _arrow_batches.is_table(batches):
        return ArrowBatches.of_table(batches, batch_size)
    if not isinstance(batches, list | tuple) or not batches:
        return None
    if not all(isinstance(path, str | os.PathLike) for path in batches):
        return None
    return file_source([os.fsdecode(path) for path in batches], batch_size)


def file_source(
    paths: Sequence[str], batch_size: int | None, columns: Sequence[str] | None = None
) -> Source:
    """Returns the source of files, all .npy or all Parquet, or folders of the latter.

    Of Parquet files these `columns`, or if that is None all. Raises OSError or ValueError.
    """
    kinds = {_kind(path) for path in paths}
    if kinds == {"npy"}:
        return _Chained([NpyBatches.of_file(path, batch_size) for path in paths])
    if kinds == {"Parquet"}:
        return ArrowBatches.of_files(paths, batch_size, columns)
    raise ValueError("batches must be .npy files alone, or Parquet files alone, but are both")


def kind_of_file(path: str) -> Literal["npy", "Parquet"] | None:
    """Returns which of these a file is by its first bytes, None if neither. Raises OSError."""
    with open(path, "rb") as file:
        first = file.read(max(len(_npy_batches.MAGIC), len(_arrow_batches.MAGIC)))
    if first.startswith(_npy_batches.MAGIC):
        return "npy"
    return "Parquet" if first.startswith(_arrow_batches.MAGIC) else None


def _kind(path: str) -> str:
    kind = "Parquet" if os.path.isdir(path) else kind_of_file(path)
    if kind is None:
        raise ValueError(f"{path} is neither a .npy nor a Parquet file")
    return kind


def _check_batch_size(batch_size: Any) -> None:
    is_int = isinstance(batch_size, int | np.integer) and not isinstance(batch_size, bool)
    if not is_int or batch_size < 1:
        raise ValueError(f"batch_size must be an int of at least 1 or None, but is {batch_size!r}")


@dataclass(frozen=True)
class _Listed:
    """Batches that are in memory."""

    items: Sequence[Any]
    is_own = False
    is_slow = False
    feature_names: FeatureNames | None = None

    def batches(self) -> Iterator[Any]:
        return iter(self.items)


@dataclass(frozen=True)
class _Sliced:
    """An array in memory."""

    array: NDArray[Any]
    batch_size: int
    is_own = False
    is_slow = False
    feature_names: FeatureNames | None = None

    @classmethod
    def of(cls, array: NDArray[Any], batch_size: int | None) -> _Sliced:
        if array.ndim != 2 or array.shape[1] == 0:
            raise ValueError(
                f"batches, as an array, must have the shape (n_samples, n_features), but has "
                f"{array.shape}"
            )
        size = rows_of_a_batch(array.shape[1], array.itemsize)
        return cls(array, size if batch_size is None else batch_size)

    def batches(self) -> Iterator[Any]:
        for first in range(0, len(self.array), self.batch_size):
            yield self.array[first : first + self.batch_size]


@dataclass(frozen=True)
class _Called:
    """What a function returns."""

    function: Callable[[], Iterable[Any]]
    is_own = False
    is_slow = True
    feature_names: FeatureNames | None = None

    def batches(self) -> Iterator[Any]:
        returned = self.function()
        if not hasattr(returned, "__iter__"):
            raise TypeError(
                "batches, as a function, must return an iterator over the batches, but returned "
                f"an object of type {type(returned).__name__}"
            )
        return iter(returned)


@dataclass(frozen=True)
class _Iterated:
    """Anything that can be iterated over."""

    items: Iterable[Any]
    is_own = False
    is_slow = True
    feature_names: FeatureNames | None = None

    def batches(self) -> Iterator[Any]:
        return iter(self.items)


@dataclass(frozen=True)
class _Chained:
    """One file after another; no batch has rows of two."""

    files: Sequence[NpyBatches]
    is_own = True
    is_slow = True
    feature_names: FeatureNames | None = None

    def batches(self) -> Iterator[Any]:
        for file in self.files:
            yield from file.batches()
