"""The tree in which sums are added up: as a stream, as a graph of dask, and level by level."""

from __future__ import annotations

from typing import Any

import dask
import numpy as np
import pytest
from dask_tables import merged, table
from gaussmix import GaussianMixture
from gaussmix._batches.tree_sum import FAN_IN, TreeSum, add_up
from gaussmix.dask._graph import add_tree
from hypothesis import given
from hypothesis import strategies as st


def level_by_level(parts: list[Any]) -> Any:
    while len(parts) > 1:
        groups = [parts[i : i + FAN_IN] for i in range(0, len(parts), FAN_IN)]
        parts = [add_up(group) for group in groups]
    return parts[0]


def streamed(parts: list[Any]) -> Any:
    tree: TreeSum[Any] = TreeSum()
    for number, part in enumerate(parts):
        tree.add(number, part)
    return tree.total()


class Term:
    """A sum that says in which order it was made."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __add__(self, other: Term) -> Term:
        return Term(f"({self.text}+{other.text})")


@given(st.integers(1, 700))
def test_it_is_the_tree_of_groups(n: int) -> None:
    terms = [Term(str(i)) for i in range(n)]
    expected = level_by_level(terms).text
    assert streamed(terms).text == expected
    graph: dict[Any, Any] = {("term", i): term for i, term in enumerate(terms)}
    root = add_tree(graph, "sum", list(graph), add_up)
    assert dask.get(graph, root).text == expected


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
def test_sums_of_floats_are_the_same_bits(values: list[float]) -> None:
    assert streamed(values).hex() == level_by_level(values).hex()


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=600))
def test_numbers_that_are_left_out_add_nothing(values: list[float | None]) -> None:
    tree: TreeSum[float] = TreeSum()
    for number, value in enumerate(values):
        if value is not None:
            tree.add(number, value)
    expected = level_by_level([0.0 if value is None else value for value in values])
    assert (tree.total() or 0.0) == expected


def test_it_holds_one_sum_a_level() -> None:
    tree: TreeSum[int] = TreeSum()
    for number in range(1000):
        tree.add(number, number)
    assert len(tree._sums) == 4
    assert tree.total() == 499500
    assert TreeSum[int]().total() is None


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64, 65, 100])
def test_statistics(n: int) -> None:
    model = GaussianMixture(4, random_state=0, tol=1e9).fit(table())
    parts = [model.expect(part) for part in np.array_split(table(), n)]
    assert streamed(parts) == merged(list(parts))
    empty = model.expect(table()[:0])
    assert streamed([empty, *parts]) == merged([empty, *parts])
    tree: TreeSum[Any] = TreeSum()
    for number, part in enumerate(parts, start=1):
        tree.add(number, part)
    assert tree.total() == merged([empty, *parts])
