"""What looking for pairs to pass over costs where there are none."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from em.problems import DISTANCES, Array, Shape
from starts.turns import in_turns, timed

from components.part import Part, Settings, judged
from components.rows import going_on, near_the_truth, overlapping, shrunk

SHAPES = (
    Shape("full", 100_000, 8, 64),
    Shape("full", 50_000, 16, 64),
    Shape("diag", 100_000, 8, 256),
    Shape("diag", 50_000, 32, 256),
)
ITERATIONS = 10


def _steps(mixture: Any, X: Array) -> None:
    for _ in range(ITERATIONS):
        mixture = mixture.step(X)


def _measure(settings: Settings) -> Iterator[list[str]]:
    for shape in SHAPES:
        small = shrunk(shape) if settings.quick else shape
        X, means = overlapping(small, DISTANCES["overlapping"])
        mixture = near_the_truth(X, means, shape.name)
        runs: dict[str, Callable[[], Any]] = {
            "fit": partial(going_on(mixture, ITERATIONS).fit, X),
            "steps": partial(_steps, mixture, X),
        }
        least: dict[str, float] = {}
        for name in in_turns(list(runs), settings.n_rounds):
            seconds, _ = timed(runs[name])
            least[name] = min(seconds, least.get(name, seconds))
        times = [f"{1e3 * least[name] / ITERATIONS:.1f}" for name in runs]
        yield [str(small), *times, *judged(least["fit"] / least["steps"], 1.03, True)]


PRUNING = Part(
    "Looking for what to pass over, where there is nothing",
    f"""\
Means 0.3 N(0, I), unit covariances, from the parameters that the rows are of; one thread. `fit`
groups rows, keeps bounds and gives them up; `step` computes every pair. {ITERATIONS} iterations of
each, whole calls; milliseconds an iteration, the least of the rounds.""",
    ("(rows, features, components)", "`fit`, ms", "`step`, ms", "times", "must", "verdict"),
    _measure,
)
