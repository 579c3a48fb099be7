"""The plot of the results: time an iteration, and useful work."""

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from em.limits import LIMITS, PRODUCT_ONE_THREAD
from em.rounds import Case
from em.targets import OURS, OURS_FLOAT32, OURS_ONE_THREAD, milliseconds, useful_fraction


def draw(cases: list[Case], path: Path) -> None:
    """Writes an SVG; the same cases give the same file."""
    matplotlib.rcParams["svg.hashsalt"] = "gaussmix"
    full = [c for c in cases if c.covariance_type == "full" and c.iterations == 10]
    diag = [c for c in cases if c.covariance_type == "diag" and c.iterations == 10]
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    axes = figure.subplots(1, 3)
    separated = [case for case in full if case.data == "separated"]
    _draw_times(axes[0], separated, "full covariances: ms an iteration")
    _draw_times(axes[1], diag, "diagonal covariances: ms an iteration")
    _draw_fractions(axes[2], full)
    figure.savefig(path, metadata={"Date": None})


def _draw_times(axes: Axes, cases: list[Case], title: str) -> None:
    hidden = {*LIMITS, PRODUCT_ONE_THREAD, OURS_ONE_THREAD, OURS_FLOAT32}
    names = [name for name in (cases[0].entries if cases else {}) if name not in hidden]
    width = 0.8 / max(1, len(names))
    for number, name in enumerate(names):
        times = [(place, milliseconds(case, name)) for place, case in enumerate(cases)]
        places = [place - 0.4 + (number + 0.5) * width for place, time in times if time]
        color = "black" if name == OURS else f"C{number}"
        axes.bar(places, [time for _, time in times if time], width, label=name, color=color)
    axes.set_yscale("log")
    axes.set_xticks(range(len(cases)), [case.shape.name for case in cases])
    axes.set_title(title)
    axes.legend(fontsize="small")


def _draw_fractions(axes: Axes, cases: list[Case]) -> None:
    for data in dict.fromkeys(case.data for case in cases):
        values = [(c.shape.name, useful_fraction(c)) for c in cases if c.data == data]
        known = [(name, value) for name, value in values if value is not None]
        names, fractions = [name for name, _ in known], [value for _, value in known]
        axes.plot(names, fractions, "o-", label=f"{data} clusters")
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set_ylim(bottom=0)
    axes.set_title("useful work against matrix products")
    axes.legend(fontsize="small")
