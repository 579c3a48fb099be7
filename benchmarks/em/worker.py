"""A library in a process of its own, so that its threads, and its crashes, are its own.

The parent sends (request, argument) and gets (True, answer) or (False, what went wrong).
"""

import gc
import logging
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from em.libraries import LIBRARIES
from em.limits import LIMITS

# Seconds in which threads go to sleep: those of the contestant before, and those of the linear
# algebra that prepared the start, which wait for more in a busy loop.
_PAUSE = 0.2


class _Worker:
    def __init__(self, name: str, n_threads: int) -> None:
        self.library: Any = {**LIBRARIES, **LIMITS}[name]()
        self.n_threads = n_threads
        self.problem: Any = None
        self.fitted: Any = None

    def version(self, _: None) -> str:
        return self.library.version()

    def set_problem(self, problem: Any) -> None:
        self.problem = problem

    def seconds(self, n_iterations: int) -> float:
        """How long one fit takes."""
        run = self.library.prepare(self.problem, n_iterations, self.n_threads)
        self.fitted = None
        gc.collect()
        time.sleep(_PAUSE)
        begin = time.perf_counter()
        self.fitted = run()
        return time.perf_counter() - begin

    def parameters(self, _: None) -> Any:
        """What the last fit found."""
        return self.library.parameters(self.fitted)


def serve(connection: Connection, name: str, n_threads: int) -> None:
    # Nobody is meant to converge here; repairs of gaussmix are in its results.
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        worker, failure = _Worker(name, n_threads), None
    except Exception as error:
        worker, failure = None, _describe(error)
    while True:
        try:
            request, argument = connection.recv()
        except EOFError:
            return
        if failure is not None:
            connection.send((False, failure))
            continue
        try:
            answer: Callable[[Any], Any] = getattr(worker, request)
            connection.send((True, answer(argument)))
        except Exception as error:
            connection.send((False, _describe(error)))


def _describe(error: Exception) -> str:
    """In a line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
