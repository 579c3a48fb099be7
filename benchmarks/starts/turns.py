"""Timing several things in turns."""

import gc
import time
from collections.abc import Callable, Iterator
from typing import Any

_PAUSE = 0.1  # seconds in which the threads of the one before go to sleep


def in_turns(names: list[str], n_rounds: int) -> Iterator[str]:
    """The names of each round, beginning with another one each time."""
    for number in range(n_rounds):
        first = number % len(names)
        yield from names[first:] + names[:first]


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that it takes, and what it returns."""
    gc.collect()
    time.sleep(_PAUSE)
    begin = time.perf_counter()
    result = run()
    return time.perf_counter() - begin, result
