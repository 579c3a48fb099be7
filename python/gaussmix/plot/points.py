"""Rows as points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix.plot import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of more rows, the points are pixels in a .pdf or .svg.
_MANY = 2000


def area_of(ax: Axes, n_points: int) -> float:
    """Returns the area of a marker in square points: less where there are many, or little room."""
    crowd = min(1.0, math.sqrt(200.0 / max(n_points, 1)))
    return max(1.5, 25.0 * crowd * style.scale_of(ax) ** 2)


def draw_points(
    ax: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    labels: NDArray[np.integer[Any]],
    sizes: NDArray[np.float64] | float = 1.0,
    alpha: NDArray[np.float64] | float = 0.6,
) -> None:
    """Draws a marker of its component for each row, of noise for the label -1.

    `sizes` are areas, in those that a marker has by itself; `alpha` is opacities.
    """
    sizes, alpha = (np.broadcast_to(value, labels.shape) for value in (sizes, alpha))
    area = area_of(ax, len(labels))
    for label in np.unique(labels):
        own = labels == label
        ax.scatter(
            x[own],
            y[own],
            area * sizes[own],
            alpha=alpha[own],
            linewidths=0,
            rasterized=len(labels) > _MANY,
            **style.style_of(int(label)),
        )
