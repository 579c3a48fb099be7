"""One fit of k-means: where its starts begin, the best of them, and warnings."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _core, exceptions
from gaussmix._arrays import as_floats, as_sample_weight, check_finite, drop_weightless
from gaussmix._init_function import centers_by
from gaussmix._seeds import RandomState, draw_seed
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats, NInit

CentersFunction: TypeAlias = Callable[..., ArrayLike]
"""Called as function(X, n_clusters, random_state=...)."""

_Method: TypeAlias = Literal["k-means++", "random"]
Init: TypeAlias = _Method | CentersFunction | ArrayLike

_Found: TypeAlias = tuple[Floats, NDArray[np.int32], float, int]

_STARTS_AT_RANDOM = 10


@dataclass(frozen=True, eq=False)
class Clusters:
    """What a fit found. The estimator swaps one for another in a single assignment."""

    centers: Floats
    labels: NDArray[np.int32]
    inertia: float
    n_iter: int
    feature_names: FeatureNames | None


def find_clusters(
    table: Floats,
    sample_weight: ArrayLike | None,
    feature_names: FeatureNames | None,
    *,
    n_clusters: int,
    init: Init,
    n_init: NInit,
    max_iter: int,
    tol: float,
    random_state: RandomState,
    n_jobs: int | None,
) -> Clusters:
    """Returns the clusters of a table that is finite. The parameters, but `init`, are checked."""
    weights = as_sample_weight(sample_weight, table.shape[0])
    rows, weights = drop_weightless(table, weights)
    if rows.shape[0] < n_clusters:
        raise ValueError(f"n_samples={rows.shape[0]} should be >= n_clusters={n_clusters}.")
    threads = n_threads(n_jobs)
    run = partial(
        _core.kmeans,
        rows,
        weights,
        n_clusters=n_clusters,
        max_iter=max_iter,
        tol=tol,
        n_threads=threads,
    )
    centers, labels, inertia, n_iter = _best(run, rows, n_clusters, init, n_init, random_state)
    _warn_of_few(labels, n_clusters)
    if rows is not table:
        labels = _core.nearest_centers(table, None, centers, threads)[0]
    labels.flags.writeable = False
    return Clusters(centers, labels, inertia, n_iter, feature_names)


def _best(
    run: Callable[..., _Found],
    rows: Floats,
    n_clusters: int,
    init: Init,
    n_init: NInit,
    random_state: RandomState,
) -> _Found:
    """Returns what the start with the least inertia finds, the first of equals."""
    if isinstance(init, str):
        n_starts = _n_starts(n_init, _STARTS_AT_RANDOM if init == "random" else 1)
        method = cast(_Method, init)
        return run(init=method, centers=None, n_init=n_starts, seed=draw_seed(random_state))

    def run_from(centers: ArrayLike) -> _Found:
        checked = _check_centers(centers, n_clusters, rows)
        return run(init="k-means++", centers=checked, n_init=1, seed=0)

    if callable(init):
        n_starts = _n_starts(n_init, _STARTS_AT_RANDOM)
        starts = centers_by(init, rows, n_clusters, random_state, n_starts)
        return min(map(run_from, starts), key=lambda found: found[2])
    if n_init not in ("auto", 1):
        warnings.warn(
            "Explicit initial center position passed: performing only one init in KMeans instead "
            f"of n_init={n_init}.",
            RuntimeWarning,
            stacklevel=5,  # where a method of the estimator is called
        )
    return run_from(init)


def _n_starts(n_init: NInit, automatic: int) -> int:
    return automatic if n_init == "auto" else int(n_init)


def _check_centers(centers: ArrayLike, n_clusters: int, rows: Floats) -> Floats:
    """Returns centres that a user gives; ValueError unless they are finite and of the shape."""
    floats = as_floats(centers, "init", rows.dtype)
    expected = (n_clusters, rows.shape[1])
    if floats.shape != expected:
        raise ValueError(
            f"The shape of the initial centers {floats.shape} does not match (n_clusters, "
            f"n_features), which is {expected}"
        )
    check_finite(floats, "init")
    return floats


def _warn_of_few(labels: NDArray[np.int32], n_clusters: int) -> None:
    found = np.count_nonzero(np.bincount(labels, minlength=n_clusters))
    if found < n_clusters:
        warnings.warn(
            f"Number of distinct clusters ({found}) found smaller than n_clusters ({n_clusters}). "
            "Possibly due to duplicate points in X.",
            exceptions.ConvergenceWarning,
            stacklevel=5,
        )
