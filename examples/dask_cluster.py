"""Fits a million rows on a cluster of two worker processes, one of which is killed meanwhile."""

import logging
import os
import signal
import sys

import dask.array as da
from dask.distributed import Client, LocalCluster
from gaussmix.dask import GaussianMixture


def fit(X: da.Array, **params: object) -> GaussianMixture:
    return GaussianMixture(3, random_state=0, tol=1e-6, **params).fit(X)


def main() -> None:
    # The rows come from seeded tasks, so that workers can make them again.
    rng = da.random.default_rng(0)
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    n_chunk = n // 16
    component = rng.integers(3, size=(n, 1), chunks=(n_chunk, 1))
    X = rng.normal(size=(n, 4), chunks=(n_chunk, 4)) * (1 + component / 4) + 2 * component

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL,  # it would tell of the loss
        ) as cluster,
        Client(cluster) as client,
    ):
        X = X.persist()

        def kill_a_worker(iteration: int, log_likelihood: float, change: float) -> None:
            if iteration == 3:
                pid = min(client.run(os.getpid).values())
                os.kill(pid, signal.SIGKILL)

        model = fit(X, callback=kill_a_worker)
        counts = da.bincount(model.predict(X), minlength=3).compute()
        print(f"{n} rows, {X.npartitions} chunks, {model.n_iter_} iterations")
        print("means", model.means_[:, 0].round(2))
        print("rows a component", counts.tolist())

        same = fit(X)
        print("the same bits without the loss:", bool((same.means_ == model.means_).all()))


if __name__ == "__main__":
    main()
