"""The parent's side of a library in a process of its own."""

import multiprocessing
import os
import signal
from typing import Any

from em.worker import serve

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class FailureError(Exception):
    """The library cannot do it; the text says why."""


class Contestant:
    """A library with a number of threads. Its process starts, or starts again, when it is needed.

    Every call raises FailureError where the library fails, crashes, or exceeds the timeout.
    """

    def __init__(self, name: str, library: str, n_threads: int, timeout: float) -> None:
        self.name = name
        self.problem: Any = None
        self.library = library
        self._n_threads, self._timeout = n_threads, timeout
        self._process: Any = None
        self._connection: Any = None
        self._problem: Any = None  # what the process has

    def version(self) -> str:
        return self._ask("version", None)

    def seconds(self, n_iterations: int) -> float:
        """How long a fit of the problem takes."""
        if self._process is None or self._problem is not self.problem:
            self._ask("set_problem", self.problem)
            self._problem = self.problem
        return self._ask("seconds", n_iterations)

    def parameters(self) -> Any:
        """What the last fit found."""
        return self._ask("parameters", None)

    def stop(self) -> None:
        if self._process is not None:
            self._connection.close()
            self._process.join(5)
            self._process.kill()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        before = dict(os.environ)
        os.environ.update({name: str(self._n_threads) for name in _THREAD_VARIABLES})
        try:
            arguments = (theirs, self.library, self._n_threads)
            self._process = context.Process(target=serve, args=arguments, daemon=True)
            self._process.start()
        finally:
            os.environ.clear()
            os.environ.update(before)
        theirs.close()

    def _ask(self, request: str, argument: Any) -> Any:
        if self._process is None:
            self._start()
        try:
            self._connection.send((request, argument))
            if not self._connection.poll(self._timeout):
                self._process.kill()
                self.stop()
                raise FailureError(f"took longer than {self._timeout:.0f} s")
            succeeded, answer = self._connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join()
            code = self._process.exitcode
            self.stop()
            how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            raise FailureError(f"its process ended: {how}") from None
        if not succeeded:
            raise FailureError(answer)
        return answer
