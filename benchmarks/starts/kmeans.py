"""k-means: the time of iterations from the same centres, and the inertia of whole fits."""

import importlib
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gaussmix
import numpy as np
from em.problems import Shape, make_data
from numpy.typing import NDArray
from sklearn import cluster
from sklearn.metrics import pairwise_distances_argmin

from starts.turns import in_turns, timed

SIZES = (
    Shape("B", 200_000, 8, 16),
    Shape("C", 100_000, 16, 32),
    Shape("D", 50_000, 32, 64),
    Shape("G", 100_000, 32, 256),
    Shape("H", 100_000, 8, 1024),
    Shape("I", 100_000, 32, 1024),
    Shape("J", 50_000, 128, 1024),
)
QUICK_SIZES = (Shape("tiny", 600, 4, 5),)
MORE = 10  # iterations after the first one
# Whole fits with more clusters take scikit-learn so long that there are few of them.
MANY, FEW_SEEDS = 256, 3

OURS, THEIRS = "gaussmix", "scikit-learn"
OURS_FLOAT32, FAISS = "gaussmix float32", "FAISS"
FLOAT64, FLOAT32 = (OURS, THEIRS), (OURS_FLOAT32, FAISS)
# Of inertias after the same iterations, relative: up to here they count as the same.
AGREEMENT = 1e-3

Array = NDArray[Any]
Fit = Callable[[Array, Array, int], Array]  # rows, centres, iterations -> centres


@dataclass
class Iterations:
    """Of one library at one size."""

    failure: str | None = None
    inertia: float | None = None  # after 1 + MORE iterations
    one: list[float] = field(default_factory=list)  # seconds of a fit of one iteration
    more: list[float] = field(default_factory=list)  # seconds of a fit of 1 + MORE

    def whole(self) -> float | None:
        """Milliseconds of a fit of one iteration, with all that comes before and after it."""
        return statistics.median(self.one) * 1e3 if self.one else None

    def each(self) -> float | None:
        """Milliseconds of an iteration after the first."""
        if not self.one:
            return None
        return (statistics.median(self.more) - statistics.median(self.one)) / MORE * 1e3


@dataclass
class Size:
    shape: Shape
    iterations: dict[str, Iterations]
    # Of whole fits from k-means++, a seed each.
    seconds: dict[str, list[float]]
    inertias: dict[str, list[float]]


def run_size(shape: Shape, distance: float, n_rounds: int, n_seeds: int) -> Size:
    X = make_data(shape, distance)
    centres = np.random.default_rng(1).choice(X, shape.n_components, replace=False)
    iterations = _time_iterations(X, centres, n_rounds)
    if shape.n_components > MANY:
        n_seeds = min(n_seeds, FEW_SEEDS)
    seconds: dict[str, list[float]] = {name: [] for name in FLOAT64}
    inertias: dict[str, list[float]] = {name: [] for name in FLOAT64}
    for number, name in enumerate(in_turns(list(FLOAT64), n_seeds)):
        estimator = _ESTIMATORS[name](shape.n_components, n_init=1, random_state=number // 2)
        time, _ = timed(lambda estimator=estimator: estimator.fit(X))
        seconds[name].append(time)
        inertias[name].append(inertia(X, estimator.cluster_centers_))
    return Size(shape, iterations, seconds, inertias)


def inertia(X: Array, centres: Array) -> float:
    centres = np.asarray(centres, np.float64)
    return float(((X - centres[pairwise_distances_argmin(X, centres)]) ** 2).sum())


_ESTIMATORS: dict[str, Any] = {OURS: gaussmix.KMeans, THEIRS: cluster.KMeans}


def _of_estimator(estimator: Any) -> Fit:
    def fit(X: Array, centres: Array, n_iterations: int) -> Array:
        k = len(centres)
        kmeans = estimator(k, init=centres, n_init=1, max_iter=n_iterations, tol=0.0)
        return kmeans.fit(X).cluster_centers_

    return fit


def _of_faiss() -> Fit:
    faiss = importlib.import_module("faiss")

    def fit(X: Array, centres: Array, n_iterations: int) -> Array:
        n, d = X.shape
        kmeans = faiss.Kmeans(d, len(centres), niter=n_iterations, max_points_per_centroid=n)
        kmeans.train(X, init_centroids=centres)
        return kmeans.centroids

    return fit


def _time_iterations(X: Array, centres: Array, n_rounds: int) -> dict[str, Iterations]:
    """All libraries make the same iterations: results are compared, then times are taken."""
    makers: dict[str, tuple[Any, Callable[[], Fit]]] = {
        OURS: (np.float64, lambda: _of_estimator(gaussmix.KMeans)),
        THEIRS: (np.float64, lambda: _of_estimator(cluster.KMeans)),
        OURS_FLOAT32: (np.float32, lambda: _of_estimator(gaussmix.KMeans)),
        FAISS: (np.float32, _of_faiss),
    }
    found: dict[str, Iterations] = {}
    runs: dict[str, Callable[[int], Array]] = {}
    for name, (dtype, make) in makers.items():
        entry = found[name] = Iterations()
        try:
            fit = make()
        except ImportError as error:
            entry.failure = str(error)
            continue
        rows, first = X.astype(dtype), centres.astype(dtype)
        runs[name] = lambda n, fit=fit, rows=rows, first=first: fit(rows, first, n)
        entry.inertia = inertia(X, runs[name](1 + MORE))
    right = found[THEIRS].inertia or 0.0
    for name in list(runs):
        off = found[name].inertia / right - 1
        if not abs(off) <= AGREEMENT:
            found[name].failure = f"another result: its inertia is off by {off:+.1e}"
            del runs[name]
    for name in in_turns(list(runs), n_rounds):
        found[name].one.append(timed(lambda name=name: runs[name](1))[0])
        found[name].more.append(timed(lambda name=name: runs[name](1 + MORE))[0])
    return found
