"""Gaussian mixtures, fitted by a C++ core.

`GaussianMixture` is the estimator, `select` chooses the number of components, `fit_many` fits many
tables, `MixtureDiscriminant` classifies with a mixture for each class, `load` reads a model that
was saved, and `KMeans` is the clustering that fits start from; `Statistics` are what an E-step
knows of rows; `gaussmix.plot` draws mixtures; `gaussmix.dask` fits rows on a cluster; `show_config`
tells what the package runs on. `gaussmix.exceptions` has what they raise beside Python's own, and
`gaussmix.report` what a fit tells of itself.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gaussmix import plot as plot
    from gaussmix._config import show_config as show_config
    from gaussmix._core import Statistics as Statistics
    from gaussmix._load import load as load
    from gaussmix.discriminant import MixtureDiscriminant as MixtureDiscriminant
    from gaussmix.kmeans import KMeans as KMeans
    from gaussmix.many import ManyFits as ManyFits
    from gaussmix.many import fit_many as fit_many
    from gaussmix.mixture import GaussianMixture as GaussianMixture
    from gaussmix.selection import Selection as Selection
    from gaussmix.selection import select as select

# Where each public name comes from. It is imported when it is asked for, so that the command can
# tell in one line that the core does not run on this machine.
_HOMES = {
    "GaussianMixture": "gaussmix.mixture",
    "KMeans": "gaussmix.kmeans",
    "ManyFits": "gaussmix.many",
    "MixtureDiscriminant": "gaussmix.discriminant",
    "Selection": "gaussmix.selection",
    "Statistics": "gaussmix._core",
    "fit_many": "gaussmix.many",
    "load": "gaussmix._load",
    "select": "gaussmix.selection",
    "show_config": "gaussmix._config",
}

__all__ = [
    "GaussianMixture",
    "KMeans",
    "ManyFits",
    "MixtureDiscriminant",
    "Selection",
    "Statistics",
    "__version__",
    "fit_many",
    "load",
    "plot",
    "select",
    "show_config",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("gaussmix")
    elif name == "plot":
        value = importlib.import_module("gaussmix.plot")
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
