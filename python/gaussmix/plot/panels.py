"""Where a picture is drawn: one Axes for one feature or two, a matrix of them for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gaussmix.plot import style
from gaussmix.plot.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# In inches.
_ONE_PANEL = (6.4, 4.4)
_PANEL = 2.1


def figure_size(n_features: int) -> tuple[float, float]:
    """Returns the width and the height in inches of a figure for so many features."""
    return _ONE_PANEL if n_features <= 2 else (n_features * _PANEL, n_features * _PANEL * 0.95)


def draw_panels(
    ax: Any,
    view: View,
    radius: float,
    draw_feature: Callable[[Axes, int], None],
    draw_pair: Callable[[Axes, int, int], None],
) -> Any:
    """Calls draw_feature(ax, i) for a feature, draw_pair(ax, i, j) for one on x and one on y.

    Args:
        ax: as the functions of gaussmix.plot take it.
        radius: how many standard deviations around each mean the axes show at least.

    Returns the Axes, or their array; and the Axes that have room for a legend.
    """
    if len(view.names) > 2:
        return _draw_matrix(ax, view, radius, draw_feature, draw_pair)
    ax = one_axes(ax)
    start_axes(ax, view, radius)
    if len(view.names) == 1:
        draw_feature(ax, 0)
    else:
        ax.set_ylim(view.limits(1, radius))
        draw_pair(ax, 0, 1)
    return ax, ax


def start_axes(ax: Axes, view: View, radius: float) -> None:
    """Has the first feature on the x axis, and a second on the y axis."""
    style.tidy(ax)
    ax.set_xlim(view.limits(0, radius))
    style.set_labels(ax, view.names[0], "".join(view.names[1:2]))


def one_axes(ax: Any) -> Axes:
    """Returns ax if it is an Axes; else makes one in the Figure, or in a new one."""
    if ax is None:
        ax = style.new_figure(_ONE_PANEL)
    if hasattr(ax, "subplots"):
        ax = ax.subplots()
    if not hasattr(ax, "plot"):
        raise TypeError(f"ax should be a matplotlib Axes or Figure, but is a {type(ax).__name__}")
    return cast("Axes", ax)


def _matrix_of_axes(ax: Any, n: int) -> Any:
    if ax is None:
        ax = style.new_figure(figure_size(n))
    if hasattr(ax, "subplots"):
        return ax.subplots(n, n)
    axes = np.asarray(ax, dtype=object)
    if axes.shape != (n, n) or not all(hasattr(one, "plot") for one in axes.flat):
        raise TypeError(
            f"ax should be a matplotlib Figure, or an array of Axes of shape ({n}, {n}), since "
            f"there are {n} features to draw, but is a {type(ax).__name__}"
            + f" of shape {axes.shape}"
            * isinstance(ax, np.ndarray)
        )
    return axes


def _draw_matrix(
    ax: Any,
    view: View,
    radius: float,
    draw_feature: Callable[[Axes, int], None],
    draw_pair: Callable[[Axes, int, int], None],
) -> Any:
    n = len(view.names)
    axes = _matrix_of_axes(ax, n)
    for (row, column), panel in np.ndenumerate(axes):
        if column > row:
            panel.set_axis_off()
            continue
        panel.set_xlim(view.limits(column, radius))
        if column == row:
            draw_feature(panel, column)
        else:
            panel.set_ylim(view.limits(row, radius))
            draw_pair(panel, column, row)
        _label_panel(panel, view.names, row, column)
    return axes, axes[0, -1]


def _label_panel(ax: Axes, names: Sequence[str], row: int, column: int) -> None:
    """Labels the outer sides of the matrix, in letters that suit the panel's size."""
    from matplotlib.ticker import MaxNLocator

    size = style.letters_of(ax)
    style.tidy(ax)
    ax.tick_params(labelsize=0.9 * size, length=0.35 * size)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(max(2, int(2.5 * style.size_of(ax)[0]))))
    is_left, is_lowest = column == 0 < row, row == len(names) - 1
    ax.tick_params(labelleft=is_left, labelbottom=is_lowest)
    style.set_labels(ax, names[column] if is_lowest else "", names[row] if is_left else "", size)
    if row == column:
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
