"""Read Parquet files, with pyarrow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches.arrow import MAGIC as MAGIC
from gaussmix.cli.column import Column, TextColumn

_NEEDS = "a Parquet file is read with pyarrow: pip install 'gaussmix[arrow]'"


def parse(data: bytes, text_of: str | None = None) -> tuple[list[str], list[Column]]:
    """Returns the names and the columns of a Parquet file; numbers are float32 if they are that.

    The column whose name is `text_of` is a TextColumn; one that holds no numbers has texts.

    Raises:
        ValueError: `data` is no Parquet file, or pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(_NEEDS) from None
    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"it is not a sound Parquet file: {error}") from error
    names: list[str] = list(table.column_names)
    columns: list[Column] = []
    for name, values in zip(names, table.columns, strict=True):
        column = TextColumn() if name == text_of else Column()
        if is_numeric(values.type):
            column.add_array(_numbers(values))
        else:
            texts = ["" if value is None else str(value) for value in values.to_pylist()]
            column.add(texts, range(1, len(texts) + 1))
        columns.append(column)
    return names, columns


def schema(path: str) -> Any:
    """Returns the names and the types of the columns of a Parquet file. Raises ValueError."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ValueError(_NEEDS) from None
    try:
        return pyarrow.parquet.read_schema(path)
    except pyarrow.ArrowException as error:
        raise ValueError(f"it is not a sound Parquet file: {error}") from error


def is_numeric(of_column: Any) -> bool:
    """Whether a type of pyarrow is of real numbers."""
    import pyarrow.types as types

    tests = (types.is_floating, types.is_integer, types.is_boolean, types.is_decimal)
    return any(test(of_column) for test in tests)


def _numbers(values: Any) -> NDArray[np.floating[Any]]:
    array: NDArray[Any] = values.to_numpy()
    if array.dtype.kind == "O":
        array = np.array([np.nan if value is None else float(value) for value in array.tolist()])
    return array.astype(np.float32 if array.dtype == np.float32 else np.float64, copy=False)
