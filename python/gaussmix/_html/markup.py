"""Tables and facts as HTML. Every text that goes in is escaped here, once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

_LONGEST = 60

# Colours are those of the page, so that it is readable on light and dark ones.
_STYLE = (
    ".gaussmix table{border-collapse:collapse;margin:.5em 0}"
    ".gaussmix caption{text-align:left;font-weight:bold;padding:.2em .6em}"
    ".gaussmix th,.gaussmix td{text-align:right;padding:.15em .6em;border:0}"
    ".gaussmix thead th{border-bottom:1px solid currentColor}"
    ".gaussmix table.named th:first-child,.gaussmix table.named td{text-align:left}"
    ".gaussmix .best{font-weight:bold;text-decoration:underline}"
)


def document(*sections: str) -> str:
    """Returns the sections, which are HTML, as one that a notebook shows."""
    return f'<div class="gaussmix"><style>{_STYLE}</style>{"".join(sections)}</div>'


def heading(text: str) -> str:
    """Returns a line that says what it is."""
    return f"<div><strong>{escape(text)}</strong></div>"


def note(text: str) -> str:
    """Returns a line of text."""
    return f"<div>{escape(text)}</div>"


def facts(values: Mapping[str, str], caption: str = "") -> str:
    """Returns a table of names and what they are; nothing of no names."""
    if not values:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in values.items()
    )
    return f'<table class="named">{_caption(caption)}<tbody>{rows}</tbody></table>'


def folded(summary: str, section: str) -> str:
    """Returns a section that shows once its summary is clicked."""
    return f"<details><summary>{escape(summary)}</summary>{section}</details>"


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    best: tuple[int, int] | None = None,
) -> str:
    """Returns a table whose rows begin with what they are called.

    The cell at `best`, counted without names, is marked.
    """
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        _row(row, best[1] if best and best[0] == i else None) for i, row in enumerate(rows)
    )
    head_row = f"<thead><tr>{columns}</tr></thead>"
    return f"<table>{_caption(caption)}{head_row}<tbody>{body}</tbody></table>"


def number(value: Any) -> str:
    """Returns a number with six digits."""
    return f"{float(value):.6g}" if math.isfinite(value) else str(float(value))


def shown(value: Any) -> str:
    """Returns what a value of Python looks like, on one line that is not long."""
    array = isinstance(value, np.ndarray) and value.size > 8
    text = f"array of shape {value.shape}" if array else " ".join(repr(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _row(cells: Sequence[str], best: int | None) -> str:
    name, *values = cells
    texts = [
        f'<td class="best">{escape(cell)}</td>' if i == best else f"<td>{escape(cell)}</td>"
        for i, cell in enumerate(values)
    ]
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(texts)}</tr>'


def _caption(text: str) -> str:
    return f"<caption>{escape(text)}</caption>" if text else ""
