"""Write model files of the current versions of the format, and what a reader has to find in them.

    python tests/reference/make_model_files.py

The files of a format version are kept for ever, so that a later gaussmix is tested with what an
earlier one wrote: this makes folders, model_files/<version>, that are not there yet, and never
changes an old one. Families that are not named like a type are of version 1.1, classifiers of 1.2,
mixtures with noise of version 2.0.
The log-densities in expected.json are those of the numbers in the file at 50 digits, computed
without gaussmix.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pandas as pd
from gaussmix import GaussianMixture, MixtureDiscriminant
from gaussmix._families import family_of
from gaussmix._types import FAMILIES
from mpmath import mp
from sklearn.datasets import load_iris

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from container import Container, take_apart  # noqa: E402
from data import COVARIANCE_TYPES, Floats, load, noisy  # noqa: E402

N_ROWS = 5


def log_densities(container: Container, X: Floats) -> list[float]:
    """Of the rows of X, from the weights, means, factors of precisions and noise in the file."""
    with mp.workdps(50):
        noise = _noise_density(container)
        return [float(mpmath.log(noise + mpmath.fsum(parts))) for parts in _densities(container, X)]


def class_log_probabilities(container: Container, X: Floats) -> list[list[float]]:
    """Of the rows of X: of each class, the sum of its components' densities over that of all."""
    classes = np.array(json.loads(container.metadata["component_classes"]))
    with mp.workdps(50):
        return [
            [
                float(mpmath.log(mpmath.fsum(np.array(parts)[classes == c]) / mpmath.fsum(parts)))
                for c in range(classes.max() + 1)
            ]
            for parts in _densities(container, X)
        ]


def _densities(container: Container, X: Floats) -> list[list[mpmath.mpf]]:
    """Of each row its weighted density under each component."""
    k, d = container.tensor("means").shape
    factors = container.tensor("precisions_cholesky").astype(np.float64)
    full = {
        "full": lambda: factors,
        "tied": lambda: np.broadcast_to(factors, (k, d, d)),
        "diag": lambda: np.stack([np.diag(row) for row in factors]),
        "spherical": lambda: np.stack([value * np.eye(d) for value in factors]),
    }[container.metadata["covariance_type"]]()
    parameters = list(
        zip(container.tensor("weights"), container.tensor("means"), full, strict=True)
    )
    return [[_density(x, *component) for component in parameters] for x in X]


def _noise_density(container: Container) -> mpmath.mpf:
    if "noise_weight" not in container.header:
        return mpmath.mpf(0)
    volume = mpmath.fprod(mpmath.mpf(float(width)) for width in container.tensor("noise_widths"))
    return mpmath.mpf(float(container.tensor("noise_weight")[0])) / volume


def _density(x: Floats, weight: float, mean: Floats, factor: Floats) -> mpmath.mpf:
    deviation = [mpmath.mpf(float(a)) - mpmath.mpf(float(b)) for a, b in zip(x, mean, strict=True)]
    square = mpmath.fsum(
        mpmath.fsum(mpmath.mpf(float(u)) * z for u, z in zip(column, deviation, strict=True)) ** 2
        for column in factor.T
    )
    determinant = mpmath.fprod(mpmath.mpf(float(u)) for u in np.diag(factor))
    scale = (2 * mp.pi) ** (-mpmath.mpf(len(x)) / 2)
    return mpmath.mpf(float(weight)) * determinant * scale * mpmath.exp(-square / 2)


def make(
    covariance_type: Any, dtype: Any, table: Floats, noise: bool = False
) -> tuple[bytes, dict[str, Any]]:
    """A model file, and what it holds."""
    X = pd.DataFrame(table.astype(dtype), columns=["a", "b", "größe", "d"][: table.shape[1]])
    model = GaussianMixture(
        3,
        covariance_type=covariance_type,
        noise=noise,
        n_init=2,
        random_state=0,
        tol=1e-4,
        max_iter=500,
    ).fit(X)
    content = model.__getstate__()["model"]
    rows = X.to_numpy()[:: len(X) // N_ROWS]
    return content, {
        "covariance_type": covariance_type,
        "dtype": np.dtype(dtype).name,
        "rows": rows.astype(float).tolist(),
        "log_densities": log_densities(take_apart(content), rows),
        "feature_names": list(X.columns),
        "n_starts": len(model.fit_report_.starts),
        "n_iter": model.n_iter_,
        "lower_bounds": model.lower_bounds_,
        "tol": model.tol,
    }


def make_classifier(params: dict[str, Any], names: Any, dtype: Any) -> tuple[bytes, dict[str, Any]]:
    """A file of a classifier, and what it holds."""
    X = pd.DataFrame(load("iris").astype(dtype), columns=["a", "b", "größe", "d"])
    y = np.array(names)[load_iris().target]
    model = MixtureDiscriminant(**params, random_state=0).fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        content = (Path(folder) / "model").read_bytes()
    rows = X.to_numpy()[:: len(X) // N_ROWS]
    return content, {
        "classes": model.classes_.tolist(),
        "dtype": np.dtype(dtype).name,
        "n_components": params["n_components"],
        "covariance_types": [mixture.covariance_type for mixture in model.mixtures_],
        "rows": rows.astype(float).tolist(),
        "log_probabilities": class_log_probabilities(take_apart(content), rows),
        "feature_names": list(X.columns),
        "n_iter": [mixture.n_iter_ for mixture in model.mixtures_],
    }


CLASSIFIERS: dict[str, tuple[dict[str, Any], Any]] = {
    "diag": ({"n_components": [2, 1, 3], "covariance_type": "diag"}, ["b", "ä", "c"]),
    "families": ({"n_components": 2, "covariance_type": ["VEV", "EII", "EEE"]}, [7, -1, 3]),
    "shared": ({"n_components": 3, "covariance_type": "shared"}, [0.0, 1.0, 2.0]),
}


def main() -> None:
    by_version: dict[str, dict[str, tuple[bytes, dict[str, Any]]]] = {}
    families = [*COVARIANCE_TYPES, *(f for f in FAMILIES if family_of(f) == f)]
    plain = [(name, load("iris"), False) for name in families]
    # The box of the one lies along principal axes, of the others along those of the features.
    noisy_ones = [
        ("full", noisy("turned")[0]),
        ("diag", noisy("wide")[0]),
        ("VEE", noisy("wide")[0]),
    ]
    for name, table, noise in [*plain, *((*each, True) for each in noisy_ones)]:
        for dtype in ("float32", "float64"):
            file, contents = make(name, dtype, table, noise)
            version = take_apart(file).metadata["format_version"]
            by_version.setdefault(version, {})[f"{name}-{dtype}.safetensors"] = file, contents
    for name, (params, names) in CLASSIFIERS.items():
        for dtype in ("float32", "float64"):
            file, contents = make_classifier(params, names, dtype)
            version = take_apart(file).metadata["format_version"]
            by_version.setdefault(version, {})[f"{name}-{dtype}.safetensors"] = file, contents
    for version, made in by_version.items():
        folder = HERE / "model_files" / version
        if folder.exists():
            continue
        folder.mkdir(parents=True)
        for name, (file, _) in made.items():
            (folder / name).write_bytes(file)
        expected = {name: contents for name, (_, contents) in made.items()}
        (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
