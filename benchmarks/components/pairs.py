"""Whether a row and a component cost the same among many components as among few."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from em.problems import Shape
from starts.turns import in_turns, timed

from components.part import Part, Settings, judged
from components.rows import going_on, iteration_seconds, near_the_truth, overlapping, shrunk

FEW, MANY = Shape("few", 100_000, 8, 64), Shape("many", 100_000, 8, 1024)
STEP, FIT = "`step`, which remembers nothing of rows", "an iteration of `fit`"


def _measure(settings: Settings) -> Iterator[list[str]]:
    shapes = {s.name: shrunk(s) if settings.quick else s for s in (FEW, MANY)}
    data = {name: overlapping(shape) for name, shape in shapes.items()}
    mixtures = {name: near_the_truth(X, means, "full") for name, (X, means) in data.items()}
    pair = {(how, name): np.inf for how in (STEP, FIT) for name in shapes}  # nanoseconds
    for name in in_turns(list(shapes), settings.n_rounds):
        X, mixture = data[name][0], mixtures[name]
        step, _ = timed(partial(mixture.step, X))
        iteration = iteration_seconds(going_on(mixture, 4), X).min()
        for how, seconds in ((STEP, step), (FIT, iteration)):
            one = seconds / len(X) / shapes[name].n_components * 1e9
            pair[how, name] = min(pair[how, name], one)
    for how in (STEP, FIT):
        few, many = pair[how, "few"], pair[how, "many"]
        yield [how, f"{few:.2f}", f"{many:.2f}", *judged(many / few, 1.15, True)]


PAIRS = Part(
    "A row and a component, among 64 and among 1,024",
    """\
Full covariances, 100,000 rows of 8 features, means N(0, I), unit covariances; one thread. From the
parameters that the rows are of, after an iteration. `step` computes all pairs; `fit` may pass over
some. Nanoseconds, the least of the rounds.""",
    ("", "64 components, ns", "1,024 components, ns", "times", "must", "verdict"),
    _measure,
)
