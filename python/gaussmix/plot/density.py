"""The density of one feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix.plot import style
from gaussmix.plot.legend import add_component_legend
from gaussmix.plot.panels import one_axes, start_axes
from gaussmix.plot.view import Components, View, check_model, view_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REACH = 4.0
"""How many standard deviations a curve goes from its mean: what is left out is 6e-5 of it."""

_LINES = ("-", "--", "-.", ":")
_MOST_BINS = 100


def density(
    model: Any,
    X: ArrayLike | None = None,
    ax: Any = None,
    *,
    feature: int | str | None = None,
    feature_names: Sequence[str] | None = None,
) -> Axes:
    """Draws the density of one feature: that of each component, their sum, and a histogram.

    Parameters
    ----------
    model : GaussianMixture
        Fitted, or from parameters.
    X : array-like of shape (n_samples, n_features), default=None
        The rows of the histogram, whose bars are in the colours of the components that `predict`
        gives. None draws the curves alone.
    ax : matplotlib Axes or Figure, default=None
        Where to draw; None makes a new figure.
    feature : int or str, default=None
        The column, by its number from 0 or its name; needed if there are several. The density is
        then the marginal one.
    feature_names : sequence of n_features str, default=None
        The columns' names; None takes those of the fit, or of X.

    Returns
    -------
    matplotlib.axes.Axes
        Each curve is the density of its component times its weight, with the component's marker
        above the mean. Rows that `predict` gives -1, noise, are grey, and in no curve.

    Raises
    ------
    ValueError, TypeError
        For arguments that cannot be used.
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import gaussmix
    >>> model = gaussmix.GaussianMixture.from_parameters(
    ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical", feature_names=["a"]
    ... )
    >>> gaussmix.plot.density(model, ax=Figure(layout="constrained")).get_xlabel()
    'a'
    """
    check_model(model, kmeans=False)
    if feature is None and model.n_features_in_ > 1:
        raise ValueError(
            f"the model has {model.n_features_in_} features: say which with feature=0 or its name"
        )
    chosen = None if feature is None else [feature]
    view = view_of(model, X, chosen, feature_names)
    axes = one_axes(ax)
    start_axes(axes, view, _REACH)
    draw_density(axes, view, 0)
    add_component_legend(axes, view, sum_handle())
    return axes


def draw_density(ax: Axes, view: View, i: int) -> None:
    """Draws the histogram of a feature, and for a mixture the curves."""
    if len(view.rows):
        _draw_histogram(ax, view.rows[:, i], view.labels)
    if view.components.have_density:
        _draw_curves(ax, view.components, i)
    ax.set_ylabel("density")
    ax.set_ylim(bottom=0.0)


def _draw_curves(ax: Axes, components: Components, i: int) -> None:
    points = points_of(components, i, ax.get_xlim())
    curves = list(components.densities(points[:, np.newaxis], [i]))
    peaks = np.diagonal(list(components.densities(components.means[:, [i]], [i])))
    scale = style.scale_of(ax)
    for label, curve in enumerate(curves):
        look = style.style_of(label)
        line = _LINES[label % len(_LINES)]
        ax.plot(points, curve, color=look["color"], linestyle=line, linewidth=1.5 * scale)
        ax.plot(
            components.means[label, [i]], peaks[label], linestyle="none", markersize=7.0 * scale,
            markeredgecolor="white", markeredgewidth=scale, clip_on=False, zorder=4, **look,
        )  # fmt: skip
    ax.plot(points, np.sum(curves, axis=0), color="black", linewidth=scale, zorder=3)


def sum_handle() -> Any:
    """Returns the line of the sum for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color="black", linewidth=1.0, label="sum")


def points_of(
    components: Components, i: int, limits: tuple[float, float], n_points: int = 80
) -> NDArray[np.float64]:
    """Returns points of an axis: evenly, and near each mean so many that no component is missed."""
    n_near = 2 * max(4, 80 // len(components.means)) + 1
    near = np.linspace(-_REACH, _REACH, n_near)
    around = components.means[:, [i]] + components.deviations(i)[:, np.newaxis] * near
    points = np.concatenate([np.linspace(*limits, n_points), around.ravel()])
    return np.unique(np.clip(points, *limits))


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns those of bars: as many as Sturges, or Freedman and Diaconis (1981) ask for."""
    low, high = values.min(), values.max()
    n_bars = np.log2(len(values)) + 1
    width = 2.0 * np.subtract(*np.percentile(values, [75, 25])) / len(values) ** (1 / 3)
    if width > 0:
        n_bars = max(n_bars, (high - low) / width)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, int(min(np.ceil(n_bars), _MOST_BINS)) + 1)


def _draw_histogram(
    ax: Axes, values: NDArray[np.float64], labels: NDArray[np.integer[Any]]
) -> None:
    """Draws bars whose areas are shares of all rows, those of the components upon one another."""
    edges = _edges(values)
    floor = np.zeros(len(edges) - 1)
    for label in np.unique(labels):
        counts = np.histogram(values[labels == label], edges)[0]
        top = floor + counts / (len(values) * np.diff(edges))
        color = style.style_of(int(label))["color"]
        ax.stairs(top, edges, baseline=floor, fill=True, color=color, alpha=0.35, linewidth=0)
        floor = top
