"""Batches of rows of Parquet files and pyarrow's data sets; needs pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from gaussmix._batches.npy import rows_of_a_batch
from gaussmix._batches.prefetch import ITEMS_AT_ONCE
from gaussmix._types import FeatureNames, Floats

MAGIC = b"PAR1"


class ArrowBatches:
    """The rows of a data set in batches of equal size, whatever its files and row groups are.

    Columns must be numbers. They are float32 if all columns are, and else float64; what is missing
    is NaN. A batch is good until the third one after it is asked for.
    """

    is_own = True
    is_slow = True

    def __init__(
        self, dataset: Any, batch_size: int | None, columns: Sequence[str] | None = None
    ) -> None:
        schema = dataset.schema
        self._dataset = dataset
        self._columns = list(schema.names if columns is None else columns)
        _check_names(self._columns, schema.names)
        types = [schema.field(name).type for name in self._columns]
        _check(self._columns, types)
        single = all(str(each) == "float" for each in types)
        self.dtype = np.dtype(np.float32 if single else np.float64)
        self.feature_names: FeatureNames | None = np.array(self._columns, dtype=object)
        size = rows_of_a_batch(len(types), self.dtype.itemsize)
        if batch_size is not None:  # a batch of more than all rows would take the memory for it
            size = batch_size if batch_size <= size else min(batch_size, dataset.count_rows())
        self.batch_size = max(1, size)

    @classmethod
    def of_files(
        cls,
        paths: Sequence[str],
        batch_size: int | None,
        columns: Sequence[str] | None = None,
    ) -> ArrowBatches:
        """Of Parquet files, or of folders of them. Raises ImportError, OSError, ValueError."""
        source: Any = paths[0] if len(paths) == 1 else list(paths)
        return cls(_pyarrow().dataset(source, format="parquet"), batch_size, columns)

    @classmethod
    def of_table(cls, table: Any, batch_size: int | None) -> ArrowBatches:
        """Of a pyarrow Table or RecordBatch."""
        return cls(_pyarrow().dataset(table), batch_size)

    def batches(self) -> Iterator[Floats]:
        """Yields the batches, from the first on. Raises what pyarrow does."""
        shape = (self.batch_size, len(self._columns))
        buffers = [np.empty(shape, self.dtype) for _ in range(ITEMS_AT_ONCE)]
        n_filled = n_yielded = 0
        for part in self._parts():
            taken = 0
            while taken < part.num_rows:
                count = min(part.num_rows - taken, self.batch_size - n_filled)
                out = buffers[n_yielded % len(buffers)]
                _copy(part.slice(taken, count), out[n_filled : n_filled + count])
                taken, n_filled = taken + count, n_filled + count
                if n_filled == self.batch_size:
                    yield out
                    n_filled, n_yielded = 0, n_yielded + 1
        if n_filled:
            yield buffers[n_yielded % len(buffers)][:n_filled]

    def _parts(self) -> Iterator[Any]:
        parts: Iterator[Any] = self._dataset.to_batches(
            columns=self._columns,
            batch_size=self.batch_size,
            batch_readahead=1,
            fragment_readahead=1,
        )
        return parts


def is_dataset(value: Any) -> bool:
    """Whether this is a data set of pyarrow."""
    return _is_of(value, "Dataset")


def is_table(value: Any) -> bool:
    """Whether this is a Table or RecordBatch of pyarrow."""
    return _is_of(value, "Table") or _is_of(value, "RecordBatch")


def _is_of(value: Any, name: str) -> bool:
    return any(
        base.__name__ == name and base.__module__.split(".")[0] == "pyarrow"
        for base in type(value).__mro__
    )


def _pyarrow() -> ModuleType:
    try:
        import pyarrow.dataset
    except ImportError:
        raise ImportError(
            "Parquet files are read with pyarrow, which is not installed: pip install "
            "'gaussmix[arrow]'"
        ) from None
    return pyarrow.dataset  # type: ignore[no-any-return]


def _check_names(names: Sequence[str], every: Sequence[str]) -> None:
    """Raises ValueError where there are none, or where a name does not say which column it is."""
    if not names:
        raise ValueError("the data set has no columns")
    for name in names:
        if every.count(name) > 1:
            raise ValueError(f"{every.count(name)} columns of the data set are named {name!r}")


def _check(names: Sequence[str], types: Sequence[Any]) -> None:
    import pyarrow.types

    for name, of_column in zip(names, types, strict=True):
        tests = (
            pyarrow.types.is_floating,
            pyarrow.types.is_integer,
            pyarrow.types.is_boolean,
            pyarrow.types.is_decimal,
            pyarrow.types.is_null,
        )
        if not any(test(of_column) for test in tests):
            raise ValueError(
                f"column {name!r} holds {of_column}, not real numbers: choose others, for instance "
                "by a callable that returns dataset.to_batches(columns=[...])"
            )


def _copy(part: Any, out: Floats) -> None:
    for i, column in enumerate(part.columns):
        values = column.to_numpy(zero_copy_only=False)
        if values.dtype.kind == "O":  # decimals, booleans with missing ones, nothing but those
            values = np.array([np.nan if v is None else float(v) for v in values.tolist()])
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is found so
            out[:, i] = values
