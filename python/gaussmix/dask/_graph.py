"""One pass over chunks: a task for each, whose results are merged in a tree.

A graph is made of plain tuples (function, argument, ...), as every scheduler of dask takes them.
All functions are of module level and pure, and keys are functions of what is computed, so that a
scheduler may run a task anywhere, again, and as often as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dask.threaded
from dask.base import get_scheduler, tokenize

from gaussmix.dask._chunks import Chunks, Graph, Key

FAN_IN = 8
"""How many results a task merges at the most."""


def map_reduce(
    chunks: Chunks,
    name: str,
    task: Callable[..., Any],
    merge: Callable[[Sequence[Any]], Any],
    *,
    each: Sequence[tuple[Any, ...]] | None = None,
    common: tuple[Any, ...] = (),
    shared: tuple[str, Any] | None = None,
) -> Any:
    """Computes task(rows, weights, ...) of each chunk, and returns the merge of all results.

    Further arguments are those of the chunk in `each`, then the `common` ones, then the value of
    `shared`, which a task of that name hands out, so that every worker is sent it once. `name` is
    that of the tasks. The tree of merges depends on the number of chunks alone.
    """
    token = tokenize(chunks.token, task.__qualname__, each, common, shared)
    graph = dict(chunks.graph)
    arguments = common
    if shared is not None:
        handed_out = f"{shared[0]}-{token}"
        graph[handed_out] = (_handed_out, shared[1])
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


def _handed_out(value: Any) -> Any:
    return value
