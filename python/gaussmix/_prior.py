"""The conjugate prior that a user may ask for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _core
from gaussmix._arrays import as_floats, check_finite
from gaussmix._families import LAYOUTS
from gaussmix._parameters import check_matrices
from gaussmix._types import CovarianceType, Prior


def as_prior(
    prior: Prior, covariance_type: CovarianceType, n_features: int
) -> _core.ConjugatePrior | None:
    """Returns the prior as the core takes it: what is not given is computed there.

    Raises ValueError or TypeError for a value that does not suit the covariance type or the number
    of features.
    """
    if prior is None:
        return None
    given = {} if isinstance(prior, str) else prior
    found: dict[str, Any] = {}
    if given.get("shrinkage") is not None:
        found["shrinkage"] = _number(given["shrinkage"], "shrinkage")
        if found["shrinkage"] < 0:
            raise ValueError(
                f"prior['shrinkage'] must be at least 0, but is {given['shrinkage']!r}"
            )
    if given.get("mean") is not None:
        found["mean"] = _array(given["mean"], "mean", [(n_features,)])
    if given.get("dof") is not None:
        found["dof"] = _degrees_of_freedom(given["dof"], covariance_type, n_features)
    if given.get("scale") is not None:
        found["scale"] = _scale(given["scale"], covariance_type, n_features)
    return _core.ConjugatePrior(**found)


def plain_prior(prior: Prior) -> Any:
    """Returns the prior as JSON can hold it; None for one that is None or cannot be held."""
    if prior is None or isinstance(prior, str):
        return prior
    plain = {}
    for key, value in prior.items():
        if value is None:
            continue
        try:
            floats = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
        if not np.isfinite(floats).all():
            return None
        plain[key] = floats.tolist()
    return plain


def _degrees_of_freedom(value: Any, covariance_type: CovarianceType, n_features: int) -> float:
    dof = _number(value, "dof")
    least = n_features - 1 if LAYOUTS[covariance_type] in ("full", "tied") else 0
    if dof <= least:
        what = "n_features - 1 = " if LAYOUTS[covariance_type] in ("full", "tied") else ""
        raise ValueError(
            f"prior['dof'] must be greater than {what}{least} for covariance_type="
            f"{covariance_type!r}, but is {value!r}"
        )
    return dof


def _scale(
    value: ArrayLike, covariance_type: CovarianceType, n_features: int
) -> NDArray[np.float64]:
    d = n_features
    if LAYOUTS[covariance_type] in ("full", "tied"):
        scale = _array(value, "scale", [(d, d)])
        try:
            return check_matrices(scale, "covariance", "tied", 1, d)  # type: ignore[return-value]
        except ValueError:
            raise ValueError("prior['scale'] must be symmetric and positive definite") from None
    scale = _array(value, "scale", [(), (d,)] if covariance_type == "diag" else [()])
    if (scale <= 0).any():
        raise ValueError(f"prior['scale'] must be positive, but is {value!r}")
    return scale.reshape(-1)


def _number(value: Any, key: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, float | int | np.floating | np.integer
    ):
        raise TypeError(f"prior[{key!r}] must be a number, but is {value!r}")
    if not np.isfinite(value):
        raise ValueError(f"prior[{key!r}] must be finite, but is {value!r}")
    return float(value)


def _array(value: ArrayLike, key: str, shapes: list[tuple[int, ...]]) -> NDArray[np.float64]:
    name = f"prior[{key!r}]"
    shape = np.shape(value)
    if shape not in shapes:
        allowed = " or ".join(str(allowed) for allowed in shapes)
        raise ValueError(f"{name} must have the shape {allowed}, but has {shape}")
    array = as_floats(value, name, np.float64)
    check_finite(array, name)
    return array.reshape(shape)  # type: ignore[return-value]
