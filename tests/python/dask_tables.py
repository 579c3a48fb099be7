"""Tables in chunks, small clusters, and EM by the verbs in the order of gaussmix.dask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import dask
import dask.array as da
import gaussmix.dask
import numpy as np
from data import Floats, sample_mixture, start
from distributed import Client, LocalCluster
from gaussmix import GaussianMixture, Statistics

FAN_IN = 8
CHUNKS = (700, 1, 0, 299, 1000, 500, 400, 50, 25, 25)
"""Ten, so that the tree has two levels, of 3000 rows."""


@cache
def table(dtype: str = "float64") -> Floats:
    """3000 rows of four clusters in three dimensions, read-only."""
    X = sample_mixture(n_samples=3000, n_features=3, n_components=4, seed=3).astype(dtype)
    X.flags.writeable = False
    return X


def chunked(X: Floats, chunks: tuple[int, ...] = CHUNKS) -> da.Array:
    """The table as a dask array of these chunks."""
    return da.from_array(X, chunks=(chunks, -1))


def given_start(covariance_type: str = "full") -> dict[str, Any]:
    """Parameters for a fit of `table`: all that EM begins with, and 8 iterations."""
    return {**start(table(), 4, covariance_type), "tol": 0.0, "max_iter": 8}


def merged(parts: list[Statistics]) -> Statistics:
    """Neighbours, eight at a time, until one is left."""
    while len(parts) > 1:
        groups = [parts[i : i + FAN_IN] for i in range(0, len(parts), FAN_IN)]
        parts = [sum(group[1:], group[0]) for group in groups]
    return parts[0]


def fitted_by_verbs(X: Floats, chunks: tuple[int, ...], first: GaussianMixture) -> GaussianMixture:
    """EM from an estimator with parameters, over the chunks, for as many iterations as it says."""
    parts = np.split(X, np.cumsum(chunks)[:-1])
    model = first
    for _ in range(first.max_iter):
        model = model.maximize(merged([model.expect(part) for part in parts]))
    return model


def bits(model: Any) -> tuple[Any, ...]:
    """All that a fit found, to the bit."""
    arrays = (model.weights_, model.means_, model.covariances_, model.precisions_cholesky_)
    return (*(array.tobytes() for array in arrays), model.noise_weight_, tuple(model.lower_bounds_))


def fitted_in_turn(X: da.Array, **params: Any) -> tuple[Any, ...]:
    """What one thread of this process makes of the same chunks."""
    with dask.config.set(scheduler="synchronous"):
        return bits(gaussmix.dask.GaussianMixture(**params).fit(X))


@contextmanager
def workers(n: int, **options: Any) -> Iterator[Client]:
    """A cluster of n processes of one thread each, and its client."""
    quiet = {
        "distributed.logging.distributed": "critical",
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    with (
        dask.config.set(quiet),
        LocalCluster(
            n_workers=n,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=50,
            **options,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
