"""One column of DATA: its numbers, and the first cell of each kind that is not a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MISSING_MARKERS = frozenset({"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "?", ".", "-"})


class Cell(NamedTuple):
    """A cell as it was written, and the line (of a .npy array: the row) it is in, from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class Column:
    """A column as read: (n_rows,) numbers, nan where a cell is missing or is text."""

    numbers: NDArray[np.floating[Any]]
    n_missing: int = 0
    n_text: int = 0
    first_missing: Cell | None = None
    first_text: Cell | None = None
    first_infinite: Cell | None = None

    @property
    def n_numbers(self) -> int:
        return len(self.numbers) - self.n_missing - self.n_text


@lru_cache(maxsize=1024)
def read_cell(cell: str) -> float | None:
    """Returns the number in a cell, nan if the cell is missing, None if it is text."""
    text = cell.strip()
    if text.lower() in MISSING_MARKERS:
        return np.nan
    # float() also takes 1_000 and the digits of other scripts, which no table means as numbers.
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


class ColumnBuilder:
    """Collects a column from batches of cells."""

    def __init__(self) -> None:
        self._batches: list[NDArray[np.float64]] = []
        self._n_missing = 0
        self._n_text = 0
        self._first: dict[str, Cell] = {}

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Appends a batch of cells, which stand in these lines."""
        joined = "".join(cells)
        if "_" not in joined and joined.isascii():
            try:
                numbers = np.array(list(map(float, cells)))
            except ValueError:
                pass
            else:
                if np.isfinite(numbers).all():
                    self._batches.append(numbers)
                    return
        self._batches.append(
            np.array([self._read(cell, line) for cell, line in zip(cells, lines, strict=True)])
        )

    def _read(self, cell: str, line: int) -> float:
        number = read_cell(cell)
        if number is None:
            self._n_text += 1
            self._first.setdefault("text", Cell(line, cell))
            return np.nan
        if np.isnan(number):
            self._n_missing += 1
            self._first.setdefault("missing", Cell(line, cell))
        elif np.isinf(number):
            self._first.setdefault("infinite", Cell(line, cell))
        return number

    def build(self) -> Column:
        return Column(
            np.concatenate(self._batches) if self._batches else np.empty(0),
            self._n_missing,
            self._n_text,
            self._first.get("missing"),
            self._first.get("text"),
            self._first.get("infinite"),
        )
