"""The picture of a choice: the criterion over the number of components."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gaussmix._grid import Record
from gaussmix._selection_table import title
from gaussmix.plot import style
from gaussmix.plot.legend import add_legend
from gaussmix.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = ("-", "--")

# How far the error bars of one line stand from those of the next, at the most.
_STEP = 0.06


class Fits(Protocol):
    """What is drawn of a gaussmix.Selection."""

    @property
    def records(self) -> Sequence[Record]: ...
    @property
    def criterion(self) -> str: ...
    @property
    def best_record(self) -> Record: ...


def criterion(selection: Fits, ax: Any = None) -> Axes:
    """Draws the criterion of a choice: a line for each covariance type, over the components.

    Parameters
    ----------
    selection : Selection
        What `gaussmix.select` returns.
    ax : matplotlib Axes or Figure, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The best fit has a ring. Stability has bars of one standard error.

    Raises
    ------
    ImportError
        Without matplotlib.

    Notes
    -----
    The scale is that of the line with the best fit, if it has several points. A line that lies
    above it altogether is drawn, too, but seen on another scale alone (ax.autoscale()); the legend
    says so.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import gaussmix
    >>> X = [[0.0], [1.0], [8.0], [9.0]]
    >>> found = gaussmix.select(X, [1, 2], covariance_types="full", random_state=0)
    >>> gaussmix.plot.criterion(found, ax=Figure(layout="constrained")).get_ylabel()
    'BIC (lower is better)'
    """
    if not hasattr(selection, "best_record"):
        raise TypeError(
            f"selection should be what select() returns, but is a {type(selection).__name__}"
        )
    axes = one_axes(ax)
    name, best = selection.criterion, selection.best_record
    lines = _lines(selection.records)
    has_errors = name == "stability"
    of_best = _values(lines[best["covariance_type"]], name)
    highest = max(of_best) if len(of_best) > 1 else math.inf
    for i, (kind, line) in enumerate(lines.items()):
        above = not has_errors and min(_values(line, name), default=highest) > highest
        shift = min(_STEP, 0.6 / len(lines)) * (i - (len(lines) - 1) / 2) if has_errors else 0.0
        _draw_line(axes, i, kind + " (above)" * above, line, name, shift)
        if kind == best["covariance_type"]:
            _draw_ring(axes, best, name, shift)
    if not has_errors:
        _set_scale(axes, selection.records, name, highest)
    _label(axes, name)
    return axes


def _lines(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Returns the records of each covariance type, by the number of components."""
    lines: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: int(record["n_components"])):
        lines.setdefault(record["covariance_type"], []).append(record)
    asked_for = dict.fromkeys(record["covariance_type"] for record in records)
    return {name: lines[name] for name in asked_for}


def _values(line: Sequence[Record], criterion: str) -> list[float]:
    return [record[criterion] for record in line if not math.isnan(record[criterion])]


def _draw_line(
    ax: Axes, i: int, label: str, line: Sequence[Record], criterion: str, shift: float
) -> None:
    errors = [record["stability_error"] for record in line] if criterion == "stability" else None
    ax.errorbar(
        [record["n_components"] + shift for record in line],
        [record[criterion] for record in line],
        errors,
        linestyle=_STYLES[i // len(style.COLOURS) % len(_STYLES)],
        **style.style_of(i),
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


def _label(ax: Axes, criterion: str) -> None:
    style.set_labels(ax, "number of components", title(criterion))
    style.count_on_x(ax)
    ax.grid(True, color="0.9")
    style.tidy(ax)
    ring, *others = zip(*ax.get_legend_handles_labels(), strict=True)  # containers come last
    add_legend(ax, [handle for handle, _ in (*others, ring)])
