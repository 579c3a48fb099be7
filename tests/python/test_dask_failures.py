"""gaussmix.dask on clusters whose workers are killed, leave, restart or come in mid-fit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask
import dask.array as da
import numpy as np
import pytest
from dask_tables import bits, fitted_in_turn, given_start, table, workers
from distributed import Client, wait
from gaussmix.dask import GaussianMixture

pytestmark = [
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore:Best performing init"),
]

PARAMS = {**given_start(), "random_state": 0}
OFTEN = {"distributed.scheduler.allowed-failures": 1000}


def heavy() -> da.Array:
    """Chunks whose E-steps take long enough to be interrupted."""
    return da.from_array(np.tile(table(), (20, 1)), chunks=(5000, -1))


def start_worker(address: str) -> subprocess.Popen[bytes]:
    """A worker process of one thread that nobody starts again."""
    options = ["--no-nanny", "--nthreads=1", "--no-dashboard"]
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", *options, address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Killer:
    """A callback that kills a worker which is at work, in the iteration after those it is told.

    It starts another one in its place.
    """

    def __init__(self, client: Client, n_workers: int) -> None:
        self._client, self._n = client, n_workers
        self._address = client.scheduler_info()["address"]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self.iterations: tuple[int, ...] = ()
        self.n_killed = 0
        self.wait()

    def wait(self) -> None:
        """Waits, when a fit is over, until there are as many workers as there should be."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        while len(self._processes) < self._n:
            self._processes.append(start_worker(self._address))
        self._client.wait_for_workers(self._n)

    def __call__(self, iteration: int, log_likelihood: float, change: float) -> None:
        if iteration in self.iterations:
            self._over.clear()
            self._threads.append(threading.Thread(target=self._kill))
            self._threads[-1].start()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def _kill(self) -> None:
        pids, busy = self._client.run(os.getpid), []
        while not busy:
            if self._over.is_set():
                return
            tasks = self._client.processing()
            busy = [pid for address, pid in pids.items() if tasks.get(address)]
        (killed,) = (process for process in self._processes if process.pid == busy[0])
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        self._processes.remove(killed)
        self._processes.append(start_worker(self._address))
        self.n_killed += 1


@contextmanager
def mortal_workers(n: int) -> Iterator[tuple[Client, Killer]]:
    """A cluster of n workers, its client, and what kills them."""
    with dask.config.set(OFTEN), workers(0) as client:
        killer = Killer(client, n)
        try:
            yield client, killer
        finally:
            killer.close()


@pytest.mark.parametrize(
    ("repetitions", "persisted"),
    [
        (2, True),
        (2, False),
        pytest.param(20, True, marks=pytest.mark.slow),
        pytest.param(20, False, marks=pytest.mark.slow),
    ],
)
def test_worker_is_killed(repetitions: int, persisted: bool) -> None:
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with mortal_workers(2) as (_, killer):
        killer.iterations = (2,)
        for _ in range(repetitions):
            X = heavy().persist() if persisted else heavy()
            assert bits(GaussianMixture(**PARAMS, callback=killer).fit(X)) == wanted
            killer.wait()
        assert killer.n_killed == repetitions


def test_only_worker_is_killed_again_and_again() -> None:
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with mortal_workers(1) as (_, killer):
        killer.iterations = (1, 5)
        X = heavy().persist()
        assert bits(GaussianMixture(**PARAMS, callback=killer).fit(X)) == wanted
        killer.wait()
        assert killer.n_killed == 2


def test_worker_that_held_rows_left() -> None:
    # xgboost.dask waits for ever for such a worker: dmlc/xgboost#9419.
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with workers(1) as client:
        with start_worker(client.scheduler_info()["address"]) as leaving:
            client.wait_for_workers(2)
            X = heavy().persist()
            wait(X)
            assert len({w for held in client.who_has(X).values() for w in held}) == 2
            leaving.kill()
        assert bits(GaussianMixture(**PARAMS).fit(X)) == wanted


def test_worker_that_held_rows_restarted() -> None:
    # xgboost.dask waits for ever for its old address: dmlc/xgboost#9420.
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with workers(2) as client:
        X = heavy().persist()
        wait(X)
        held = {worker for held in client.who_has(X).values() for worker in held}
        client.restart_workers(sorted(held)[:1])
        assert bits(GaussianMixture(**PARAMS).fit(X)) == wanted


def test_workers_come_in_mid_fit() -> None:
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with workers(1) as client:

        def scale(iteration: int, *_: float) -> None:
            if iteration == 2:
                client.cluster.scale(2)
                client.wait_for_workers(2)
            elif iteration == 5:
                client.cluster.scale(1)

        assert bits(GaussianMixture(**PARAMS, callback=scale).fit(heavy().persist())) == wanted
