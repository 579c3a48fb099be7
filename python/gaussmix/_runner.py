"""Many fits at once: whatever asks for a number of independent fits has them run here.

A small fit is the work of one thread, and several run side by side; a large one uses all threads,
and runs alone. No result depends on it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeAlias

# A fit of at least so many rows x features x components is a large one. Below, several fits on a
# thread each get more done than one after another on all threads; and in a fit so small the core
# comes by a point where it can be stopped every fraction of a second.
LARGE_FIT = 2**24


class Job(NamedTuple):
    """One piece of work."""

    size: int
    """rows x features x components of the largest fit in it."""
    run: Callable[[int, Callable[[], bool]], Any]
    """Called as run(n_threads, stopped); once stopped() is true, nobody wants its result."""


class Outcome(NamedTuple):
    """What became of a job."""

    job: int
    """Its number in the sequence of jobs."""
    value: Any
    """What it returned, or None if it failed."""
    error: Exception | None


_Queue: TypeAlias = "SimpleQueue[Outcome | BaseException]"


def run_jobs(jobs: Sequence[Job], n_threads: int) -> Generator[Outcome, None, None]:
    """Yields what became of each job, as they end.

    Small ones come first, and begin in their order; then the large ones, in theirs. An Exception of
    a job is its outcome; anything else (KeyboardInterrupt, SystemExit) ends all. Close the
    iterator, best by contextlib.closing, to end them before their time: those that run are told to
    stop, and waited for.
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
        yield _outcome(jobs, i, threads, lambda: False)


def _outcome(jobs: Sequence[Job], i: int, n_threads: int, stopped: Callable[[], bool]) -> Outcome:
    try:
        return Outcome(i, jobs[i].run(n_threads, stopped), None)
    except Exception as error:
        return Outcome(i, None, error)


def _side_by_side(jobs: Sequence[Job], numbers: Sequence[int], n_workers: int) -> Iterator[Outcome]:
    """Runs jobs on a thread each; the calling thread waits, so that Ctrl-C reaches it."""
    stop = threading.Event()
    done: _Queue = SimpleQueue()
    remaining = iter(numbers)
    turn = threading.Lock()

    def work() -> None:
        try:
            while not stop.is_set():
                with turn:
                    i = next(remaining, None)
                if i is None:
                    return
                done.put(_outcome(jobs, i, 1, stop.is_set))
        except BaseException as error:  # not an Exception: it is for the calling thread to raise
            done.put(error)

    with ThreadPoolExecutor(n_workers, thread_name_prefix="gaussmix") as pool:
        try:
            for _ in itertools.repeat(None, n_workers):
                pool.submit(work)
            for _ in numbers:
                outcome = _next(done)
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            stop.set()


def _next(done: _Queue) -> Outcome | BaseException:
    # A signal that comes just before the thread sleeps does not wake it: it has to look again.
    while True:
        with suppress(Empty):
            return done.get(timeout=0.1)
