"""The picture of a choice: the criterion over the number of components."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gaussmix._grid import Record
from gaussmix._selection_table import title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that people with any common colour blindness tell apart: Okabe, Ito (2008), "Color
# universal design", without yellow, which is faint on white. Markers tell lines apart too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "os^Dv*Xp<>hP8d"
_STYLES = ("-", "--")

# More lines than that have their legend beside the axes.
_MOST_INSIDE = 6

# How far the error bars of one line stand from those of the next, at the most.
_STEP = 0.06


def draw(records: Sequence[Record], criterion: str, best: Record, ax: Axes | None = None) -> Axes:
    """Draws a line for each covariance type, and a ring around the best fit.

    The scale is that of the line with the best fit, if it has several points. A line that lies
    above it altogether is drawn, too, but seen on another scale alone (ax.autoscale()); the legend
    says so.
    """
    ax = _new_axes() if ax is None else ax
    lines = _lines(records)
    has_errors = criterion == "stability"
    of_best = _values(lines[best["covariance_type"]], criterion)
    highest = max(of_best) if len(of_best) > 1 else math.inf
    for i, (name, line) in enumerate(lines.items()):
        above = not has_errors and min(_values(line, criterion), default=highest) > highest
        shift = min(_STEP, 0.6 / len(lines)) * (i - (len(lines) - 1) / 2) if has_errors else 0.0
        _draw_line(ax, i, name + " (above)" * above, line, criterion, shift)
        if line[0]["covariance_type"] == best["covariance_type"]:
            _draw_ring(ax, best, criterion, shift)
    if not has_errors:
        _set_scale(ax, records, criterion, highest)
    _label(ax, len(lines), criterion)
    return ax


def _lines(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Returns the records of each covariance type, by the number of components."""
    lines: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: int(record["n_components"])):
        lines.setdefault(record["covariance_type"], []).append(record)
    asked_for = dict.fromkeys(record["covariance_type"] for record in records)
    return {name: lines[name] for name in asked_for}


def _values(line: Sequence[Record], criterion: str) -> list[float]:
    return [record[criterion] for record in line if not math.isnan(record[criterion])]


def _new_axes() -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(
            "plot() needs matplotlib, which is not installed: pip install 'gaussmix[plot]'"
        ) from None
    ax: Axes = pyplot.subplots(layout="constrained")[1]
    return ax


def _draw_line(
    ax: Axes, i: int, label: str, line: Sequence[Record], criterion: str, shift: float
) -> None:
    errors = [record["stability_error"] for record in line] if criterion == "stability" else None
    ax.errorbar(
        [record["n_components"] + shift for record in line],
        [record[criterion] for record in line],
        errors,
        color=_COLOURS[i % len(_COLOURS)],
        linestyle=_STYLES[i // len(_COLOURS) % len(_STYLES)],
        marker=_MARKERS[i % len(_MARKERS)],
        markersize=6,
        linewidth=1.5,
        elinewidth=1.0,
        capsize=3,
        label=label,
    )


def _draw_ring(ax: Axes, best: Record, criterion: str, shift: float) -> None:
    ax.plot(
        [best["n_components"] + shift],
        [best[criterion]],
        linestyle="none",
        marker="o",
        markersize=15,
        markerfacecolor="none",
        markeredgecolor="black",
        markeredgewidth=1.5,
        label=f"best: {best['n_components']}, {best['covariance_type']}",
        zorder=4,
    )


def _set_scale(ax: Axes, records: Sequence[Record], criterion: str, highest: float) -> None:
    lowest = min(_values(records, criterion))
    margin = 0.06 * (highest - lowest)
    if 0.0 < margin < math.inf:
        ax.set_ylim(lowest - margin, highest + margin)


def _label(ax: Axes, n_lines: int, criterion: str) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_xlabel("number of components")
    ax.set_ylabel(title(criterion))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(True, color="0.9")
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ring, *others = zip(*ax.get_legend_handles_labels(), strict=True)  # containers come last
    handles, labels = zip(*others, ring, strict=True)
    if n_lines > _MOST_INSIDE:
        place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    else:
        place = {"loc": "best"}
    ax.legend(handles, labels, frameon=False, handlelength=3, **place)
