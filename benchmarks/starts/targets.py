"""What the starts set out to reach, and what they did reach."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from em.target import Target

from starts import fits, kmeans, optima

Duration = Callable[[kmeans.Iterations], float | None]


@dataclass
class Measured:
    kmeans: list[kmeans.Size]
    fits: list[fits.Size]
    optima: list[optima.Race]


def targets(measured: Measured) -> Iterable[Target]:
    whole: Duration = kmeans.Iterations.whole
    each: Duration = kmeans.Iterations.each
    for what, duration in (("fit of one iteration", whole), ("further iteration", each)):
        yield _smallest(
            f"k-means, {what}: against scikit-learn, the smallest",
            [(s.shape.name, _ratio(s, duration, *kmeans.FLOAT64)) for s in measured.kmeans],
            2, 4,
        )  # fmt: skip
        yield _smallest(
            f"k-means, {what}, float32: against FAISS, the smallest",
            [(s.shape.name, _ratio(s, duration, *kmeans.FLOAT32)) for s in measured.kmeans],
            1, None,
        )  # fmt: skip
    yield _inertias(measured.kmeans)
    speedups = [(size.shape.name, size.speedup(fits.OURS)) for size in measured.fits]
    mean = statistics.geometric_mean([value for _, value in speedups]) if speedups else None
    what = "fit from nothing, n_init=1: against scikit-learn, geometric mean"
    yield Target(what, mean, 25, None, detail=_detail(speedups))
    yield _smallest(
        f"fit from nothing, n_init={fits.TEN}: against scikit-learn's n_init=1, the smallest",
        [(size.shape.name, size.speedup(fits.OURS_TEN)) for size in measured.fits],
        1, None,
    )  # fmt: skip
    yield _smallest(
        f"fit from nothing, n_init={fits.TEN}: seeds of 20 as good as scikit-learn, the fewest",
        [(s.shape.name, 20 * s.as_good(fits.OURS_TEN) / s.n_seeds()) for s in measured.fits],
        17, None,
    )  # fmt: skip
    yield _smallest(
        "best log-likelihood in the same time: relative gain over scikit-learn, the smallest",
        [(race.question.data, race.gain()) for race in measured.optima if race.failure is None],
        -optima.SAME, None,
    )  # fmt: skip


def _ratio(size: kmeans.Size, duration: Duration, ours: str, theirs: str) -> float | None:
    times = [duration(size.iterations[name]) for name in (theirs, ours)]
    return None if None in times else times[0] / times[1]  # type: ignore[operator]


def _inertias(sizes: list[kmeans.Size]) -> Target:
    def median(size: kmeans.Size, name: str) -> float:
        return statistics.median(size.inertias[name])

    ratios = [(s.shape.name, median(s, kmeans.OURS) / median(s, kmeans.THEIRS)) for s in sizes]
    return Target(
        "k-means, median inertia over the seeds: against scikit-learn's, the largest",
        max((value for _, value in ratios), default=None),
        1,
        None,
        lower_is_better=True,
        detail=", ".join(f"{name} {value:.5f}" for name, value in ratios),
    )


def _smallest(what: str, values: Any, must: float, reach: float | None) -> Target:
    known = [value for _, value in values if value is not None]
    return Target(what, min(known, default=None), must, reach, detail=_detail(values))


def _detail(values: Any) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if value is not None else f"{name} failed" for name, value in values
    )
