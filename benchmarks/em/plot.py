"""The plot of the results: how much longer others take, and useful work."""

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from em.limits import LIMITS, PRODUCT_ONE_THREAD
from em.rounds import Case
from em.targets import OURS, OURS_FLOAT32, OURS_ONE_THREAD, milliseconds, useful_fraction

_NOT_PEERS = {*LIMITS, PRODUCT_ONE_THREAD, OURS, OURS_ONE_THREAD, OURS_FLOAT32}
_SHAPE = "shape: rows, features, components"


def draw(cases: list[Case], path: Path) -> None:
    """Writes an SVG; the same cases give the same file."""
    matplotlib.rcParams["svg.hashsalt"] = "gaussmix"
    full = [c for c in cases if c.covariance_type == "full" and c.iterations == 10]
    diag = [c for c in cases if c.covariance_type == "diag" and c.iterations == 10]
    separated = [case for case in full if case.data == "separated"]
    peers = {
        name: f"C{number}" for number, name in enumerate(_peers_with_times([*separated, *diag]))
    }
    figure = Figure(figsize=(15, 5), layout="constrained")
    axes = figure.subplots(1, 3)
    _draw_ratios(axes[0], separated, peers, "full covariances: time of an iteration")
    _draw_ratios(axes[1], diag, peers, "diagonal covariances: time of an iteration")
    _draw_fractions(axes[2], full)
    figure.savefig(path, metadata={"Date": None})


def _peers_with_times(cases: list[Case]) -> list[str]:
    names = dict.fromkeys(name for case in cases for name in case.entries)
    return [n for n in names if n not in _NOT_PEERS and any(milliseconds(c, n) for c in cases)]


def _draw_ratios(axes: Axes, cases: list[Case], peers: dict[str, str], title: str) -> None:
    """Bars from 1, which is gaussmix; none where a peer failed."""
    shown = _peers_with_times(cases)
    width = 0.8 / max(1, len(shown))
    for number, name in enumerate(shown):
        ratios = [
            (place + (number + 0.5) * width - 0.4, theirs / ours)
            for place, case in enumerate(cases)
            if (theirs := milliseconds(case, name)) and (ours := milliseconds(case, OURS))
        ]
        places, heights = [place for place, _ in ratios], [ratio - 1 for _, ratio in ratios]
        axes.bar(places, heights, width, bottom=1, label=name, color=peers[name])
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_xticks(range(len(cases)), [_label(case) for case in cases], fontsize="x-small")
    axes.set_xlabel(_SHAPE)
    axes.set_ylabel("times that of gaussmix")
    axes.set_title(title)
    _legend_below(axes)


def _draw_fractions(axes: Axes, cases: list[Case]) -> None:
    labels = list(dict.fromkeys(_label(case) for case in cases))
    for data in dict.fromkeys(case.data for case in cases):
        known = [
            (labels.index(_label(case)), value)
            for case in cases
            if case.data == data and (value := useful_fraction(case)) is not None
        ]
        axes.plot(*zip(*known, strict=True), "o-", label=f"{data} clusters")
    axes.axhline(1, color="black", linewidth=1)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(labels)), labels, fontsize="x-small")
    axes.set_xlabel(_SHAPE)
    axes.set_ylabel("2 n k d\u00b2 operations, matrix product = 1")
    axes.set_title("full covariances: useful work")
    _legend_below(axes)


def _label(case: Case) -> str:
    shape = case.shape
    return f"{shape.name}\n{shape.n_samples:,}\n{shape.n_features}\n{shape.n_components}"


def _legend_below(axes: Axes) -> None:
    axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=3)
