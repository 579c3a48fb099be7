"""How a fit went: the log-likelihood over the iterations, and where the starts ended."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gaussmix.plot import style
from gaussmix.plot.legend import add_legend
from gaussmix.plot.panels import one_axes
from gaussmix.plot.view import check_model
from gaussmix.report import Start

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ENDED = {"color": style.COLOURS[1], "marker": "^"}
_DROPPED = {"color": style.GREY, "marker": "x"}


def course(model: Any, ax: Any = None) -> Axes:
    """Draws how a fit went: the best start by iteration, and where the other starts ended.

    Parameters
    ----------
    model : GaussianMixture
        Fitted; one that was loaded will do.
    ax : matplotlib Axes or Figure, default=None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        For a model without a course.
    TypeError
        For what is no mixture.
    ImportError
        Without matplotlib.

    Notes
    -----
    The line is `lower_bounds_`, the mean log-likelihood of a row in each iteration of the best
    start, before its M-step; a prior and known labels count in it. Each other start is a mark at
    its last iteration and its bound, which for one that was dropped may be that of a sample of the
    rows. Early iterations that are far below all of these are left to ax.autoscale(). Rings are
    iterations that repaired a component.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import gaussmix
    >>> model = gaussmix.GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
    >>> gaussmix.plot.course(model, ax=Figure(layout="constrained")).get_xlabel()
    'iteration'
    """
    check_model(model, kmeans=False)
    report, bounds = model.fit_report_, model.lower_bounds_
    if not bounds:
        raise ValueError("the model has no course: it was not fitted, or without an iteration")
    axes = one_axes(ax)
    line = axes.plot(
        range(1, len(bounds) + 1), bounds, color=style.COLOURS[0], linewidth=1.5, marker="o",
        markersize=4, label="best start", zorder=3,
    )  # fmt: skip
    others = [start for i, start in enumerate(report.starts) if i != report.best_start]
    repaired = [r.iteration for r in report.repairs if r.start == report.best_start]
    handles = [
        *line,
        *_draw_ends(axes, [start for start in others if not start.dropped], "to their end", _ENDED),
        *_draw_ends(axes, [start for start in others if start.dropped], "dropped", _DROPPED),
        *_draw_repairs(axes, bounds, repaired),
    ]
    _set_scale(axes, bounds, others)
    style.set_labels(axes, "iteration", "mean log-likelihood of a row")
    style.count_on_x(axes)
    style.tidy(axes)
    add_legend(axes, handles)
    return axes


def _set_scale(ax: Axes, bounds: Sequence[float], others: Sequence[Start]) -> None:
    """Leaves out early iterations of the best start, if they are far below where others ended."""
    ends = [start.lower_bound for start in others if math.isfinite(start.lower_bound)]
    low, high = min([*ends, statistics.median(bounds)]), max([*ends, *bounds])
    if ends and low < high:
        margin = 0.05 * (high - low)
        ax.set_ylim(low - margin, high + margin)


def _draw_ends(ax: Axes, starts: Sequence[Start], how: str, look: Mapping[str, Any]) -> list[Any]:
    """Marks the last iterations of starts; returns the marks, none where there is no start."""
    known = [start for start in starts if math.isfinite(start.lower_bound)]
    if not known:
        return []
    numbers, bounds = [s.n_iter for s in known], [s.lower_bound for s in known]
    name = f"{len(known)} start{'s' * (len(known) > 1)}, {how}"
    return ax.plot(numbers, bounds, linestyle="none", markersize=6, alpha=0.8, label=name, **look)


def _draw_repairs(ax: Axes, bounds: Sequence[float], iterations: Sequence[int]) -> list[Any]:
    """Marks the iterations that repaired a component; 0 is before the first."""
    if not iterations:
        return []
    numbers = sorted({min(max(iteration, 1), len(bounds)) for iteration in iterations})
    return ax.plot(
        numbers, [bounds[number - 1] for number in numbers], linestyle="none", marker="o",
        markersize=12, markerfacecolor="none", markeredgecolor="black", label="repair", zorder=4,
    )  # fmt: skip
