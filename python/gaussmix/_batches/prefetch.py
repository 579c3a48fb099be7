"""Reading ahead: a thread makes the next items while the last one is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

ITEMS_AT_ONCE = 3
"""So many items may be in use at a time: one that is worked on, one that waits, one in the making.
Whoever makes items in memory that it uses again needs so many."""

_MOST_SECONDS_TO_END = 5.0
_SECONDS_BETWEEN_LOOKS = 0.2


def prefetched(make: Callable[[], Iterator[T]]) -> Iterator[T]:
    """Yields the items of make(), which runs in a thread of its own, in their order.

    An exception of that thread is raised here, after the items before it. Closing this generator
    closes that one, and ends the thread once it has made the item that it is at. A thread that
    takes long for it is left to itself, and never keeps the process from ending.
    """
    handover: _Handover[T] = _Handover()
    thread = threading.Thread(
        target=_work, args=(make, handover), name="gaussmix-prefetch", daemon=True
    )
    try:
        thread.start()
        while handover.wait():
            yield handover.take()
    finally:
        handover.close()
        if thread.ident is not None:
            thread.join(_MOST_SECONDS_TO_END)


def close(iterator: Iterator[object]) -> None:
    """Closes an iterator if it can be closed, as generators can."""
    if hasattr(iterator, "close"):
        iterator.close()


def _work(make: Callable[[], Iterator[T]], handover: _Handover[T]) -> None:
    try:
        items = make()
        try:
            for item in items:
                if not handover.put(item):
                    return
        finally:
            close(items)
    except BaseException as error:
        handover.end(error)
    else:
        handover.end(None)


class _Handover(Generic[T]):
    """One place that a thread puts items into, and another takes them from."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[T] = []  # one or none
        self._error: BaseException | None = None
        self._ended = self._closed = False

    def put(self, item: T) -> bool:
        """Puts an item there once the one before is taken; False if nobody will take it."""
        with self._changed:
            while self._items and not self._closed:
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def end(self, error: BaseException | None) -> None:
        """There will be no more items, since there are none or by an error."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def wait(self) -> bool:
        """Waits for an item; False if there are no more. Raises the error of the other thread."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._items)
            if self._items:
                return True
            if self._error is not None:
                raise self._error
            return False

    def take(self) -> T:
        """Returns the item that is there."""
        with self._changed:
            item = self._items.pop()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Nobody takes items any more."""
        self._closed = True  # Ctrl-C may come before the next line; the other thread looks itself
        with self._changed:
            self._items.clear()
            self._changed.notify_all()
