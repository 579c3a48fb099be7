"""Read workbooks of Excel (.xlsx), with openpyxl: the first sheet that has cells."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from gaussmix.cli import layout
from gaussmix.cli.column import Column, TextColumn, default_names
from gaussmix.cli.messages import listed, say, shown

MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"

_NEEDS = "an Excel file is read with openpyxl: pip install 'gaussmix[excel]'"
_LOOKED_AT = 200


def parse(
    data: bytes, header: bool | None = None, text_of: str | None = None
) -> tuple[list[str] | None, list[Column]]:
    """Returns the names in the header (None without a header) and the columns of a workbook.

    Of several sheets with cells, the first is read, and a message names the others. Cells hold
    what Excel computed last. The column whose name is `text_of` is a TextColumn.

    Raises:
        ValueError: `data` is no workbook or has no cells, its header is in doubt, or openpyxl is
            not installed.
    """
    first, rows = _rows(_workbook(data))
    texts = [[_text(cell) for cell in row] for row in rows]
    names = layout.find_names(texts[:_LOOKED_AT], [], header, ".")
    if names is not None:
        first, texts, names = first + 1, texts[1:], [name.strip() for name in names]
    every = names or default_names(len(rows[0]))
    columns = [TextColumn() if name == text_of else Column() for name in every]
    lines = range(first, first + len(texts))
    for column, cells in zip(columns, zip(*texts, strict=True), strict=False):
        column.add(cells, lines)
    return names, columns


def _workbook(data: bytes) -> Any:
    if b"xl/workbook.xml" not in data:
        raise ValueError("it is binary: a zip file, and no Excel workbook")
    try:
        import openpyxl
    except ImportError:
        raise ValueError(_NEEDS) from None
    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (KeyError, OSError, SyntaxError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"it is not a sound Excel workbook: {error}") from error


def _rows(workbook: Any) -> tuple[int, list[list[Any]]]:
    """Returns the number of the table's first row, from 1, and the rows without empty edges."""
    filled = {
        sheet.title: rows for sheet in workbook.worksheets if (rows := _table(sheet)) is not None
    }
    if not filled:
        raise ValueError("it is empty")
    title, *others = filled
    if others:
        say(f"of the sheets, {shown(title)} is read, and not {listed(map(shown, others))}")
    return filled[title]


def _table(sheet: Any) -> tuple[int, list[list[Any]]] | None:
    every = [list(row) for row in sheet.iter_rows(values_only=True)]
    there = [i for i, row in enumerate(every) if any(cell is not None for cell in row)]
    if not there:
        return None
    rows = every[there[0] : there[-1] + 1]
    width = max(map(len, rows))
    rows = [row + [None] * (width - len(row)) for row in rows]
    columns = [j for j, column in enumerate(zip(*rows, strict=True)) if _any(column)]
    return there[0] + 1, [row[columns[0] : columns[-1] + 1] for row in rows]


def _any(cells: Sequence[Any]) -> bool:
    return any(cell is not None for cell in cells)


def _text(cell: Any) -> str:
    """Returns a cell as CSV would have it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)
