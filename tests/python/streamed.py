"""Rows cut into batches, and sources that all give the same ones."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from data import Floats


def cut(X: Floats, size: int) -> list[Floats]:
    return [X[first : first + size] for first in range(0, len(X), size)]


def write_npy(path: Path, X: Floats) -> str:
    np.save(path, X)
    return str(path)


def write_parquet(path: Path, X: Floats, row_group_size: int) -> str:
    columns = {f"x{i}": X[:, i] for i in range(X.shape[1])}
    pq.write_table(pa.table(columns), path, row_group_size=row_group_size)
    return str(path)


def again_and_again(batches: list[Any]) -> Callable[[], Iterator[Any]]:
    """A function that returns a generator, whose arrays are all in the same memory."""

    def iterate() -> Iterator[Any]:
        memory = np.empty((max(map(len, batches)), batches[0].shape[1]), batches[0].dtype)
        for batch in batches:
            memory[: len(batch)] = batch
            yield memory[: len(batch)]
            memory.fill(np.nan)

    return iterate
