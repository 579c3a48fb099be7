"""How a table is laid out: its delimiter, and whether its first record names the columns."""

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from gaussmix.cli.column import Column, read_cell
from gaussmix.cli.notation import SEVERAL

DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
# What pandas and R call a column that numbers the rows, once it is saved with the others.
INDEX_NAME = re.compile(r"(Unnamed: \d+|index|level_\d+|row[._ ]?names?)[.\d]*", re.IGNORECASE)

Rows = Sequence[list[str]]


def split(lines: Iterable[str], mark: str, strict: bool = False) -> Any:
    """Returns csv's reader of lines; the mark " " is any run of spaces and tabs."""
    if mark == " ":
        lines = (re.sub(r"\s+", " ", line.strip()) for line in lines)
    else:  # csv skips spaces before a quote, but not behind one
        spaces = re.compile(rf'" +(?={re.escape(mark)}|[\r\n]|$)')
        lines = (spaces.sub('"', line) if '" ' in line else line for line in lines)
    return csv.reader(lines, delimiter=mark, skipinitialspace=True, strict=strict)


def detect_delimiter(sample: Sequence[str], decimal: str) -> str:
    """Returns the mark that splits the first lines; of several, the one that splits all alike."""
    tables = {mark: list(split(sample, mark)) for mark in "\t,;| "}
    by_spaces = tables.pop(" ")
    spaced_alike = len(set(map(len, by_spaces))) == 1
    if decimal == ",":
        del tables[","]
    widths = [len(row) for row in by_spaces[:2]] or [0]
    named_row = widths == [1, 2] and sample[1].startswith('"')
    if not _splitting(tables, 0) and (min(widths) > 1 or named_row):
        return " "
    tables = _splitting(tables, 0) or _splitting(tables, 1)
    if not tables:
        return "," if decimal == "." or any('"' in line for line in sample) else ";"
    alike = [mark for mark, rows in tables.items() if _alike(rows)]
    candidates = ["\t"] if "\t" in alike else alike if len(tables) > 1 else list(tables)
    if len(candidates) != 1:
        raise _doubtful_delimiter(tables)
    (mark,) = candidates
    cells = [cell for row in tables[mark] for cell in row]
    if mark == "," and (spaced_alike or not alike) and any(map(_holds_numbers, cells)):
        raise _doubtful_delimiter(", ")
    several = mark != "," and any(read_cell(cell, decimal)[1] == SEVERAL for cell in cells)
    return " " if several and spaced_alike else mark


def _splitting(tables: dict[str, list[list[str]]], line: int) -> dict[str, list[list[str]]]:
    return {mark: rows for mark, rows in tables.items() if len(rows) > line and len(rows[line]) > 1}


def _alike(rows: Rows) -> bool:
    """Tells whether rows have equally many fields; the first, as a header, may have one less."""
    first, *others = map(len, rows)
    return not others or (len(set(others)) == 1 and others[0] - first in (0, 1))


def _holds_numbers(cell: str) -> bool:
    """Tells whether a cell is several numbers with spaces between, as when commas are decimal."""
    words = cell.split()
    return len(words) > 1 and all(read_cell(word)[1] == "number" for word in words)


def _doubtful_delimiter(marks: Collection[str]) -> ValueError:
    names = [name for name, mark in DELIMITERS.items() if mark in marks]
    options = " or ".join(f"--delimiter {name}" for name in names)
    return ValueError(f"its delimiter may be {' or '.join(names)}; say {options}")


def row_names_lead(rows: Rows, sample: Sequence[str], mark: str) -> bool:
    """Tells whether rows have one field more than the first: a name in front, as R writes them.

    But commas may be decimal, and the last delimiter may end the row.
    """
    first, *others = rows
    if {len(row) for row in others} != {len(first) + 1} or not any(row[-1] for row in others):
        return False
    quoted = all(line.lstrip().startswith('"') for line in sample[1:])
    texts = all(read_cell(row[0])[1] == "text" for row in others)
    return quoted or texts or (mark != "," and _counted_from([row[0] for row in others]) == 1)


def find_names(
    rows: Rows, comment: list[str], header: bool | None, decimal: str
) -> list[str] | None:
    """Returns the first record if it names the columns, or the comment above it, or None."""
    first, *others = rows
    if header is False:
        return None
    named_above = len(comment) == len(first) and "text" in _above(comment, rows, decimal)
    if named_above and "text" not in _above(first, others, decimal):
        return comment
    return first if header or _is_header(first, others, decimal) else None


def _is_header(first: list[str], others: Rows, decimal: str) -> bool:
    """Tells whether a record holds names: text above numbers, or nothing but text."""
    kinds = {read_cell(cell, decimal)[1] for cell in first}
    if not others:
        return kinds <= {"text", "missing"}
    is_indexed = not first[0].strip() or INDEX_NAME.fullmatch(first[0].strip()) is not None
    start = _counted_from(first[is_indexed:])
    if is_indexed and start == 0 and _counted_from([row[0] for row in others]) is not None:
        return True
    whole = any(cell.strip().isdigit() for row in others for cell in row)
    if start is not None and (start == 0) + (len(first) > 1 + start) + (not whole) >= 2:
        raise _doubtful_header(
            f"counts {start}, {start + 1}, {start + 2}, ..., as generated names do"
        )
    above = _above(first, others, decimal)
    names, numbers = "text" in above, "number" in above
    if (numbers and len(above) > 1) or (above and not names and not numbers):
        raise _doubtful_header("has both names and numbers above numbers, or what may be either")
    return names or kinds == {"text"}


def _counted_from(texts: list[str]) -> int | None:
    """Returns where texts start that count up by one, 0 or 1; None if they do not."""
    counted = [text.strip() for text in texts]
    starts = (s for s in (0, 1) if counted == [str(s + i) for i in range(len(texts))])
    return next(starts, None) if texts else None


def _doubtful_header(what: str) -> ValueError:
    return ValueError(f"the first line {what}; say what it is with --header or --no-header")


def _above(first: list[str], others: Rows, decimal: str) -> set[str]:
    """Returns the kinds of a record's cells that have numbers below; "number" if of their kind."""
    above = set()
    for cell, below in zip(first, zip(*others, strict=False), strict=False):
        column = Column(decimal)
        column.add(below, range(len(below)))
        kind = read_cell(cell, decimal)[1]
        if column.is_numeric and kind != "missing":
            above.add("number" if kind in {"infinite", *column.notations} else kind)
    return above
