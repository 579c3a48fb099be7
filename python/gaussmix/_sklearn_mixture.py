"""Mixtures of scikit-learn's class, made from ours and ours from them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from gaussmix import exceptions
from gaussmix._core import FitResult, Mixture, StartReport
from gaussmix._families import LAYOUTS
from gaussmix._feature_names import as_feature_names
from gaussmix._model import Model
from gaussmix._parameters import check_matrices, make_mixture
from gaussmix._types import CovarianceLayout

_SHARED = (
    "n_components",
    "covariance_type",
    "tol",
    "reg_covar",
    "max_iter",
    "n_init",
    "init_params",
    "weights_init",
    "means_init",
    "precisions_init",
    "random_state",
    "warm_start",
    "verbose",
    "verbose_interval",
)
_ARRAYS = ("weights", "means", "covariances", "precisions", "precisions_cholesky")


def content_of(fitted: Any) -> tuple[dict[str, Any], Model]:
    """Returns the parameters and the model of a fitted mixture of scikit-learn.

    Raises TypeError for anything else, NotFittedError for one that is not fitted, and ValueError
    for arrays that make no mixture.
    """
    module = sys.modules.get("sklearn.mixture")
    if module is None or not isinstance(fitted, module.GaussianMixture):
        raise TypeError(
            "fitted must be a sklearn.mixture.GaussianMixture, but is a "
            f"{type(fitted).__module__}.{type(fitted).__qualname__}"
        )
    if not all(hasattr(fitted, f"{name}_") for name in _ARRAYS):
        raise exceptions.NotFittedError(
            "fitted is a GaussianMixture of scikit-learn that is not fitted: call its fit first"
        )
    mixture = _mixture_of(fitted)
    names = as_feature_names(getattr(fitted, "feature_names_in_", None), mixture.n_features)
    params = fitted.get_params(deep=False)
    return {name: params[name] for name in _SHARED}, Model(_result_of(fitted, mixture), names)


def _mixture_of(fitted: Any) -> Mixture:
    layout: CovarianceLayout = fitted.covariance_type
    arrays = {
        "weights": fitted.weights_,
        "means": fitted.means_,
        "precisions_cholesky": fitted.precisions_cholesky_,
    }
    mixture = make_mixture(arrays, layout)
    covariances = np.asarray(fitted.covariances_, mixture.dtype)
    k, d = mixture.n_components, mixture.n_features
    covariances = check_matrices(covariances, "covariance", layout, k, d)
    return Mixture.from_precisions_cholesky(
        mixture.weights, mixture.means, mixture.precisions_cholesky, layout, covariances
    )


def _result_of(fitted: Any, mixture: Mixture) -> FitResult:
    """Returns how the fit went, as far as it tells: arrays may have been set by hand."""
    found: dict[str, Any] = {
        "converged": bool(getattr(fitted, "converged_", False)),
        "n_iter": int(getattr(fitted, "n_iter_", 0)),
        "lower_bound": float(getattr(fitted, "lower_bound_", -np.inf)),
    }
    return FitResult(
        mixture,
        starts=[StartReport(origin="scikit-learn", dropped=False, seconds=0.0, **found)],
        lower_bounds=[float(bound) for bound in getattr(fitted, "lower_bounds_", ())],
        **found,
    )


def to_sklearn(params: Mapping[str, Any], model: Model) -> Any:
    """Returns a fitted mixture of scikit-learn with the same numbers.

    Raises ImportError without scikit-learn, ValueError for a mixture with a noise component.
    """
    mixture, result = model.mixture, model.result
    if mixture.noise is not None:
        raise ValueError(
            "scikit-learn's mixtures have no noise component, but this one has, with a weight of "
            f"{mixture.noise.weight:.4g}"
        )
    try:
        from sklearn.mixture import GaussianMixture  # type: ignore[import-untyped]
    except ImportError:
        raise ImportError(
            "to_sklearn() needs scikit-learn, which is not installed: pip install scikit-learn"
        ) from None
    fitted = GaussianMixture(**_accepted(params))
    for name in _ARRAYS:
        setattr(fitted, f"{name}_", model.array(name).copy())
    fitted.converged_, fitted.n_iter_ = result.converged, result.n_iter
    fitted.lower_bound_, fitted.lower_bounds_ = result.lower_bound, list(result.lower_bounds)
    fitted.n_features_in_ = mixture.n_features
    if model.feature_names is not None:
        fitted.feature_names_in_ = model.feature_names.copy()
    return fitted


def _accepted(params: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parameters that scikit-learn has too, with values that it takes."""
    shared = {name: params[name] for name in _SHARED}
    shared["covariance_type"] = LAYOUTS[params["covariance_type"]]
    if shared["n_init"] == "auto":
        shared["n_init"] = 1
    if not isinstance(shared["init_params"], str):
        del shared["init_params"]
    if isinstance(shared["random_state"], np.random.Generator):
        del shared["random_state"]
    return shared
