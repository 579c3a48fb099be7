"""Many fits at once: whatever asks for a number of independent fits has them run here.

A small fit is the work of one thread, and several run side by side; a large one uses all threads,
and runs alone. No result depends on it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias

from gaussmix._core import StopFlag

# A fit of at least so many rows x features x components is a large one. Below, several fits on a
# thread each get more done than one after another on all threads.
LARGE_FIT = 2**24


class Job(NamedTuple):
    """One piece of work: one fit, or several that depend on each other."""

    size: int
    """rows x features x components of the largest fit in it."""
    run: Callable[[int, StopFlag], Iterable[Any]]
    """Called as run(n_threads, stop); yields results. Once `stop` is set, nobody wants them: the
    core gives up what it is doing."""


class Outcome(NamedTuple):
    """One result of a job, or its failure."""

    job: int
    """Its number in the sequence of jobs."""
    value: Any
    error: Exception | None


_End = object()
_Queue: TypeAlias = "SimpleQueue[Outcome | BaseException | object]"


def run_jobs(jobs: Sequence[Job], n_threads: int) -> Generator[Outcome, None, None]:
    """Yields the results of each job, as they come.

    Small jobs come first, and begin in their order; then the large ones, in theirs. An Exception
    ends a job, and is its last outcome; anything else (KeyboardInterrupt, SystemExit) ends all.
    Close the iterator, best by contextlib.closing, to end the jobs before their time: those that
    run are told to stop, and waited for.
    """
    small = [i for i, job in enumerate(jobs) if job.size < LARGE_FIT]
    large = [i for i, job in enumerate(jobs) if job.size >= LARGE_FIT]
    n_workers = min(n_threads, len(small))
    if n_workers > 1:
        yield from _side_by_side(jobs, small, n_workers)
    else:
        large = small + large
    for i in large:
        threads = n_threads if jobs[i].size >= LARGE_FIT else 1
        yield from _outcomes(jobs, i, threads, StopFlag())


def _outcomes(jobs: Sequence[Job], i: int, n_threads: int, stop: StopFlag) -> Iterator[Outcome]:
    try:
        for value in jobs[i].run(n_threads, stop):
            yield Outcome(i, value, None)
    except Exception as error:
        yield Outcome(i, None, error)


def _side_by_side(jobs: Sequence[Job], numbers: Sequence[int], n_workers: int) -> Iterator[Outcome]:
    """Runs jobs on a thread each; the calling thread waits, so that Ctrl-C reaches it."""
    stop = StopFlag()
    done: _Queue = SimpleQueue()
    remaining = iter(numbers)
    turn = threading.Lock()

    def work() -> None:
        try:
            while not stop.is_set():
                with turn:
                    i = next(remaining, None)
                if i is None:
                    break
                for outcome in _outcomes(jobs, i, 1, stop):
                    done.put(outcome)
            done.put(_End)
        except BaseException as error:  # not an Exception: it is for the calling thread to raise
            done.put(error)

    with ThreadPoolExecutor(n_workers, thread_name_prefix="gaussmix") as pool:
        try:
            for _ in itertools.repeat(None, n_workers):
                pool.submit(work)
            working = n_workers
            while working:
                outcome = _next(done)
                if isinstance(outcome, Outcome):
                    yield outcome
                elif isinstance(outcome, BaseException):
                    raise outcome
                else:
                    working -= 1
        finally:
            stop.set()


def _next(done: _Queue) -> Outcome | BaseException | object:
    # A signal that comes just before the thread sleeps does not wake it: it has to look again.
    while True:
        with suppress(Empty):
            return done.get(timeout=0.1)
