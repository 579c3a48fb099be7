"""Mixtures that mclust of R fitted, from the list `parameters` of what `Mclust` returns."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._arrays import as_floats
from gaussmix._core import Mixture
from gaussmix._families import LAYOUTS
from gaussmix._noise import noise_of
from gaussmix._parameters import make_mixture
from gaussmix._types import CovarianceType
from gaussmix.noise import NoiseBox

Doubles: TypeAlias = NDArray[np.float64]

# What mclust calls a mixture of one component.
_ONE_COMPONENT = {"X": "E", "XII": "EII", "XXI": "EEI", "XXX": "EEE"}


def mixture_of(parameters: Any, noise_box: NoiseBox | None) -> tuple[CovarianceType, Mixture]:
    """Returns the family and the mixture of mclust's parameters: a mapping, or a file of JSON.

    Raises ValueError or TypeError for what they are not, OSError for a file that cannot be read.
    """
    values = _mapping(parameters)
    variance = values.get("variance")
    if not isinstance(variance, Mapping):
        raise ValueError(f"parameters['variance'] should be a mapping, but is {variance!r}")
    family = _family(_text(variance, values))
    means = _means(values)
    k, d = means.shape
    inverse: Any = values.get("Vinv")
    if isinstance(inverse, Mapping) or np.size(inverse) == 0:  # as jsonlite writes NULL: {}
        inverse = None
    share, weights = _weights(values, k, has_noise=inverse is not None)
    covariances = _in_layout(_matrices(variance, k, d), family)
    arrays = {"weights": weights, "means": means, "covariances": covariances}
    if inverse is None:
        return family, make_mixture(arrays, family)
    box = noise_box or _box_around(weights, means, _matrices(variance, k, d), _number(inverse))
    if not math.isclose(box.log_volume, -math.log(_number(inverse)), rel_tol=0, abs_tol=1e-9):
        raise ValueError(
            f"noise_box should have the volume 1 / Vinv = {1 / _number(inverse):.6g}, but has "
            f"{math.exp(box.log_volume):.6g}"
        )
    return family, make_mixture(arrays, family, noise=noise_of(share, box))


def _mapping(parameters: Any) -> Mapping[str, Any]:
    values = parameters
    if isinstance(parameters, str | os.PathLike):
        try:
            values = json.loads(Path(parameters).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{os.fspath(parameters)}: it is not JSON: {error}") from error
    if not isinstance(values, Mapping):
        raise TypeError(
            "parameters should be a mapping or the path of a JSON file, but is a "
            f"{type(values).__name__}"
        )
    return values


def _text(variance: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    name = variance.get("modelName", values.get("modelName"))
    items = np.ravel(np.asarray(name)).tolist()  # jsonlite writes a text as an array of one
    if len(items) != 1 or not isinstance(items[0], str):
        raise ValueError(f"parameters['variance']['modelName'] should be a str, but is {name!r}")
    return items[0]


def _family(name: str) -> CovarianceType:
    family: Any = _ONE_COMPONENT.get(name, name)
    if family not in LAYOUTS or family != family.upper():
        raise ValueError(
            f"parameters['variance']['modelName'] should be one of mclust's models, but is {name!r}"
        )
    return family  # type: ignore[no-any-return]


def _means(values: Mapping[str, Any]) -> Doubles:
    """Returns the means (n_components, n_features); mclust has them as columns, or one feature."""
    means = _array(values, "mean")
    if means.ndim == 1:
        return means[:, np.newaxis]
    if means.ndim != 2:
        raise ValueError(f"parameters['mean'] should be d x G, but has the shape {means.shape}")
    return np.ascontiguousarray(means.T)


def _weights(values: Mapping[str, Any], k: int, has_noise: bool) -> tuple[float, Doubles]:
    """Returns the weight of the noise, which mclust puts last, and those of the components."""
    pro = np.atleast_1d(_array(values, "pro")) if "pro" in values else np.ones(1)
    if pro.shape != (k + has_noise,):
        beside = " and one of the noise" if has_noise else ""
        raise ValueError(
            f"parameters['pro'] should have {k} numbers{beside}, but has the shape {pro.shape}"
        )
    return (float(pro[-1]), pro[:-1]) if has_noise else (0.0, pro)


def _matrices(variance: Mapping[str, Any], k: int, d: int) -> Doubles:
    """Returns the covariances (k, d, d) of `sigma`, or where that is not there of what is."""
    if "sigma" in variance:
        sigma = _array(variance, "sigma")
        if sigma.shape != (d, d, k):
            raise ValueError(
                f"parameters['variance']['sigma'] should be d x d x G, {(d, d, k)}, but has the "
                f"shape {sigma.shape}"
            )
        return np.ascontiguousarray(np.moveaxis(sigma, 2, 0))
    if "Sigma" in variance:
        return np.broadcast_to(_array(variance, "Sigma"), (k, d, d))
    if "sigmasq" in variance:
        variances = np.broadcast_to(_array(variance, "sigmasq"), (k,))
        return variances[:, np.newaxis, np.newaxis] * np.eye(d)
    raise ValueError("parameters['variance'] should have sigma, Sigma or sigmasq, but has none")


def _in_layout(matrices: Doubles, family: CovarianceType) -> Doubles:
    """Returns covariances shaped as those of the family, which have to be what it says."""
    layout = LAYOUTS[family]
    if layout == "full":
        return matrices
    small: Doubles = matrices[0]
    back = np.broadcast_to(small, matrices.shape)
    if layout != "tied":
        diagonals = np.diagonal(matrices, axis1=1, axis2=2)
        small = diagonals[:, 0] if layout == "spherical" else diagonals
        wide = np.broadcast_to(small.reshape(len(matrices), -1), diagonals.shape)
        back = wide[:, :, np.newaxis] * np.eye(matrices.shape[1])
    if not np.allclose(back, matrices, rtol=1e-8, atol=1e-8 * np.abs(matrices).max()):
        raise ValueError(
            f"parameters['variance'] should have covariances of the model {family}, but they are "
            f"not {layout}"
        )
    return np.ascontiguousarray(small)


def _box_around(weights: Doubles, means: Doubles, matrices: Doubles, inverse: float) -> NoiseBox:
    """Returns a box of the volume 1 / `inverse` about the components; mclust keeps none.

    Its middle is the mean of the components together, its widths are as their deviations.
    """
    shares = weights / weights.sum()
    middle = shares @ means
    spread = shares @ (np.diagonal(matrices, axis1=1, axis2=2) + (means - middle) ** 2)
    logs = np.log(spread) / 2
    widths = np.exp(logs - (logs.sum() + math.log(inverse)) / len(logs))
    return NoiseBox(middle - widths / 2, widths, np.eye(len(widths)))


def _array(values: Mapping[str, Any], name: str) -> Doubles:
    if name not in values:
        raise ValueError(f"parameters should have {name!r}, but have {sorted(values)}")
    return as_floats(values[name], f"parameters' {name}", np.float64)  # type: ignore[return-value]


def _number(value: Any) -> float:
    array = np.ravel(np.asarray(value, np.float64))
    if array.size != 1 or not 0 < array[0] < math.inf:
        raise ValueError(f"parameters['Vinv'] should be a positive number, but is {value!r}")
    return float(array[0])
