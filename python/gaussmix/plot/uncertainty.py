"""How sure it is which component a row belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from gaussmix.plot.legend import add_component_legend, marker
from gaussmix.plot.panels import draw_panels
from gaussmix.plot.points import area_of, draw_points
from gaussmix.plot.view import check_model, shown_rows, view_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_IN_LEGEND = (0.0, 0.25, 0.5)


def uncertainty(
    model: Any,
    X: ArrayLike,
    ax: Any = None,
    *,
    features: Sequence[int | str] | None = None,
    feature_names: Sequence[str] | None = None,
    max_points: int = 10_000,
) -> Any:
    """Draws rows, the larger the less it is known which component they belong to.

    A row's uncertainty is 1 minus the largest of its probabilities in `predict_proba`: 0 if it is
    sure, and at most 1 - 1 / n_components; noise counts as one more. Two features make a scatter
    plot, whose markers grow and darken with it. One feature makes a plot of the uncertainty over
    it, which is also on the diagonal of the matrix that more features make.

    Parameters
    ----------
    model : GaussianMixture
        Fitted, or from parameters.
    X : array-like of shape (n_samples, n_features)
        The rows.
    ax : matplotlib Axes, Figure or array of Axes, default=None
        Where to draw: see `gaussmix.plot`. None makes a new figure.
    features : sequence of int or str, default=None
        The columns to draw, by their numbers from 0 or their names; None draws the first six.
        Probabilities are of all features in any case.
    feature_names : sequence of n_features str, default=None
        The columns' names; None takes those of the fit, or of X.
    max_points : int >= 1, default=10000
        Of more rows, so many are drawn, at random but always the same ones.

    Returns
    -------
    matplotlib.axes.Axes or ndarray of them
        Of shape (n, n) for n > 2 features. Colours and markers are those of `clusters`.

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
    ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
    ... )
    >>> X = [[0.0], [1.0], [2.5]]
    >>> ax = gaussmix.plot.uncertainty(model, X, ax=Figure(layout="constrained"))
    >>> ax.get_ylabel()
    'uncertainty'
    """
    check_model(model, kmeans=False)
    view = view_of(model, X, features, feature_names)
    index = shown_rows(view, max_points)
    doubts = 1.0 - np.asarray(model.predict_proba(X), np.float64).max(axis=1)[index]
    order = np.argsort(doubts, kind="stable")  # the least certain rows are drawn last
    shown, doubts = view.only(index).only(order), doubts[order]

    def draw_feature(ax: Axes, i: int) -> None:
        draw_points(ax, shown.rows[:, i], doubts, shown.labels, _area(doubts), _opacity(doubts))
        ax.set_ylabel("uncertainty")
        ax.set_ylim(-0.03, 1.05 * max(0.5, doubts.max()))

    def draw_pair(ax: Axes, i: int, j: int) -> None:
        x, y = shown.rows[:, i], shown.rows[:, j]
        draw_points(ax, x, y, shown.labels, _area(doubts), _opacity(doubts))

    ax, host = draw_panels(ax, view, 0.0, draw_feature, draw_pair)
    add_component_legend(host, view, *_doubt_handles(host, len(doubts)))
    return ax


def _area(doubts: Any) -> Any:
    return 0.5 + 5.0 * doubts


def _opacity(doubts: Any) -> Any:
    return np.minimum(1.0, 0.4 + 1.2 * doubts)


def _doubt_handles(host: Axes, n_points: int) -> list[Any]:
    """Returns what a legend shows of uncertainties: markers as large as theirs."""
    area = area_of(host, n_points)
    looks = [
        {"alpha": float(_opacity(doubt)), "markersize": math.sqrt(area * _area(doubt))}
        for doubt in _IN_LEGEND
    ]
    return [
        marker(-1, f"uncertainty {doubt:g}", marker="o", markeredgewidth=0, **look)
        for doubt, look in zip(_IN_LEGEND, looks, strict=True)
    ]
