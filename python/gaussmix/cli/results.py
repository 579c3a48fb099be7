"""Results of rows, which a command writes: CSV on standard output, or a .csv or .npy file."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._atomic_file import replace_file
from gaussmix.cli.files import check_output


def check_results(path: str, *inputs: str) -> None:
    """Raises if no results can be written to the file of -o; "-" is standard output."""
    if path == "-":
        return
    if os.path.splitext(path)[1] not in (".csv", ".npy"):
        raise ValueError(f"-o {path}: the name must end in .csv or .npy")
    check_output("-o", path, *inputs)


def write_results(
    path: str,
    header: Sequence[str],
    columns: Sequence[NDArray[Any]],
    complete: NDArray[np.bool_],
    array: NDArray[Any],
) -> None:
    """Writes columns of results under a header, or to a .npy file the array.

    `complete` (n_rows of DATA,) tells which rows have results; the others get empty cells.
    """
    if path == "-":
        sys.stdout.writelines(_csv_lines(header, columns, complete))
        return
    with replace_file(path) as file:
        if path.endswith(".npy"):
            np.save(file, array)
        else:
            file.writelines(line.encode() for line in _csv_lines(header, columns, complete))


def for_all_rows(
    found: NDArray[Any], complete: NDArray[np.bool_], missing: float | str
) -> NDArray[Any]:
    """Returns the results with one for each row of DATA: `missing` where there is none."""
    every = np.full((len(complete), *found.shape[1:]), missing, dtype=found.dtype)
    every[complete] = found
    return every


def _csv_lines(
    header: Sequence[str], columns: Sequence[NDArray[Any]], complete: NDArray[np.bool_]
) -> Iterator[str]:
    """Yields a header and a line for each row of DATA, with empty cells where there is no result.

    Numbers are written with the digits that give the same bits when they are read again.
    """
    yield _csv_line(header)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    empty = ",".join([""] * len(header)) + "\n"
    for present in complete.tolist():
        yield _csv_line(next(rows)) if present else empty


def _csv_line(cells: Sequence[Any]) -> str:
    """Returns a line of CSV; text is quoted where it has to be."""
    if not any(isinstance(cell, str) for cell in cells):
        return ",".join(map(repr, cells)) + "\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
