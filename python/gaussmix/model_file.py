"""Writing a fitted model to a file, and reading it back to the bit.

docs/model-file.md describes the format, an .npz archive.
"""

import json
import math
import os
import zipfile
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gaussmix import _npy
from gaussmix._atomic_file import replace_file
from gaussmix._constraints import CONSTRAINTS
from gaussmix._core import Mixture
from gaussmix._model import Model
from gaussmix._parameters import make_mixture
from gaussmix._types import FeatureNames
from gaussmix.mixture import GaussianMixture

FORMAT_VERSION = 1

_PARAMETERS = ("weights", "means", "covariances", "precisions_cholesky")
_HISTORY = ("converged", "n_iter", "lower_bound", "lower_bounds")
_SUMMARY = ("n_rows", "log_likelihood", "bic", "aic")
_NAMES = ("format_version", "covariance_type", *_PARAMETERS, *_HISTORY, "feature_names", *_SUMMARY)


@dataclass(frozen=True)
class FitSummary:
    """How well a model fits the rows it was fitted to."""

    n_rows: int
    """At least 1."""
    log_likelihood: float
    """Of all rows together."""
    bic: float
    aic: float


def save(path: str, model: GaussianMixture, summary: FitSummary | None = None) -> None:
    """Writes a fitted model to `path`, whole or not at all.

    Raises OSError if the file cannot be written, NotFittedError if the model is not fitted.
    """
    arrays: dict[str, Any] = {name: getattr(model, f"{name}_") for name in _PARAMETERS}
    arrays |= {
        "format_version": FORMAT_VERSION,
        "covariance_type": model.covariance_type,
        "converged": model.converged_,
        "n_iter": model.n_iter_,
        "lower_bound": model.lower_bound_,
        "lower_bounds": np.array(model.lower_bounds_, dtype=np.float64),
    }
    if hasattr(model, "feature_names_in_"):
        arrays["feature_names"] = json.dumps(list(model.feature_names_in_))
    if summary is not None:
        arrays |= asdict(summary)
    with replace_file(path) as file:
        np.savez(file, **arrays)


def load(path: str) -> GaussianMixture:
    """Returns the fitted model in the file `path`.

    It scores to the bit as the one that was saved. Of the constructor's parameters it has
    n_components and covariance_type.

    Raises OSError if the file cannot be read, ValueError if it is not a model file or is damaged.
    """
    return load_with_summary(path)[0]


def load_with_summary(path: str) -> tuple[GaussianMixture, FitSummary | None]:
    """Returns the fitted model in the file `path`, and the summary that was saved with it.

    Raises as `load` does.
    """
    with open(path, "rb") as file:
        try:
            contents = _Contents(_read_arrays(file))
            version = contents.integer("format_version")
            if version != FORMAT_VERSION:
                raise ValueError(f"its format is {version}, this version reads {FORMAT_VERSION}")
            return _read_model(contents), _read_summary(contents)
        except ValueError as error:
            raise ValueError(f"{path} is not a usable model file: {error}") from error


def _read_model(contents: "_Contents") -> GaussianMixture:
    covariance_type: Any = contents.text("covariance_type")
    if not CONSTRAINTS["covariance_type"].accepts(covariance_type):
        raise ValueError(f"covariance_type is {covariance_type!r}")
    weights, means, covariances, factors = map(contents.floats, _PARAMETERS)
    if len({array.dtype for array in (weights, means, covariances, factors)}) > 1:
        raise ValueError("its parameters have different dtypes")
    checked = make_mixture(
        {"weights": weights, "means": means, "precisions_cholesky": factors}, covariance_type
    )
    if not np.array_equal(checked.precisions_cholesky, factors):
        raise ValueError("precisions_cholesky must be upper triangular")
    if covariances.shape != factors.shape or not np.isfinite(covariances).all():
        raise ValueError(f"covariances must be finite and of shape {factors.shape}")
    mixture = Mixture.from_precisions_cholesky(
        weights, means, factors, covariance_type, covariances
    )
    model = GaussianMixture(checked.n_components, covariance_type=covariance_type)
    model._model = Model(
        mixture,
        _read_feature_names(contents, checked.n_features),
        contents.boolean("converged"),
        contents.integer("n_iter"),
        contents.number("lower_bound"),
        tuple(contents.floats("lower_bounds").astype(np.float64).ravel().tolist()),
    )
    return model


def _read_feature_names(contents: "_Contents", n_features: int) -> FeatureNames | None:
    if "feature_names" not in contents:
        return None
    try:
        names = json.loads(contents.text("feature_names"))
    except (ValueError, RecursionError):
        names = None
    if (
        not isinstance(names, list)
        or len(names) != n_features
        or not all(isinstance(name, str) for name in names)
    ):
        raise ValueError(f"feature_names must be a JSON list of {n_features} strings")
    return np.array(names, dtype=object)


def _read_summary(contents: "_Contents") -> FitSummary | None:
    if "n_rows" not in contents:
        return None
    n_rows = contents.integer("n_rows")
    if n_rows < 1:
        raise ValueError(f"n_rows is {n_rows}")
    return FitSummary(n_rows, *map(contents.number, ("log_likelihood", "bic", "aic")))


class _Contents:
    """The arrays of a model file; each access checks that there is what the format asks for."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def _get(self, name: str, kind: str, what: str, ndim: int | None = None) -> NDArray[Any]:
        array = self._arrays.get(name)
        if array is None:
            raise ValueError(f"it has no {name}")
        if array.dtype.kind != kind or (ndim is not None and array.ndim != ndim):
            raise ValueError(f"{name} must be {what}, not {array.dtype} of shape {array.shape}")
        return array

    def integer(self, name: str) -> int:
        return int(self._get(name, "i", "an integer", ndim=0))

    def number(self, name: str) -> float:
        number = float(self._get(name, "f", "a float", ndim=0))
        if math.isnan(number):
            raise ValueError(f"{name} is nan")
        return number

    def boolean(self, name: str) -> bool:
        return bool(self._get(name, "b", "a bool", ndim=0))

    def text(self, name: str) -> str:
        array = self._get(name, "U", "text", ndim=0)
        native = array.astype(array.dtype.newbyteorder("="))
        if (np.frombuffer(native.tobytes(), np.uint32) > 127).any():
            raise ValueError(f"{name} must be ASCII text")
        return str(native)

    def floats(self, name: str) -> NDArray[Any]:
        array = self._get(name, "f", "float32 or float64")
        if array.dtype.itemsize not in (4, 8):
            raise ValueError(f"{name} must be float32 or float64, not {array.dtype}")
        return array.astype(array.dtype.newbyteorder("="), order="C")


def _read_arrays(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """Returns the arrays by name; each takes no more memory than the file is long."""
    size = os.fstat(file.fileno()).st_size
    members = {}
    # zipfile lets errors of many kinds through: struct, overflow, seeks to before the file.
    try:
        with zipfile.ZipFile(file) as archive:
            for name in {f"{name}.npy" for name in _NAMES} & set(archive.namelist()):
                info = archive.getinfo(name)
                if info.compress_type != zipfile.ZIP_STORED or info.file_size > size:
                    raise ValueError(f"{name} is compressed or longer than the file")
                members[name.removesuffix(".npy")] = archive.read(info)
    except Exception as error:
        raise ValueError(f"it is no intact .npz archive ({error})") from error
    return {name: _npy.parse(data) for name, data in members.items()}
