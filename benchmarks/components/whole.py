"""Whole fits from nothing, beside vamm's: EM that looks at a few components of each row."""

import importlib
import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from em.problems import Array, Shape
from gaussmix import GaussianMixture
from starts.turns import timed

from components.part import Part, Settings, judged
from components.rows import overlapping, shrunk

TO_THE_END, UNTIL = "to the end", "until it passes"  # how long ours fits
# The shape, how far apart means are, and how many times as long vamm must take.
CASES = (
    (Shape("full", 100_000, 16, 256), 1.0, TO_THE_END, 20.0),
    (Shape("full", 100_000, 32, 256), 1.0, TO_THE_END, 60.0),
    (Shape("diag", 100_000, 32, 512), 0.5, UNTIL, 1.0),
    (Shape("diag", 200_000, 8, 1024), 1.0, UNTIL, 1.0),
    (Shape("full", 100_000, 32, 1024), 1.0, UNTIL, 1.0),
)


class Fit(NamedTuple):
    seconds: float
    seeding: float
    score: float


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


def by_us(X: Array, k: int, covariance_type: str, n_threads: int, until: float) -> Fit:
    """A fit that stops once its mean log-likelihood is above `until`."""
    moments: list[float] = []
    scores: list[float] = []

    def told(iteration: int, log_likelihood: float, change: float) -> bool:
        moments.append(time.perf_counter() - began)
        scores.append(log_likelihood)
        return log_likelihood > until

    ends: dict[str, Any] = {} if math.isinf(until) else {"tol": 1e-6, "max_iter": 1000}
    model: Any = GaussianMixture(
        k, covariance_type=covariance_type, random_state=0, n_jobs=n_threads, callback=told, **ends
    )
    began = time.perf_counter()
    model.fit(X)
    seconds = time.perf_counter() - began
    # The first iteration is in the first moment, and takes about as long as the second.
    first = moments[1] - moments[0] if len(moments) > 1 else 0.0
    return Fit(seconds, moments[0] - first, scores[-1])


def _measure(settings: Settings) -> Iterator[list[str]]:
    for shape, distance, how, must in CASES:
        small = shrunk(shape) if settings.quick else shape
        X, _ = overlapping(small, distance)
        title = [f"{small}, means {distance:g} N(0, I)", how]
        try:
            theirs, score = by_vamm(X, small.n_components, shape.name)
        except ImportError as error:
            yield [*title, str(error), "", "", "", "", *judged(None, must)]
            continue
        until = score if how == UNTIL else math.inf
        ours = by_us(X, small.n_components, shape.name, settings.n_threads, until)
        yield [
            *title, f"{theirs:.1f}", f"{score:.4f}",
            f"{ours.seconds:.1f}", f"{ours.seeding:.1f}", f"{ours.score:.4f}",
            *judged(theirs / ours.seconds if ours.score > score else 0.0, must),
        ]  # fmt: skip


WHOLE_FITS = Part(
    "Whole fits, beside vamm",
    """\
Fits from nothing with everybody's defaults (vamm looks at a few components of each row, and seeds
by AFK-MC2; ours at all that count, and seeds by k-means), all threads, seconds, once each, seeding
included. Mean log-likelihoods are those of all components, by gaussmix. Ours fits to its end, or,
at `tol=1e-6`, until its mean log-likelihood is above that with which vamm ends; times is 0 where it
ends lower.
Seeding is what ours does before its first iteration.""",
    ("(rows, features, components)", "ours fits", "vamm, s", "mean log-likelihood", "gaussmix, s",
     "of that, seeding", "mean log-likelihood", "times", "must", "verdict"),
    _measure,
)  # fmt: skip
