"""Rows in the colours of their components, with ellipses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gaussmix.plot import style
from gaussmix.plot.density import draw_density, sum_handle
from gaussmix.plot.legend import add_component_legend
from gaussmix.plot.panels import draw_panels
from gaussmix.plot.points import draw_points
from gaussmix.plot.view import Components, check_share, radius_of, shown_rows, view_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def clusters(
    model: Any,
    X: ArrayLike | None = None,
    ax: Any = None,
    *,
    features: Sequence[int | str] | None = None,
    feature_names: Sequence[str] | None = None,
    coverage: float = 0.95,
    max_points: int = 10_000,
) -> Any:
    """Draws rows in the colours of their components, and the components as ellipses.

    Two features make a scatter plot, more of them a matrix of scatter plots with `density` on the
    diagonal, and one makes `density` alone.

    Parameters
    ----------
    model : GaussianMixture or KMeans
        Fitted, or from parameters. The clusters of a KMeans have no ellipses.
    X : array-like of shape (n_samples, n_features), default=None
        The rows, each in the colour of the component that `predict` gives, small and grey for -1,
        noise. None draws the model alone.
    ax : matplotlib Axes, Figure or array of Axes, default=None
        Where to draw: see `gaussmix.plot`. None makes a new figure.
    features : sequence of int or str, default=None
        The columns to draw, by their numbers from 0 or their names; None draws the first six.
    feature_names : sequence of n_features str, default=None
        The columns' names; None takes those of the fit, or of X.
    coverage : float in (0, 1), default=0.95
        The share of a component's rows that its ellipse has inside. It is where the squared
        Mahalanobis distance from the mean, in the two features, is -2 log(1 - coverage): that
        quantile of the chi-squared distribution with two degrees of freedom.
    max_points : int >= 1, default=10000
        Of more rows, so many are drawn as points, at random but always the same ones. Histograms
        are of all rows.

    Returns
    -------
    matplotlib.axes.Axes or ndarray of them
        Of shape (n, n) for n > 2 features. The large marker of a component is its mean.

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
    ...     [0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [1.0, 1.0], "spherical", feature_names=["a", "b"]
    ... )
    >>> ax = gaussmix.plot.clusters(model, ax=Figure(layout="constrained"))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('a', 'b')
    """
    radius = radius_of(check_share(coverage, "coverage"))
    view = view_of(model, X, features, feature_names)
    shown = view.only(shown_rows(view, max_points))

    def draw_pair(ax: Axes, i: int, j: int) -> None:
        draw_points(ax, shown.rows[:, i], shown.rows[:, j], shown.labels)
        _draw_components(ax, view.components, i, j, radius)

    ax, host = draw_panels(ax, view, radius, lambda ax, i: draw_density(ax, view, i), draw_pair)
    has_curves = len(view.names) != 2 and view.components.have_density
    add_component_legend(host, view, *([sum_handle()] if has_curves else []))
    return ax


def _draw_components(ax: Axes, components: Components, i: int, j: int, radius: float) -> None:
    """Draws the means, and ellipses of this radius in standard deviations."""
    from matplotlib.patches import Ellipse

    scale = style.scale_of(ax)
    for label, (x, y) in enumerate(components.means[:, [i, j]]):
        look = style.style_of(label)
        if components.have_density:
            square = components.covariances[label][np.ix_([i, j], [i, j])]
            variances, axes = np.linalg.eigh(square)
            height, width = 2.0 * radius * np.sqrt(variances)
            angle = math.degrees(math.atan2(axes[1, 1], axes[0, 1]))
            ellipse = Ellipse(
                (x, y), width, height, angle=angle, fill=False, edgecolor=look["color"],
                linewidth=1.8 * scale, path_effects=style.halo(3.2 * scale), zorder=3,
            )  # fmt: skip
            ax.add_patch(ellipse)
        ax.plot(
            [x], [y], linestyle="none", markersize=9.0 * scale, markeredgecolor="black",
            markeredgewidth=1.2 * scale, path_effects=style.halo(3.6 * scale), zorder=4, **look,
        )  # fmt: skip
