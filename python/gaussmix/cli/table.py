"""Read DATA, a CSV, .npy, Parquet or Excel file, and select the numbers to work with."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gaussmix.cli import csv_table, excel, npy, parquet
from gaussmix.cli.column import MISSING_MARKERS, Column, TextColumn, default_names, positions_of
from gaussmix.cli.layout import INDEX_NAME
from gaussmix.cli.messages import listed, shown
from gaussmix.cli.notation import SEVERAL

_ADVICE = {
    "decimal comma": "--decimal comma reads it",
    "decimal point": "--decimal point reads it",
    SEVERAL: "--delimiter space splits them",
}
# What stands for a class that is not known: some of the markers may be the name of one.
_NO_LABEL = MISSING_MARKERS - {"none", ".", "-"}
_PLAINLY = "numbers are like -1234.5, and --columns says which columns to use"


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
        may_have_header: whether the file is of a kind that may have one.
    """

    columns: list[Column]
    names: list[str] | None
    line_word: str
    may_have_header: bool = False

    @property
    def column_names(self) -> list[str]:
        """The names; without a header x1, x2, ..."""
        return self.names or default_names(len(self.columns))

    def labels(self, name: str, drop_missing: bool = False) -> NDArray[np.str_]:
        """Returns each row's text in the column that was read as `text_of`; "" for a missing one.

        Raises:
            ValueError: there is no such column, or two; or a cell is missing without
                `drop_missing`.
        """
        (index,) = positions_of([name], self.column_names)
        if self.column_names.count(name) > 1:
            raise ValueError(f"two columns are named {shown(name)}")
        column = self.columns[index]
        assert isinstance(column, TextColumn)
        for line, text in column.cells:
            if text.lower() in _NO_LABEL and not drop_missing:
                place = f"{self.line_word} {line}, column {shown(name)}"
                raise ValueError(
                    f"{place}: missing class ({shown(text)}); --drop-missing leaves such rows out"
                )
        texts = ("" if text.lower() in _NO_LABEL else text for _, text in column.cells)
        return np.array(list(texts), dtype=str)

    def select(
        self,
        wanted: Sequence[str] | None = None,
        drop_missing: bool = False,
        but: str | None = None,
    ) -> Selection:
        """Returns the numbers of the columns named, by default of all columns of numbers.

        Args:
            wanted: names of columns, in the order wanted.
            drop_missing: leave out the rows in which a selected column has a missing cell.
            but: the name of a column that is not to be among them.

        Raises:
            ValueError: a column is unknown, wanted twice or not numeric; or a cell in a selected
                column is text, infinite or, without `drop_missing`, missing; or no row or column
                is left.
        """
        if wanted is not None:
            if but in wanted:
                raise ValueError(
                    f"column {shown(str(but))} is the class, and cannot be used besides"
                )
            indices, left_out = positions_of(wanted, self.column_names), []
        else:
            others = [i for i, name in enumerate(self.column_names) if name != but]
            reasons = [self._why_not(i) for i in others]
            indices = [i for i, reason in zip(others, reasons, strict=True) if not reason]
            left_out = list(filter(None, reasons))
        if not indices:
            raise ValueError(f"no column is numeric: {listed(left_out)}")
        self._check(indices, drop_missing)
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

    def _why_not(self, i: int) -> str:
        """Returns which column is left out unless it is wanted, and why; "" if it is not."""
        name, column = self.column_names[i], self.columns[i]
        if i == 0 and name == "" and len(self.columns) > 1:
            return "the first (no name, so taken for row names)"
        if not len(column.numbers):
            return ""
        if not column.n_present:
            return f"{shown(name)} (no values)"
        if not column.is_numeric:
            few = f"only {column.n_numbers} of {column.n_present} values are numbers"
            return f"{shown(name)} ({few if column.n_numbers else 'not numeric'})"
        if INDEX_NAME.fullmatch(name) and len(self.columns) > 1 and column.is_whole:
            return f"{shown(name)} (taken for row numbers)"
        return ""

    def _check(self, indices: list[int], drop_missing: bool) -> None:
        """Raises for a name that is there twice, or the first cell of the worst kind."""
        names = self.column_names
        occurrences = Counter(names)
        for i in indices:
            if occurrences[names[i]] > 1:
                raise ValueError(f"two columns are named {shown(names[i])}")
        faults = [
            (rank, cell.line, i, cell.text, kind)
            for i in indices
            for rank, cell, kind in self.columns[i].faults
            if kind != "missing" or not drop_missing
        ]
        if faults:
            _, line, i, text, kind = min(faults)
            place = f"{self.line_word} {line}, column {shown(names[i])}"
            raise ValueError(f"{place}: {_explain(kind, shown(text), self.columns[i])}")


def _explain(kind: str, text: str, column: Column) -> str:
    if kind == "infinite":
        return f"{text} is not finite"
    if kind == "missing":
        return f"missing value ({text}); --drop-missing leaves such rows out"
    fault = f"{text} is not a number ({column.n_numbers} of {column.n_present} values are)"
    if kind == "text":
        return fault
    advice = "; ".join(advice for word, advice in _ADVICE.items() if word in kind)
    return f"{fault}: it has {kind}; {advice or _PLAINLY}"


def read(
    path: str,
    delimiter: str | None = None,
    header: bool | None = None,
    decimal: str = ".",
    text_of: str | None = None,
) -> Table:
    """Read a CSV file, a .npy array, a Parquet or an Excel file, told apart by their first bytes.

    Args:
        path: a file, or "-" for standard input.
        delimiter, header, decimal: see csv_table.parse; others than CSV files have none, but for
            the header of an Excel file.
        text_of: the name of a column that keeps its text, for `Table.labels`.

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
        return Table(npy.parse(data, text_of), None, "row")
    if data.startswith(parquet.MAGIC):
        names_there, columns_there = parquet.parse(data, text_of)
        return Table(columns_there, names_there, "row")
    if data.startswith(excel.MAGIC):
        sheet_names, sheet_columns = excel.parse(data, header, text_of)
        return Table(sheet_columns, sheet_names, "row", may_have_header=True)
    if data.startswith(excel.OLD_MAGIC):
        raise ValueError("it is of Excel before 2007, or protected: save it as .xlsx or .csv")
    names, columns = csv_table.parse(data, delimiter, header, decimal, text_of)
    return Table(columns, names, "line", may_have_header=True)
