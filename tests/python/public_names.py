"""All that users may call, with its docstring: for tests of docstrings."""

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

MODULES = {
    "gaussmix": [
        "GaussianMixture", "KMeans", "ManyFits", "MixtureDiscriminant", "Selection", "Statistics",
        "fit_many", "load", "select", "show_config",
    ],
    "gaussmix.dask": ["GaussianMixture"],
    "gaussmix.density": None,
    "gaussmix.noise": ["NoiseBox"],
    "gaussmix.plot": None,
    "gaussmix.report": ["FitReport", "Repair", "Start"],
    "gaussmix.scorer": ["ClassScorer", "Scorer"],
}  # fmt: skip
"""Of each public module its names; None: those of __all__."""


def public() -> Iterator[tuple[str, Any]]:
    """Yields the path and the object of each public class, function, method and property."""
    for module, names in MODULES.items():
        there = importlib.import_module(module)
        for name in names or there.__all__:
            value = getattr(there, name)
            yield f"{module}.{name}", value
            if inspect.isclass(value):
                yield from _members(f"{module}.{name}", value)


def _members(path: str, owner: type) -> Iterator[tuple[str, Any]]:
    for name in dir(owner):
        if not name.startswith("_") and not hasattr(tuple, name):
            value = inspect.getattr_static(owner, name)
            if not isinstance(value, type):
                yield f"{path}.{name}", getattr(owner, name)
