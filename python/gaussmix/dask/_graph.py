"""One pass over chunks: a task for each, whose results are merged in the tree of `TreeSum`.

A graph is made of plain tuples (function, argument, ...), as every scheduler of dask takes them.
All functions are of module level and pure, and keys are functions of what is computed, so that a
scheduler may run a task anywhere, again, and as often as it likes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dask.threaded
from dask.base import get_scheduler, tokenize

from gaussmix._batches.tree_sum import FAN_IN
from gaussmix._core import Mixture
from gaussmix.dask._chunks import Chunks, Graph, Key
from gaussmix.dask._tasks import mixture_bytes


@dataclass(frozen=True, eq=False)
class Shared:
    """A value that all tasks of a pass take: a task of its own hands it out, once to a worker."""

    name: str
    """That of the task."""
    value: Any
    token: str
    """Differs from that of other values."""

    @classmethod
    def mixture(cls, mixture: Mixture) -> Shared:
        """The bytes of a mixture, which `_tasks.mixture_of` reads."""
        content = mixture_bytes(mixture)
        return cls("gaussmix-mixture", content, hashlib.blake2b(content).hexdigest())

    def __dask_tokenize__(self) -> str:
        """The token alone: dask would take the value as text, which of bytes takes long."""
        return self.token


def map_reduce(
    chunks: Chunks,
    name: str,
    task: Callable[..., Any],
    merge: Callable[[Sequence[Any]], Any],
    *,
    each: Sequence[tuple[Any, ...]] | None = None,
    common: tuple[Any, ...] = (),
    shared: Shared | None = None,
) -> Any:
    """Computes task(rows, weights, ...) of each chunk, and returns the merge of all results.

    Further arguments are those of the chunk in `each`, then the `common` ones, then the value of
    `shared`. `name` is that of the tasks. The tree of merges depends on the number of chunks alone.
    """
    token = tokenize(chunks.token, task.__qualname__, each, common, shared)
    graph = dict(chunks.graph)
    arguments = common
    if shared is not None:
        handed_out = f"{shared.name}-{token}"
        graph[handed_out] = (_handed_out, shared)
        arguments += (handed_out,)
    keys = []
    for i, (rows, weights) in enumerate(zip(chunks.rows, chunks.weights, strict=True)):
        key = (f"{name}-{token}", i)
        graph[key] = (task, rows, weights, *(each[i] if each else ()), *arguments)
        keys.append(key)
    return compute(graph, add_tree(graph, f"gaussmix-merge-{token}", keys, merge))


def add_tree(
    graph: Graph, name: str, keys: list[Key], merge: Callable[[Sequence[Any]], Any]
) -> Key:
    """Adds the tasks that merge neighbours, FAN_IN of them, until one is left; returns its key."""
    level = 0
    while len(keys) > 1:
        groups = [keys[i : i + FAN_IN] for i in range(0, len(keys), FAN_IN)]
        keys = []
        for i, group in enumerate(groups):
            if len(group) == 1:
                keys += group
                continue
            graph[name, level, i] = (merge, group)
            keys.append((name, level, i))
        level += 1
    return keys[0]


def compute(graph: Graph, key: Key) -> Any:
    """Returns what a key has in a graph, by the scheduler that dask is set to use here.

    That is the one in dask's configuration, else the current Client of distributed, else threads.
    """
    schedule = get_scheduler() or dask.threaded.get
    return schedule(graph, key)


def _handed_out(shared: Shared) -> Any:
    return shared.value
