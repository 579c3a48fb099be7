"""Batches as they are read, again and again: each checked, and all of the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gaussmix._arrays import as_known_labels, as_sample_weight, as_table, check_finite
from gaussmix._batches.prefetch import close, prefetched
from gaussmix._batches.sources import Source
from gaussmix._feature_names import feature_names_of
from gaussmix._types import FeatureNames, Floats


class Batch(NamedTuple):
    """The rows of a batch that count, at least one, all finite."""

    number: int
    n_read: int
    """How many rows the batch has, with those that do not count."""
    rows: Floats
    weights: NDArray[np.float64] | None
    labels: NDArray[np.int32] | None


Read: TypeAlias = Callable[[], AbstractContextManager[Iterator[Batch]]]
"""Begins a pass over batches: see `BatchReader.read`."""


class BatchReader:
    """Reads the batches of a source.

    Parameters
    ----------
    source : Source
    class_name : str
        Of the estimator, for messages.
    n_components : int
    noise : bool
        Whether the component n_components is there, as a known label.
    sample_weight : array-like of shape (n_samples,) or None
        The weights of all rows, one batch after another, where batches do not bring them.
    """

    def __init__(
        self,
        source: Source,
        class_name: str,
        *,
        n_components: int,
        noise: bool,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        self._source, self._class_name = source, class_name
        self._n_components, self._noise = n_components, noise
        self._sample_weight = None if sample_weight is None else _weights_of_all(sample_weight)
        self._n_features: int | None = None
        self._names: FeatureNames | None = None
        self.dtype: DTypeLike | None = None
        """Of the rows; None: float32 where the batch is that, and else float64."""

    @property
    def n_features(self) -> int | None:
        """The number of columns; None before there was a batch."""
        return self._n_features

    @property
    def feature_names(self) -> FeatureNames | None:
        """The names of the columns; None where there are none."""
        return self._names

    @contextmanager
    def read(self, *, to_keep: bool = False) -> Iterator[Iterator[Batch]]:
        """Yields an iterator over the batches that have rows which count; closes it at the end.

        A batch is good until the next one is asked for, or with `to_keep` for ever. The iterator
        raises ValueError or TypeError for a batch that cannot be used, and what the source raises.
        """
        if self._source.is_slow:
            batches = prefetched(lambda: self._checked(to_keep))
        else:
            batches = self._checked(to_keep)
        try:
            yield batches
        finally:
            close(batches)

    def _checked(self, to_keep: bool) -> Iterator[Batch]:
        items = self._source.batches()
        first = 0
        try:
            for number, item in enumerate(items):
                with _about(number):
                    X, weights, labels = self._parts(item)
                    if _is_empty(X):
                        continue
                    batch = self._check(number, X, weights, labels, first)
                first += batch.n_read
                if len(batch.rows):
                    yield self._own(batch, X, to_keep)
        finally:
            close(items)
        if self._sample_weight is not None and first != len(self._sample_weight):
            raise ValueError(
                f"sample_weight has {len(self._sample_weight)} weights, but the batches have "
                f"{first} rows"
            )

    def _parts(self, item: Any) -> tuple[Any, Any, Any]:
        if not isinstance(item, tuple):
            return item, None, None
        if len(item) not in (2, 3):
            raise ValueError(
                "a batch that is a tuple must be (X, sample_weight) or (X, sample_weight, "
                f"known_labels), but has {len(item)} items"
            )
        return item[0], item[1], item[2] if len(item) == 3 else None

    def _check(self, number: int, X: Any, sample_weight: Any, labels: Any, first: int) -> Batch:
        table = as_table(X, self._class_name, self.dtype)
        self._check_columns(X, table)
        if self._sample_weight is not None:
            if sample_weight is not None:
                raise ValueError("it brings weights, and sample_weight is given besides")
            sample_weight = self._sample_weight[first : first + len(table)]
        weights = as_sample_weight(sample_weight, len(table), all_zero=True)
        known = as_known_labels(labels, len(table), self._n_components, noise=self._noise)
        counts = None if weights is None or weights.all() else weights > 0
        rows = table
        if weights is not None and counts is not None:
            rows, weights = table[counts], weights[counts]
            known = None if known is None else known[counts]
        if weights is not None and (weights == 1).all():
            weights = None  # to the bit what comes without weights
        try:
            check_finite(rows, "X", self._class_name, feature_names_of(X))
        except ValueError as error:
            raise ValueError(f"row {_first_not_finite(table, counts)}: {error}") from None
        return Batch(number, len(table), rows, weights, known)

    def _check_columns(self, X: Any, table: Floats) -> None:
        names = feature_names_of(X)
        if names is None:
            names = self._source.feature_names
        if self._n_features is None:
            self._n_features, self._names = table.shape[1], names
            return
        if table.shape[1] != self._n_features:
            raise ValueError(
                f"it has {table.shape[1]} features, but the batches before have {self._n_features}"
            )
        if _as_list(names) != _as_list(self._names):
            raise ValueError(
                f"its feature names are {_as_list(names)}, but those of the batches before are "
                f"{_as_list(self._names)}"
            )

    def _own(self, batch: Batch, X: Any, to_keep: bool) -> Batch:
        """The batch in memory that nobody else writes to while it is in use.

        Whoever makes batches may use the memory of one for the next.
        """
        if self._source.is_own and not to_keep:
            return batch
        if not self._source.is_own and not self._source.is_slow:
            return batch
        is_converted = isinstance(X, np.ndarray) and not np.may_share_memory(batch.rows, X)
        return batch._replace(
            rows=batch.rows if is_converted else batch.rows.copy(),
            weights=None if batch.weights is None else batch.weights.copy(),
            labels=None if batch.labels is None else batch.labels.copy(),
        )


@contextmanager
def _about(number: int) -> Iterator[None]:
    """Begins the messages of errors with the number of the batch."""
    try:
        yield
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        comma = ", " if str(error).startswith("row ") else ": "
        raise kind(f"batch {number}{comma}{error}") from error


def _is_empty(X: Any) -> bool:
    shape = np.shape(X) if isinstance(X, list | tuple) else getattr(X, "shape", None)
    return shape is not None and len(shape) > 0 and shape[0] == 0


def _weights_of_all(sample_weight: Any) -> NDArray[Any]:
    weights = np.asarray(sample_weight)
    if weights.ndim != 1:
        raise ValueError(f"sample_weight must have the shape (n_samples,), but has {weights.shape}")
    return weights


def _first_not_finite(table: Floats, counts: NDArray[np.bool_] | None) -> int:
    wrong = ~np.isfinite(table).all(axis=1)
    if counts is not None:
        wrong &= counts
    return int(wrong.argmax())


def _as_list(names: FeatureNames | None) -> list[str] | None:
    return None if names is None else names.tolist()
