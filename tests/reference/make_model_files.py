"""Write model files of the current versions of the format, and what a reader has to find in them.

    python tests/reference/make_model_files.py

The files of a format version are kept for ever, so that a later gaussmix is tested with what an
earlier one wrote: this makes folders, model_files/<version>, that are not there yet, and never
changes an old one. Families that are not named like a type are of version 1.1.
The log-densities in expected.json are those of the numbers in the file at 50 digits, computed
without gaussmix.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pandas as pd
from gaussmix import GaussianMixture
from gaussmix._families import family_of
from gaussmix._types import FAMILIES
from mpmath import mp

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "python"))

from container import Container, take_apart  # noqa: E402
from data import COVARIANCE_TYPES, Floats, load  # noqa: E402

N_ROWS = 5


def log_densities(container: Container, X: Floats) -> list[float]:
    """Of the rows of X, from the weights, means and factors of precisions in the file."""
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
    with mp.workdps(50):
        return [
            float(mpmath.log(mpmath.fsum(_density(x, *component) for component in parameters)))
            for x in X
        ]


def _density(x: Floats, weight: float, mean: Floats, factor: Floats) -> mpmath.mpf:
    deviation = [mpmath.mpf(float(a)) - mpmath.mpf(float(b)) for a, b in zip(x, mean, strict=True)]
    square = mpmath.fsum(
        mpmath.fsum(mpmath.mpf(float(u)) * z for u, z in zip(column, deviation, strict=True)) ** 2
        for column in factor.T
    )
    determinant = mpmath.fprod(mpmath.mpf(float(u)) for u in np.diag(factor))
    scale = (2 * mp.pi) ** (-mpmath.mpf(len(x)) / 2)
    return mpmath.mpf(float(weight)) * determinant * scale * mpmath.exp(-square / 2)


def make(covariance_type: Any, dtype: Any) -> tuple[bytes, dict[str, Any]]:
    """A model file, and what it holds."""
    X = pd.DataFrame(load("iris").astype(dtype), columns=["a", "b", "größe", "d"])
    model = GaussianMixture(
        3, covariance_type=covariance_type, n_init=2, random_state=0, tol=1e-4, max_iter=500
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


def main() -> None:
    by_version: dict[str, dict[str, tuple[bytes, dict[str, Any]]]] = {}
    for name in [*COVARIANCE_TYPES, *(f for f in FAMILIES if family_of(f) == f)]:
        for dtype in ("float32", "float64"):
            file, contents = make(name, dtype)
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
