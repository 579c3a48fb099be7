"""Read DATA, a CSV file or a .npy array, and select the numbers to work with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gaussmix.cli import csv_table, npy
from gaussmix.cli.column import Cell, Column
from gaussmix.cli.messages import listed, shown


@dataclass(frozen=True)
class Selection:
    """The numbers selected from a table, in a form that estimators take for a data frame.

    Attributes:
        values: (n_rows, n_columns), finite; float32 from a float32 array, else float64.
        columns: the columns' names, or None where the table has none and none were asked for.
        complete: (n_rows of the table,) whether `values` has that row.
        left_out: a phrase for each column that was left out: its name and why.
    """

    values: NDArray[Any]
    columns: list[str] | None
    complete: NDArray[np.bool_]
    left_out: list[str]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype) if copy else np.asarray(self.values, dtype)


@dataclass(frozen=True)
class Table:
    """DATA as read: columns of equal length.

    Attributes:
        columns: the columns, with their oddities.
        names: their names, or None if the file has no header.
        line_word: "line" or "row", what the positions of cells count.
    """

    columns: list[Column]
    names: list[str] | None
    line_word: str

    @property
    def column_names(self) -> list[str]:
        """The names; without a header x1, x2, ..."""
        return self.names or default_names(len(self.columns))

    def select(self, wanted: Sequence[str] | None = None, drop_missing: bool = False) -> Selection:
        """Returns the numbers of the columns named, by default of every numeric column.

        A column is numeric if at least half of its cells that are not missing are numbers; a first
        column without a name holds row names, and is not.

        Args:
            wanted: names of columns, in the order wanted.
            drop_missing: leave out the rows in which a selected column has a missing cell.

        Raises:
            ValueError: a column is unknown, wanted twice or not numeric; or a cell in a selected
                column is text, infinite or, without `drop_missing`, missing; or no row or column
                is left.
        """
        left_out: list[str] = []
        if wanted is None:
            indices, left_out = self._numeric()
        else:
            indices = self._find(wanted)
        self._check_names(indices)
        self._check_cells(indices, drop_missing)
        values = np.column_stack([self.columns[i].numbers for i in indices])
        if not len(values):
            raise ValueError("there are no rows")
        complete = np.logical_not(np.isnan(values).any(axis=1))
        if not complete.any():
            raise ValueError("every row has a missing value")
        names = self.names if wanted is None else self.column_names
        return Selection(
            values if complete.all() else values[complete],
            None if names is None else [names[i] for i in indices],
            complete,
            left_out,
        )

    def _numeric(self) -> tuple[list[int], list[str]]:
        indices, left_out = [], []
        for i, (name, column) in enumerate(zip(self.column_names, self.columns, strict=True)):
            present = column.n_numbers + column.n_text
            if i == 0 and name == "" and len(self.columns) > 1:
                left_out.append("the first (no name, so taken for row names)")
            elif not len(column.numbers):
                indices.append(i)
            elif not column.n_numbers:
                left_out.append(f"{shown(name)} ({'not numeric' if present else 'no values'})")
            elif column.n_numbers < column.n_text:
                left_out.append(
                    f"{shown(name)} (only {column.n_numbers} of {present} values are numbers)"
                )
            else:
                indices.append(i)
        if not indices:
            raise ValueError(f"no column is numeric: {listed(left_out)}")
        return indices, left_out

    def _find(self, wanted: Sequence[str]) -> list[int]:
        names = self.column_names
        positions = {name: i for i, name in enumerate(names)}
        if unknown := [shown(name) for name in wanted if name not in positions]:
            raise ValueError(
                f"no column is named {listed(unknown)}; "
                f"there {'is' if len(names) == 1 else 'are'} {listed(map(shown, names))}"
            )
        if len(set(wanted)) < len(wanted):
            raise ValueError(f"a column is wanted twice: {listed(map(shown, wanted))}")
        return [positions[name] for name in wanted]

    def _check_names(self, indices: list[int]) -> None:
        names = self.column_names
        occurrences = Counter(names)
        for i in indices:
            if occurrences[names[i]] > 1:
                raise ValueError(f"two columns are named {shown(names[i])}")

    def _check_cells(self, indices: list[int], drop_missing: bool) -> None:
        """Raises for the first cell that is text, or else infinite, or else missing."""
        for kind in ("text", "infinite", "missing"):
            cells: list[tuple[Cell, int]] = [
                (cell, i)
                for i in indices
                if (cell := getattr(self.columns[i], f"first_{kind}")) is not None
            ]
            if not cells or (kind == "missing" and drop_missing):
                continue
            cell, i = min(cells)
            raise ValueError(
                f"{self.line_word} {cell.line}, column {shown(self.column_names[i])}: "
                + _fault(kind, cell, self.columns[i])
            )


def default_names(n_columns: int) -> list[str]:
    """Returns the names of columns that have none: x1, x2, ..."""
    return [f"x{i + 1}" for i in range(n_columns)]


def _fault(kind: str, cell: Cell, column: Column) -> str:
    text = shown(cell.text)
    if kind == "text":
        present = column.n_numbers + column.n_text
        return f"{text} is not a number ({column.n_numbers} of {present} values are)"
    if kind == "infinite":
        return f"{text} is not finite"
    return f"missing value ({text}); --drop-missing leaves such rows out"


def read(path: str, delimiter: str | None = None, header: bool | None = None) -> Table:
    """Read a CSV file or a .npy array, told apart by their first bytes.

    Args:
        path: a file, or "-" for standard input.
        delimiter, header: see csv_table.parse; a .npy array has neither.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a table.
    """
    if path != "-":
        data = Path(path).read_bytes()
    elif sys.stdin is not None:
        data = sys.stdin.buffer.read()
    else:
        raise ValueError("it is closed")
    if data.startswith(npy.MAGIC):
        return Table(_array_columns(npy.parse(data)), None, "row")
    names, columns = csv_table.parse(data, delimiter, header)
    return Table(columns, names, "line")


def _array_columns(array: NDArray[Any]) -> list[Column]:
    if array.dtype.kind not in "fiub":
        raise ValueError(f"the array holds {array.dtype}, not real numbers")
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"the array has shape {array.shape}, not (rows, columns)")
    single = array.dtype == np.float32
    return [
        _array_column(column.astype(np.float32 if single else np.float64)) for column in array.T
    ]


def _array_column(numbers: NDArray[Any]) -> Column:
    if np.isfinite(numbers).all():
        return Column(numbers)
    missing, infinite = np.isnan(numbers), np.isinf(numbers)
    return Column(
        numbers,
        n_missing=int(missing.sum()),
        first_missing=_first(missing, "nan"),
        first_infinite=_first(infinite, "inf"),
    )


def _first(found: NDArray[np.bool_], text: str) -> Cell | None:
    return Cell(int(np.argmax(found)) + 1, text) if found.any() else None
