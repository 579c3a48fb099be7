"""Which tests run, and which by the same worker: those that take long only with `--runslow`.

A test that is deselected is not reported as skipped: a skip says that something is missing here.
"""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runslow", action="store_true", help="also run the tests that take long")


# What is built in one tree takes turns there.
BUILDS = {"cpp_tree", "static_prefix", "shared_prefix"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if BUILDS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("C++"))
    # Where pytest meets this file too late for the command line, there is no such option.
    if config.getoption("--runslow", default=False):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def slow_but(quick: Collection[Any], values: Iterable[Any]) -> list[Any]:
    """`values` as parameters of a test, all of them slow but the `quick`."""
    return [v if v in quick else pytest.param(v, marks=pytest.mark.slow) for v in values]
