"""Telling the user how a fit goes on: messages, a progress bar, a callback."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeAlias

import numpy as np

Callback: TypeAlias = Callable[[int, float, float], bool | None]

_LOGGER = logging.getLogger("gaussmix")


class Listener(Protocol):
    """Somebody who is told how a fit goes on."""

    def begin(self, start: int) -> None:
        """A start begins, before its seeding."""

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> bool | None:
        """An iteration of a start is over; True as the answer stops the fit."""


class FitObserver:
    """What the core calls at the beginning of each start and after each iteration.

    It answers True to stop the fit, once a listener has; `stopped` tells.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self.stopped = False

    def __call__(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> bool:
        for listener in self._listeners:
            if iteration == 0:
                listener.begin(start)
            elif listener.iterate(start, iteration, lower_bound, change, converged):
                self.stopped = True
        return self.stopped


@contextmanager
def observe_fit(
    listeners: Sequence[Listener],
    *,
    verbose: int,
    verbose_interval: int,
    callback: Callback | None,
    progress: Any,
    n_init: int,
    max_iter: int,
) -> Iterator[FitObserver | None]:
    """Yields the observer of one fit, or None if nobody listens."""
    listening: list[Listener] = []
    with ExitStack() as stack:
        if progress:
            bar = _Bar(bar_class(progress), n_init, max_iter)
            stack.callback(bar.close)
            listening.append(bar)
        if verbose:
            stack.enter_context(_shown_on_stdout())
            messages = _Messages(int(verbose), verbose_interval)
            listening.append(messages)
        if callback is not None:
            listening.append(_Function(callback))
        listening += listeners
        yield FitObserver(listening) if listening else None
        if verbose:
            messages.end()


class _Function:
    """The function that a user passes as `callback`."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback

    def begin(self, start: int) -> None:
        pass

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> bool:
        answer = self._callback(iteration, lower_bound, change)
        return isinstance(answer, bool | np.bool_) and bool(answer)


class _Messages:
    """scikit-learn's messages; with verbose > 1, times and changes too."""

    def __init__(self, verbose: int, interval: int) -> None:
        self._detailed = verbose > 1
        self._interval = interval
        self._open = False
        self._start = -1
        self._last_time = 0.0

    def begin(self, start: int) -> None:
        self._take_up(start, "Initialization %d")

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> None:
        if start != self._start:
            self._take_up(start, "Initialization %d goes on")
        self._open, self._lower_bound, self._converged = True, lower_bound, converged
        if iteration % self._interval:
            return
        if self._detailed:
            now = time.perf_counter()
            _LOGGER.info(
                "  Iteration %d\t time lapse %.5fs\t ll change %.5f",
                iteration,
                now - self._last_time,
                change,
            )
            self._last_time = now
        else:
            _LOGGER.info("  Iteration %d", iteration)

    def _take_up(self, start: int, message: str) -> None:
        self.end()
        _LOGGER.info(message, start)
        self._start = start
        self._start_time = self._last_time = time.perf_counter()

    def end(self) -> None:
        """Ends the messages of a start; the core tells only when it takes up the next one."""
        if not self._open:
            return
        self._open = False
        ending = "converged" if self._converged else "did not converge"
        if self._detailed:
            _LOGGER.info(
                "Initialization %s. time lapse %.5fs\t lower bound %.5f.",
                ending,
                time.perf_counter() - self._start_time,
                self._lower_bound,
            )
        else:
            _LOGGER.info("Initialization %s.", ending)


class _Bar:
    """A bar over the iterations of a start, which fills when it converges.

    Of several starts nobody knows how many iterations they will take; for them it counts.
    """

    def __init__(self, bar_class: Any, n_init: int, max_iter: int) -> None:
        self._left = max_iter if n_init == 1 else None
        self._bar = bar_class(total=self._left, desc="gaussmix")

    def begin(self, start: int) -> None:
        if start > 0:
            self._left = None
        self._bar.set_description(f"gaussmix: start {start + 1}")

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> None:
        self._bar.set_postfix_str(f"log-likelihood {lower_bound:.6g}", refresh=False)
        step = 1 if self._left is None or not converged else self._left
        if self._left is not None:
            self._left -= step
        self._bar.update(step)

    def close(self) -> None:
        self._bar.close()


def bar_class(progress: Any) -> Any:
    if not isinstance(progress, bool | np.bool_):
        return progress
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        raise ImportError(
            "progress=True shows its bar with tqdm, which is not installed: pip install tqdm, or "
            "pass a class like it"
        ) from None
    return tqdm


_stdout_lock = threading.Lock()
_stdout_users = 0
_stdout_undo = ExitStack()


@contextmanager
def _shown_on_stdout() -> Iterator[None]:
    """Lets the logger's messages through and, if it has no handler of its own, to stdout.

    Fits in several threads share one handler; the last to end takes it away.
    """
    global _stdout_users
    with _stdout_lock:
        _stdout_users += 1
        if _stdout_users == 1:
            _attach(_stdout_undo)
    try:
        yield
    finally:
        with _stdout_lock:
            _stdout_users -= 1
            if _stdout_users == 0:
                _stdout_undo.close()


def _attach(undo: ExitStack) -> None:
    if all(isinstance(handler, logging.NullHandler) for handler in _LOGGER.handlers):
        handler = logging.StreamHandler(sys.stdout)
        _LOGGER.addHandler(handler)
        undo.callback(_LOGGER.removeHandler, handler)
    if not _LOGGER.isEnabledFor(logging.INFO):
        undo.callback(_LOGGER.setLevel, _LOGGER.level)
        _LOGGER.setLevel(logging.INFO)
