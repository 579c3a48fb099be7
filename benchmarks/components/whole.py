"""Whole fits from nothing, beside vamm's: EM that looks at a few components of each row."""

import importlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from em.problems import Array, Shape
from gaussmix import GaussianMixture
from starts.turns import timed

from components.part import Part, Settings, judged
from components.rows import overlapping, shrunk

WHOLE, UNTIL = "whole", "until"  # what is compared: the fits, or the time to where vamm ends
# The shape, how far apart means are, what is compared, and how many times as long vamm must take.
CASES = (
    (Shape("full", 100_000, 16, 256), 1.0, WHOLE, 20.0),
    (Shape("full", 100_000, 32, 256), 1.0, WHOLE, 60.0),
    (Shape("diag", 100_000, 32, 512), 0.5, UNTIL, 1.0),
    (Shape("diag", 200_000, 8, 1024), 1.0, UNTIL, 1.0),
    (Shape("full", 100_000, 32, 1024), 1.0, UNTIL, 1.0),
)


class Fit(NamedTuple):
    """Of ours: when its iterations ended, and the mean log-likelihood that each found."""

    seconds: float
    score: float
    moments: Array
    scores: Array

    @property
    def seeding(self) -> float:
        """Until the first iteration, if that took as long as the second."""
        return float(2 * self.moments[0] - self.moments[1])

    def reaches(self, score: float) -> float | None:
        found = np.flatnonzero(self.scores >= score)
        return float(self.moments[found[0]]) if found.size else None


def by_vamm(X: Array, k: int, covariance_type: str) -> tuple[float, float]:
    """The seconds of its fit with its defaults, and the mean log-likelihood in the end, by us."""
    vamm = importlib.import_module("vamm")
    name = {"full": "full", "diag": "diagonal"}[covariance_type]
    model = vamm.Gaussian(k, X.shape[1], name)
    seconds, _ = timed(lambda: model.fit(X, rng=0))
    shape = (k, X.shape[1], X.shape[1]) if covariance_type == "full" else (k, X.shape[1])
    weights = np.asarray(model.prior, float)
    found = GaussianMixture.from_parameters(
        weights / weights.sum(), np.asarray(model.means), np.reshape(model.variance, shape),
        covariance_type,
    )  # fmt: skip
    return seconds, float(found.score(X))


def by_us(X: Array, k: int, covariance_type: str, n_threads: int) -> Fit:
    moments: list[float] = []
    scores: list[float] = []

    def told(iteration: int, log_likelihood: float, change: float) -> None:
        moments.append(time.perf_counter())
        scores.append(log_likelihood)

    model: Any = GaussianMixture(
        k, covariance_type=covariance_type, random_state=0, n_jobs=n_threads, callback=told
    )
    began = time.perf_counter()
    model.fit(X)
    seconds = time.perf_counter() - began
    return Fit(seconds, model.score(X), np.array(moments) - began, np.array(scores))


def _times(ours: Fit, theirs: float, score: float, compared: str) -> float:
    """How many times as long vamm takes."""
    if compared == WHOLE:
        return theirs / ours.seconds if ours.score > score else 0.0
    reached = ours.reaches(score)
    return theirs / reached if reached else 0.0


def _measure(settings: Settings) -> Iterator[list[str]]:
    for shape, distance, compared, must in CASES:
        small = shrunk(shape) if settings.quick else shape
        X, _ = overlapping(small, distance)
        k = small.n_components
        title = f"{small}, means {distance:g} N(0, I)"
        ours = by_us(X, k, shape.name, settings.n_threads)
        cells = [title, f"{ours.seconds:.1f}", f"{ours.seeding:.1f}", f"{ours.score:.4f}"]
        try:
            theirs, score = by_vamm(X, k, shape.name)
        except ImportError as error:
            yield [*cells, str(error), "", "", compared, *judged(None, must)]
            continue
        reached = ours.reaches(score)
        cells += [f"{theirs:.1f}", f"{score:.4f}", f"{reached:.1f}" if reached else "never"]
        yield [*cells, compared, *judged(_times(ours, theirs, score, compared), must)]


WHOLE_FITS = Part(
    "Whole fits, beside vamm",
    """\
Fits from nothing with everybody's defaults (vamm looks at a few components of each row, and seeds
by AFK-MC2; ours at all that count, and seeds by k-means), all threads, seconds, once each. Mean
log-likelihoods are those of all components, by gaussmix. Compared are whole fits, of which ours has
to end higher, or vamm's with the time until ours has passed the mean log-likelihood with which vamm
ends, seeding included; 0 where ours does not. Seeding is what ours does before its first
iteration.""",
    ("(rows, features, components)", "gaussmix, s", "of that, seeding", "mean log-likelihood",
     "vamm, s", "mean log-likelihood", "gaussmix passes it at, s", "compared", "times", "must",
     "verdict"),
    _measure,
)  # fmt: skip
