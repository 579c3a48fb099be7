"""A table for people of the fits among which a choice was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gaussmix._grid import Record
from gaussmix._html.markup import document, note
from gaussmix._html.markup import table as markup_table

_FACTS = {
    "bic": ("BIC", "lower is better"),
    "aic": ("AIC", "lower is better"),
    "icl": ("ICL", "lower is better"),
    "stability": ("stability", "agreement of halves; 1 is best"),
}


def title(criterion: str) -> str:
    """Returns the name of a criterion, and which of its values are good."""
    name, direction = _FACTS[criterion]
    return f"{name} ({direction})"


def short(record: Record, criterion: str) -> str:
    """Returns which fit it is, and its criterion."""
    n, kind = record["n_components"], record["covariance_type"]
    value = _formatted(record, criterion)
    return f"{n} component{'s' * (n > 1)}, {kind} covariance, {_FACTS[criterion][0]} {value}"


def table(records: Sequence[Record], criterion: str, best: Record, width: int) -> str:
    """Returns the criterion of each fit, and which is best.

    A row is a number of components, a column a covariance type; where they are wider than `width`,
    the rest follows below.
    """
    columns = [_column(records, criterion, best, kind) for kind in _types(records)]
    head = ["components", *map(str, _numbers(records))]
    label_width = max(map(len, head))
    shown = max(1, (width - label_width) // len(columns[0][0]))
    lines = [title(criterion)]
    for first in range(0, len(columns), shown):
        lines.append("")
        for label, *cells in zip(head, *columns[first : first + shown], strict=True):
            lines.append(f"{label:>{label_width}}{''.join(cells)}".rstrip())
    lines += ["", f"* best: {short(best, criterion)}"]
    if n_failed := sum(record["error"] is not None for record in records):
        lines.append(f"  failed: {n_failed} of {len(records)} fits")
    return "\n".join(lines)


def _types(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(record["covariance_type"] for record in records))


def _numbers(records: Sequence[Record]) -> list[int]:
    return list(dict.fromkeys(record["n_components"] for record in records))


def html(records: Sequence[Record], criterion: str, best: Record) -> str:
    """Returns the same table for a notebook."""
    numbers, kinds = _numbers(records), _types(records)
    cells = {
        (record["n_components"], record["covariance_type"]): _formatted(record, criterion)
        for record in records
    }
    rows = [[str(n), *(cells.get((n, kind), "") for kind in kinds)] for n in numbers]
    place = numbers.index(best["n_components"]), kinds.index(best["covariance_type"])
    n_failed = sum(record["error"] is not None for record in records)
    return document(
        markup_table(["components", *kinds], rows, title(criterion), place),
        note(f"best: {short(best, criterion)}"),
        note(f"failed: {n_failed} of {len(records)} fits") if n_failed else "",
    )


def _column(records: Sequence[Record], criterion: str, best: Record, kind: str) -> list[str]:
    cells: dict[Any, str] = {}
    for record in records:
        if record["covariance_type"] == kind:
            mark = "*" if record is best else " "
            cells[record["n_components"]] = _formatted(record, criterion) + mark
    texts = [f"{kind} ", *(cells.get(number, "") for number in _numbers(records))]
    width = max(len(_longest(records, criterion)), *map(len, texts)) + 2
    return [f"{text:>{width}}" for text in texts]


def _longest(records: Sequence[Record], criterion: str) -> str:
    return max((_formatted(record, criterion) for record in records), key=len)


def _formatted(record: Record, criterion: str) -> str:
    if record["error"] is not None:
        return "failed"
    value = record[criterion]
    if criterion != "stability":
        return f"{value:.1f}"
    if value != value:  # one component
        return "-"
    return f"{value:.3f} ± {record['stability_error']:.3f}"
