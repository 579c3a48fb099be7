"""Lines of equal density."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix.plot import style
from gaussmix.plot.density import draw_density, points_of, sum_handle
from gaussmix.plot.legend import add_component_legend, add_legend
from gaussmix.plot.panels import draw_panels
from gaussmix.plot.points import draw_points
from gaussmix.plot.view import Components, check_model, check_share, radius_of, shown_rows, view_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How many standard deviations around each mean are shown at the least and at the most.
_REACH = (3.0, 4.0)

# What has no logarithm gets that of this number: lines are drawn of log-densities, of which less is
# lost between the points of a grid.
_TINY = np.finfo(np.float64).tiny

# Of the outermost line and the innermost.
_WIDTH = 1.5
_LIGHT, _DARK = (0.42, 0.68, 0.84), (0.03, 0.19, 0.42)


def contours(
    model: Any,
    X: ArrayLike | None = None,
    ax: Any = None,
    *,
    features: Sequence[int | str] | None = None,
    feature_names: Sequence[str] | None = None,
    coverage: Sequence[float] = (0.25, 0.5, 0.75, 0.95),
    max_points: int = 10_000,
) -> Any:
    """Draws lines of equal log-density, each around a share of the probability.

    Two features make one plot, more of them a matrix of plots with `density` on the diagonal, and
    one makes `density` alone. Of some features of many it is the marginal density.

    Parameters
    ----------
    model : GaussianMixture
        Fitted, or from parameters.
    X : array-like of shape (n_samples, n_features), default=None
        Rows to draw below the lines, in grey.
    ax : matplotlib Axes, Figure or array of Axes, default=None
        Where to draw: see `gaussmix.plot`. None makes a new figure.
    features : sequence of int or str, default=None
        The columns to draw, by their numbers from 0 or their names; None draws the first six.
    feature_names : sequence of n_features str, default=None
        The columns' names; None takes those of the fit, or of X.
    coverage : sequence of float in (0, 1), default=(0.25, 0.5, 0.75, 0.95)
        What the regions within the lines have of the probability. Each is the smallest region
        that has so much: a highest density region (Hyndman 1996, "Computing and graphing highest
        density regions", The American Statistician 50(2)).
    max_points : int >= 1, default=10000
        Of more rows, so many are drawn as points, at random but always the same ones.

    Returns
    -------
    matplotlib.axes.Axes or ndarray of them
        Of shape (n, n) for n > 2 features.

    Raises
    ------
    ValueError, TypeError
        For arguments that cannot be used.
    ImportError
        Without matplotlib.

    Notes
    -----
    The density is that of the components, without noise.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import gaussmix
    >>> model = gaussmix.GaussianMixture.from_parameters(
    ...     [0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [1.0, 1.0], "spherical", feature_names=["a", "b"]
    ... )
    >>> ax = gaussmix.plot.contours(model, ax=Figure(layout="constrained"), coverage=[0.5, 0.9])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('a', 'b')
    """
    check_model(model, kmeans=False)
    wanted = [coverage] if np.isscalar(coverage) else coverage
    shares = sorted({check_share(share, "coverage") for share in wanted}, reverse=True)
    if not shares:
        raise ValueError("coverage should have a share at least, but is empty")
    view = view_of(model, X, features, feature_names)
    shown = view.only(shown_rows(view, max_points))

    def draw_pair(ax: Axes, i: int, j: int) -> None:
        draw_points(ax, shown.rows[:, i], shown.rows[:, j], np.full(len(shown.rows), -1))
        _draw_lines(ax, view.components, i, j, shares)

    radius = float(np.clip(radius_of(shares[0]) + 0.5, *_REACH))
    ax, host = draw_panels(ax, view, radius, lambda ax, i: draw_density(ax, view, i), draw_pair)
    if len(view.names) == 1:
        add_component_legend(host, view, sum_handle())
    else:
        add_legend(host, _handles(shares), "share within")
    return ax


def _draw_lines(ax: Axes, components: Components, i: int, j: int, shares: Sequence[float]) -> None:
    xs, ys = points_of(components, i, ax.get_xlim()), points_of(components, j, ax.get_ylim())
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    heights = sum(components.densities(points, [i, j]), np.full(len(points), _TINY))
    heights = heights.reshape(len(ys), len(xs))
    areas = np.outer(np.gradient(ys), np.gradient(xs))
    levels = _levels(heights, areas, [share * components.weights.sum() for share in shares])
    ax.contour(
        xs, ys, np.log(heights), levels=np.log(levels), colors=_colours(len(shares)),
        linestyles="solid", linewidths=_WIDTH * style.scale_of(ax),
    )  # fmt: skip


def _handles(shares: Sequence[float]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=color, linewidth=_WIDTH, label=f"{share:.3g}")
        for share, color in zip(shares, _colours(len(shares)), strict=True)
    ]


def _colours(n: int) -> list[tuple[float, ...]]:
    """Returns the colours of n lines, from the outermost to the innermost."""
    mix = np.linspace(0.0, 1.0, n)[:, np.newaxis]
    return [tuple(colour) for colour in (1.0 - mix) * _LIGHT + mix * _DARK]


def _levels(
    heights: NDArray[np.float64], areas: NDArray[np.float64], shares: Sequence[float]
) -> NDArray[np.float64]:
    """Returns the densities above which the region has these shares of the probability."""
    order = np.argsort(heights, axis=None)[::-1]
    masses = np.cumsum((heights * areas).ravel()[order])
    return np.interp(shares, masses, heights.ravel()[order])
