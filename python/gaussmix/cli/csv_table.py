"""Read delimited text: find its encoding, delimiter and header, and sort its cells into columns."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from itertools import islice

from gaussmix.cli.column import Column, ColumnBuilder, read_cell
from gaussmix.cli.messages import shown

DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}

Records = Iterator[tuple[int, list[str]]]

_SAMPLE_LINES = 200
# A batch's cells stay in the processor's cache: larger batches were slower.
_BATCH_ROWS = 256


def parse(
    data: bytes, delimiter: str | None = None, header: bool | None = None
) -> tuple[list[str] | None, list[Column]]:
    """Returns the names in the header (None without a header) and the columns of a CSV file.

    Args:
        data: the file, as UTF-8 or, with a byte order mark, UTF-16.
        delimiter: a key of DELIMITERS; "space" is any run of spaces and tabs. None detects it.
        header: whether the first record names the columns. None detects it.

    Raises:
        ValueError: the text is not a table, or its delimiter or header is ambiguous.
    """
    encoding = _encoding(data)
    if delimiter is None:
        mark = _detect_delimiter(_sample_lines(data, encoding))
    else:
        mark = DELIMITERS[delimiter]
    sample = [row for _, row in islice(_records(data, encoding, mark), _SAMPLE_LINES)]
    if not sample:
        raise ValueError("it is empty")
    if header is None:
        header = _detect_header(sample[0], sample[1:])
    records = _records(data, encoding, mark)
    names = [name.strip() for name in next(records)[1]] if header else None
    return names, _columns(records, len(sample[0]))


def _encoding(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not utf16 and b"\0" in data:
        raise ValueError("it is binary, neither CSV nor .npy")
    encoding = "utf-16" if utf16 else "utf-8-sig"
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(data[: error.start].splitlines()) or 1
        raise ValueError(
            f"line {line}: it is not {'UTF-16' if utf16 else 'UTF-8'} text; save it as UTF-8"
        ) from error
    return encoding


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _sample_lines(data: bytes, encoding: str) -> list[str]:
    filled = (line for line in _lines(data, encoding) if line.strip())
    return list(islice(filled, _SAMPLE_LINES))


def _detect_delimiter(sample: list[str]) -> str:
    """Returns the mark that splits the first line; of several, the one that splits all alike."""
    splits = {}
    for mark in "\t,;|":
        try:
            rows = list(csv.reader(sample, delimiter=mark))
        except csv.Error:
            continue
        if rows and len(rows[0]) > 1:
            splits[mark] = rows
    if not splits:
        words = [len(line.split()) for line in sample[:2]]
        return " " if words and min(words) > 1 else ","
    alike = [mark for mark, rows in splits.items() if len(set(map(len, rows))) == 1]
    if "\t" in alike:
        return "\t"
    candidates = list(splits) if len(splits) == 1 else alike
    if len(candidates) != 1:
        raise _doubtful_delimiter(splits)
    (mark,) = candidates
    if mark == "," and any(_holds_numbers(cell) for row in splits[mark] for cell in row):
        raise _doubtful_delimiter(", ")
    return mark


def _holds_numbers(cell: str) -> bool:
    """Tells whether a cell is several numbers with spaces between, as when commas are decimal."""
    words = cell.split()
    return len(words) > 1 and all(_kind(word) == "number" for word in words)


def _doubtful_delimiter(marks: Collection[str]) -> ValueError:
    candidates = " or ".join(name for name, mark in DELIMITERS.items() if mark in marks)
    return ValueError(f"its delimiter may be {candidates}; say which with --delimiter")


def _detect_header(first: list[str], others: list[list[str]]) -> bool:
    """Tells whether the first record holds names: text above numbers, or nothing but text."""
    kinds = [_kind(cell) for cell in first]
    if not others:
        return "number" not in kinds
    above_numbers = [
        kind
        for kind, cells in zip(kinds, zip(*others, strict=False), strict=False)
        if _mostly_numbers(cells)
    ]
    named = "text" in above_numbers
    if named and "number" in above_numbers:
        raise ValueError(
            "the first line has both names and numbers above numbers; say what it is "
            "with --header or --no-header"
        )
    if _counts_up(first):
        raise ValueError(
            "the first line counts 0, 1, 2, ..., as generated names do; say what it is "
            "with --header or --no-header"
        )
    return named or set(kinds) == {"text"}


def _kind(cell: str) -> str:
    number = read_cell(cell)
    if number is None:
        return "text"
    return "missing" if number != number else "number"


def _mostly_numbers(cells: tuple[str, ...]) -> bool:
    kinds = [_kind(cell) for cell in cells]
    return kinds.count("number") > kinds.count("text")


def _counts_up(first: list[str]) -> bool:
    names = [cell.strip() for cell in first if cell.strip()]
    return len(names) > 2 and names == [str(i) for i in range(len(names))]


def _records(data: bytes, encoding: str, delimiter: str) -> Records:
    """Yields each record and the line it begins in; blank lines are no records.

    But in a file of one column a blank line between others is a missing cell.
    """
    lines = _lines(data, encoding)
    if delimiter == " ":
        lines = (re.sub(r"\s+", " ", line.strip()) for line in lines)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    width = 0
    line, blank = 1, []
    try:
        for row in rows:
            if not row or (len(row) == 1 and not row[0].strip() and width != 1):
                if width == 1:
                    blank.append(line)
            else:
                width = width or len(row)
                for blank_line in blank:
                    yield blank_line, [""]
                blank.clear()
                yield line, row
            line = rows.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line}: {error}; is a quote not closed?") from error


def _columns(records: Records, width: int) -> list[Column]:
    builders = [ColumnBuilder() for _ in range(width)]
    while batch := list(islice(records, _BATCH_ROWS)):
        lines, rows = zip(*batch, strict=True)
        if set(map(len, rows)) != {width}:
            line, row = next((line, row) for line, row in batch if len(row) != width)
            raise ValueError(
                f"line {line} has {len(row)} fields, but the first has {width} "
                f"(it begins with {shown(row[0])})"
            )
        for builder, cells in zip(builders, zip(*rows, strict=True), strict=True):
            builder.add(cells, lines)
    return [builder.build() for builder in builders]
