"""The plot of the optima: log-likelihood against time."""

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from starts.fits import OURS, THEIRS
from starts.optima import Race


def draw(races: list[Race], path: Path) -> None:
    """Writes an SVG; the same races give the same file."""
    matplotlib.rcParams["svg.hashsalt"] = "gaussmix"
    races = [race for race in races if race.failure is None]
    columns = min(3, len(races))
    rows = -(-len(races) // columns)
    figure = Figure(figsize=(4.4 * columns, 3.4 * rows), layout="constrained")
    for axes, race in zip(figure.subplots(rows, columns, squeeze=False).flat, races, strict=False):
        for name, style in ((THEIRS, "C0-"), (OURS, "k-o")):
            points = race.points[name]
            if points:
                seconds, values = zip(*points, strict=True)
                axes.plot(
                    (*seconds, race.budget), (*values, values[-1]), style,
                    drawstyle="steps-post", label=name, markersize=4,
                )  # fmt: skip
        axes.set_xscale("log")
        axes.set_title(str(race.question))
        axes.set_xlabel("seconds")
        axes.set_ylabel("mean log-likelihood")
        axes.ticklabel_format(axis="y", useOffset=False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.savefig(path, metadata={"Date": None})
