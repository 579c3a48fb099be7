"""Read delimited text, and sort its cells into columns."""

import csv
from collections.abc import Iterator
from itertools import chain, islice

from gaussmix.cli import layout
from gaussmix.cli.column import Column, TextColumn, default_names
from gaussmix.cli.lines import Lines
from gaussmix.cli.messages import shown

Record = tuple[int, list[str]]

_SAMPLE_LINES = 200
# A batch's cells stay in the processor's cache: larger batches were slower.
_BATCH_ROWS = 256
_LONGEST_CELL = 2**31 - 1


def parse(
    data: bytes,
    delimiter: str | None = None,
    header: bool | None = None,
    decimal: str = ".",
    text_of: str | None = None,
) -> tuple[list[str] | None, list[Column]]:
    """Returns the names in the header (None without a header) and the columns of a CSV file.

    Args:
        data: the file, as UTF-8 or, with a byte order mark, UTF-16.
        delimiter: a key of DELIMITERS; None detects it.
        header: whether the first record names the columns; None detects it.
        decimal: the decimal mark, "." or ",".
        text_of: the name of a column that keeps its text, a TextColumn; without a header x1, ...

    Raises:
        ValueError: the text is not a table, or its delimiter or header is in doubt.
    """
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = Lines(data)
        filled = (line for line in lines if line.strip() and not line.startswith("# "))
        sample = list(islice(filled, _SAMPLE_LINES))
        mark = layout.DELIMITERS[delimiter] if delimiter else lines.separator
        mark = mark or layout.detect_delimiter(sample, decimal)
        records = _records(lines, mark)
        head = list(islice(records, _SAMPLE_LINES))
        rows = [row for _, row in head]
        if not rows:
            raise ValueError("it is empty")
        if layout.row_names_lead(rows, sample, mark):
            rows[0] = ["", *rows[0]]
        (comment,) = layout.split([lines.comment], mark)
        names = layout.find_names(rows, comment, header, decimal)
        width = len(names or head[0][1])
        if names is rows[0]:
            del head[0]
        names = names and [name.strip() for name in names]
        kinds = [TextColumn if n == text_of else Column for n in names or default_names(width)]
        columns = [kind(decimal) for kind in kinds]
        _fill(columns, chain(head, records))
    finally:
        csv.field_size_limit(limit)
    return names, columns


def _records(lines: Lines, mark: str) -> Iterator[Record]:
    """Yields each record, but for comments, and the line it begins in.

    Empty ones, of blanks or delimiters alone, are rows if they stand between others; but blank
    lines only in a file of one column.
    """
    rows = layout.split(lines, mark, strict=True)
    width, line, empty = 0, lines.n_above + 1, list[Record]()
    try:
        for row in rows:
            if not any(map(str.strip, row)):
                if width and (width == 1 or len(row) > 1):
                    empty.append((line, row or [""]))
            elif row[0] != "#" and not row[0].startswith("# "):
                width = width or len(row)
                yield from empty
                empty.clear()
                yield line, row
            line = lines.n_above + rows.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line}: {error}; is a quote not closed?") from error


def _fill(columns: list[Column], records: Iterator[Record]) -> None:
    width = len(columns)
    while batch := list(islice(records, _BATCH_ROWS)):
        lines, rows = zip(*batch, strict=True)
        if set(map(len, rows)) != {width}:
            line, row = next((line, row) for line, row in batch if len(row) != width)
            hint = "; if commas are decimal, say --decimal comma" if width == 1 else ""
            raise ValueError(
                f"line {line} has {len(row)} fields, but the first has {width} "
                f"(it begins with {shown(row[0])}){hint}"
            )
        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            column.add(cells, lines)
