"""Legends, where they hide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gaussmix.plot import style
from gaussmix.plot.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Axes that are narrower, in inches, have their legend above, not beside.
_NARROW = 4.0
_HANDLE, _LETTER = 0.45, 0.065
_MOST_LINES = 16
_MOST_NAMED = 30


def add_legend(ax: Axes, handles: Sequence[Any], title: str | None = None) -> None:
    """Puts a legend beside wide axes, above narrow ones, and into those that are empty."""
    width = style.size_of(ax)[0]
    options: dict[str, Any] = {"fontsize": "small", "ncols": -(-len(handles) // _MOST_LINES)}
    if not ax.axison:
        size = style.letters_of(ax)
        options |= {"loc": "upper right", "borderaxespad": 0.0}
        options |= {"fontsize": 0.9 * size, "title_fontsize": size}
    elif width < _NARROW:
        longest = max(len(str(handle.get_label())) for handle in handles)
        n_columns = int(1.25 * width / (_HANDLE + _LETTER * longest)) or 1
        options |= {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
        options |= {"ncols": min(n_columns, len(handles)), "columnspacing": 1.0}
    else:
        options |= {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    legend = ax.legend(handles=handles, title=title, frameon=False, **options)
    legend.set_in_layout(ax.axison)  # it may reach into other empty panels


def add_component_legend(ax: Axes, view: View, *others: Any) -> None:
    """Puts a legend of the components, with their weights, of noise, and of others."""
    components = view.components
    names = [str(label) for label in range(len(components.means))]
    if components.have_density:
        weights = components.weights
        names = [f"{name}: {weight:.2g}" for name, weight in zip(names, weights, strict=True)]
    size = 6.0 if ax.axison else 0.6 * style.letters_of(ax)
    handles = [
        marker(label, name, markersize=size) for label, name in enumerate(names[:_MOST_NAMED])
    ]
    if len(names) > _MOST_NAMED:
        handles.append(marker(-1, f"{len(names) - _MOST_NAMED} more", marker=""))
    if (view.labels < 0).any():
        handles.append(marker(-1, "noise"))
    title = "component: weight" if components.have_density else "cluster"
    add_legend(ax, [*handles, *others], title)


def marker(label: int, name: str, **options: Any) -> Any:
    """Returns the marker of a component, of noise for -1, for a legend."""
    from matplotlib.lines import Line2D

    look = {"linestyle": "none", "markersize": 6.0, **style.style_of(label), **options}
    return Line2D([], [], label=name, **look)
