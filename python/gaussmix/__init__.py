"""Gaussian mixtures, fitted by a C++ core.

`GaussianMixture` is the estimator, and `load` reads one that was saved; `gaussmix.exceptions` has
what they raise beside Python's own, and `gaussmix.report` what a fit tells of itself.
"""

from gaussmix._load import load
from gaussmix.mixture import GaussianMixture

__all__ = ["GaussianMixture", "__version__", "load"]


def __getattr__(name: str) -> str:
    # Read on demand: importing importlib.metadata takes longer than importing this package.
    if name == "__version__":
        from importlib.metadata import version

        return version("gaussmix")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
