"""gaussmix.dask on clusters whose workers are killed, leave, restart or come in mid-fit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
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


@contextmanager
def killing(client: Client, iterations: tuple[int, ...]) -> Iterator[Callable[..., None]]:
    """Yields a callback that kills a worker in the iteration after each of these.

    The worker is one that has tasks to do, at that moment.
    """
    killers: list[threading.Thread] = []
    killed: list[str] = []
    over = threading.Event()

    def kill(pids: dict[str, int]) -> None:
        while not over.is_set():
            busy = [address for address, tasks in client.processing().items() if tasks]
            if busy:
                os.kill(pids[busy[0]], signal.SIGKILL)
                killed.append(busy[0])
                return

    def callback(iteration: int, log_likelihood: float, change: float) -> None:
        if iteration in iterations:
            killers.append(threading.Thread(target=kill, args=(client.run(os.getpid),)))
            killers[-1].start()

    try:
        yield callback
    finally:
        over.set()
        for killer in killers:
            killer.join()
    assert len(killed) == len(iterations)


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
    with dask.config.set(OFTEN), workers(2) as client:
        for _ in range(repetitions):
            X = heavy().persist() if persisted else heavy()
            with killing(client, (2,)) as callback:
                model = GaussianMixture(**PARAMS, callback=callback).fit(X)
            assert bits(model) == wanted
            client.wait_for_workers(2)


def test_only_worker_is_killed_again_and_again() -> None:
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with dask.config.set(OFTEN), workers(1) as client:
        X = heavy().persist()
        with killing(client, (1, 5)) as callback:
            assert bits(GaussianMixture(**PARAMS, callback=callback).fit(X)) == wanted


def worker_of_its_own(address: str) -> subprocess.Popen[bytes]:
    """A worker that nobody starts again."""
    options = ["--no-nanny", "--nthreads=1", "--no-dashboard"]
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", *options, address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_worker_that_held_rows_left() -> None:
    # xgboost.dask waits for ever for such a worker: dmlc/xgboost#9419.
    wanted = fitted_in_turn(heavy(), **PARAMS)
    with workers(1) as client:
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            "--no-nanny",
            "--nthreads=1",
        ]
        address = client.scheduler_info()["address"]
        with subprocess.Popen(
            [*command, "--no-dashboard", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as leaving:
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
