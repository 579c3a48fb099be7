"""Sums whose order of additions is that of a tree, and depends on the number of parts alone.

Neighbours are added up from the left, FAN_IN of them, the last of them perhaps fewer; so are their
sums, level by level, until one is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, Generic, TypeVar

T = TypeVar("T")

FAN_IN = 8


def add_up(parts: Sequence[Any]) -> Any:
    """Returns the sum of some neighbours, at least one, from the left; they stay as they are."""
    return reduce(add, parts)


class TreeSum(Generic[T]):
    """The sum of parts that come one after another: one partial sum a level is in memory."""

    def __init__(self) -> None:
        self._n_parts = 0
        self._sums: list[T | None] = []
        """Of each level, that of the neighbours which are not complete yet."""

    def add(self, number: int, part: T) -> None:
        """Takes a part, by its number from 0 on: a larger one than those before.

        Parts whose numbers are left out are in the tree, and add nothing.
        """
        while self._n_parts < number:
            self._put(None)
        self._put(part)

    def total(self) -> T | None:
        """Returns the sum of the parts so far; None if there are none."""
        total: T | None = None
        for incomplete in self._sums:
            total = _sum(incomplete, total)
        return total

    def _put(self, part: T | None) -> None:
        self._n_parts += 1
        level, size = 0, FAN_IN
        while True:
            if level == len(self._sums):
                self._sums.append(None)
            part = _sum(self._sums[level], part)
            if self._n_parts % size:
                self._sums[level] = part
                return
            self._sums[level] = None
            level, size = level + 1, size * FAN_IN


def _sum(one: T | None, other: T | None) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    total: T = add_up((one, other))
    return total
