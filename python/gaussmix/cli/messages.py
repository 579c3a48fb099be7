"""What the command tells on stderr: messages of one line, and how a fit goes on."""

import logging
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gaussmix import exceptions

_CELL_LENGTH = 40
_LIST_LENGTH = 12
SECONDS_BETWEEN_UPDATES = 0.1


def shown(text: str) -> str:
    """Returns `text` quoted, on one line, without control characters, and not long."""
    return repr(text if len(text) <= _CELL_LENGTH else text[: _CELL_LENGTH - 3] + "...")


def listed(phrases: Iterable[str]) -> str:
    """Returns the phrases with commas between them; of many, the first few and their number."""
    every = list(phrases)
    others = len(every) - _LIST_LENGTH
    if others > 1:
        every = [*every[:_LIST_LENGTH], f"and {others} more"]
    return ", ".join(every)


def say(message: str) -> None:
    """Prints a message as one line on stderr."""
    if sys.stderr is None:  # it is closed, and print would take stdout instead
        return
    with suppress(OSError):
        print("gaussmix:", " ".join(message.split()), file=sys.stderr, flush=True)


def say_unfinished(n_iterations: int, which: str = "") -> None:
    """Warns that the fit, or `which` fits, did not converge after so many iterations."""
    say(
        f"warning: {which} not converged after {n_iterations} iterations; "
        "allow more with --max-iter, or stop earlier with --tol"
    )


@contextmanager
def one_line_messages() -> Iterator[None]:
    """Python's warnings and what gaussmix logs become messages of one line on stderr."""

    def show_warning(message: Warning | str, *args: Any, **kwargs: Any) -> None:
        say(f"warning: {message}")

    handler = _LogHandler()
    logger = logging.getLogger("gaussmix")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            yield
    finally:
        logger.removeHandler(handler)


class _LogHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(f"{record.levelname.lower()}: {record.getMessage()}")


class ProgressLine:
    """One line on a terminal that is kept up to date, and wiped at the end. A callback of a fit.

    If stderr is no terminal it shows nothing.
    """

    def __init__(self) -> None:
        self._n_iterations = 0
        self._on_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._last_update = time.monotonic()
        self._visible = False

    def __call__(self, iteration: int, log_likelihood: float, change: float) -> None:
        self._n_iterations += 1
        self.show(f"iteration {self._n_iterations}, log-likelihood {log_likelihood:.6g} a row")

    def show(self, text: str) -> None:
        """Shows the text in place of that before, unless that has just come."""
        now = time.monotonic()
        if now - self._last_update < SECONDS_BETWEEN_UPDATES or not self._on_terminal:
            return
        self._last_update = now
        self._visible = True
        self._write(text)

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._visible:
            self._write("")

    def _write(self, text: str) -> None:
        with suppress(OSError):
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def fits_under_way() -> Iterator[ProgressLine]:
    """Yields the line that shows how fits go on, while none warns that it did not converge."""
    with ProgressLine() as progress, unfinished_is_told_here():
        yield progress


@contextmanager
def unfinished_is_told_here() -> Iterator[None]:
    """No fit warns that it did not converge: the command does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        yield
