"""What all pictures have in common: colours, markers, figures."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe, Ito (2008), without yellow, which is faint on white. In this order the first of them
# differ most in lightness, which is what is left of them in a print in grey.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
# Their number has no factor in common with that of the colours: 70 components look different.
MARKERS = "os^DvPX<>p"
GREY = "0.55"

# How far a letter reaches, as a part of its height.
_LETTER = 0.58


def style_of(label: int) -> dict[str, Any]:
    """Returns colour and marker of the rows of a component; -1 is noise."""
    if label < 0:
        return {"color": GREY, "marker": "."}
    return {"color": COLOURS[label % len(COLOURS)], "marker": MARKERS[label % len(MARKERS)]}


def new_figure(size: tuple[float, float]) -> Figure:
    """Makes a figure with pyplot, of this width and height in inches."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(
            "a plot needs matplotlib, which is not installed: pip install 'gaussmix[plot]'"
        ) from None
    figure: Figure = pyplot.figure(figsize=size, layout="constrained")
    return figure


def size_of(ax: Axes) -> tuple[float, float]:
    """Returns the width and the height of axes in inches, before labels take their place."""
    place, figure = ax.get_position(), ax.figure
    return (
        float(place.width * figure.bbox.width / figure.dpi),
        float(place.height * figure.bbox.height / figure.dpi),
    )


def scale_of(ax: Axes) -> float:
    """Returns how large lines and marks are in axes: 1, or less where there is little room."""
    return min(1.0, math.sqrt(size_of(ax)[0] / 4.0))


def letters_of(ax: Axes) -> float:
    """Returns a size of letters that suits a panel of a matrix."""
    return min(max(7.0 * size_of(ax)[0], 5.0), 10.0)


def set_labels(ax: Axes, x: str, y: str, size: float | None = None) -> None:
    """Labels both axes in letters of this size, in lines that are no longer than the axes."""
    width, height = size_of(ax)
    size = size or float(ax.xaxis.label.get_fontsize())
    ax.set_xlabel(_folded(x, width, size), fontsize=size)
    ax.set_ylabel(_folded(y, height, size), fontsize=size)


def _folded(text: str, length: float, size: float) -> str:
    """Breaks a text into lines of this length in inches, about equal, behind blanks and "_"."""
    most = max(6, int(72.0 * length / (_LETTER * size)))
    parts = re.findall(r"[^ _]*[ _]*", text)
    parts = [part if len(part) <= most else f"{part[: most - 3]}..." for part in parts]
    n_lines = len(_lines(parts, most))
    balanced = (_lines(parts, width) for width in range(1, most + 1))
    lines = next(lines for lines in balanced if len(lines) == n_lines)
    return "\n".join(lines).replace("$", r"\$")  # $ begins a formula


def _lines(parts: Sequence[str], most: int) -> list[str]:
    """Joins parts to lines of so many letters at the most, unless a part is longer."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > most:
            lines.append("")
        lines[-1] += part
    return [line.rstrip(" ") for line in lines]


def tidy(ax: Axes) -> None:
    """Leaves a frame of two sides, and nothing that rows hide behind."""
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def count_on_x(ax: Axes) -> None:
    """Has whole numbers alone on the x axis."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def halo(width: float) -> list[Any]:
    """Returns what draws a white line of this width around another, to be seen on rows."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=width, foreground="white"), Normal()]
