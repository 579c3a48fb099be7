"""Mixtures of all classes with one covariance: mixture discriminant analysis.

Hastie, Tibshirani 1996, "Discriminant analysis by Gaussian mixtures". One EM fits all classes: a
row has responsibilities in the components of its own class alone, and all components have one
covariance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core
from gaussmix._class_labels import ClassLabels
from gaussmix._discriminant import Discriminant, joint_weights
from gaussmix._fit import fit_model
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats
from gaussmix.mixture import GaussianMixture

_TRIALS = 3  # k-means of the first start, as in a fit of one mixture


def fit_shared(
    rows: Floats,
    weights: NDArray[np.float64] | None,
    found: ClassLabels,
    priors: NDArray[np.float64],
    numbers: Sequence[Any],
    params: dict[str, Any],
    feature_names: FeatureNames | None,
) -> Discriminant:
    """Returns the classifier of rows, all of which count, with so many components in each class."""
    if "bic" in numbers:
        raise ValueError(
            "covariance_type='shared' needs numbers of components: n_components='bic' chooses them "
            "for classes that are fitted by themselves"
        )
    of_components = np.repeat(np.arange(len(numbers), dtype=np.int32), numbers)
    mixture = GaussianMixture(
        len(of_components),
        covariance_type="tied",
        init_params=_seeds(weights, found, numbers, params["n_jobs"]),
        **params,
    )
    model = fit_model(
        mixture,
        None,
        rows,
        weights,
        None,
        known_labels=found.numbers,
        component_classes=of_components.tolist(),
        is_finite=True,
        quiet=True,
        origin="k-means in each class",
    )
    joint, own = _with_priors(model.mixture, of_components, priors)
    result = model.result.with_mixture(joint)
    n_classes = len(found.classes)
    return Discriminant(
        found.classes,
        priors,
        joint,
        of_components,
        own,
        ["tied"] * n_classes,
        [result] * n_classes,
        feature_names,
    )


def _seeds(
    weights: NDArray[np.float64] | None,
    found: ClassLabels,
    numbers: Sequence[int],
    n_jobs: int | None,
) -> Callable[[Floats, int, int], NDArray[np.int32]]:
    """Returns what finds first labels for a start: clusters by k-means within each class."""
    n_trials = [_TRIALS]

    def labels(X: Floats, n_components: int, random_state: int) -> NDArray[np.int32]:
        trials = n_trials.pop() if n_trials else 1
        first = np.empty(len(X), np.int32)
        offset = 0
        for i, number in enumerate(numbers):
            own = found.numbers == i
            first[own] = (
                offset
                + _core.kmeans(
                    np.ascontiguousarray(X[own]),
                    None if weights is None else weights[own],
                    n_clusters=number,
                    init="k-means++",
                    centers=None,
                    n_init=trials,
                    max_iter=300,
                    tol=1e-4,
                    seed=random_state,
                    n_threads=n_threads(n_jobs),
                )[1]
            )
            offset += number
        return first

    return labels


def _with_priors(
    mixture: _core.Mixture, of_components: NDArray[np.int32], priors: NDArray[np.float64]
) -> tuple[_core.Mixture, Floats]:
    """Returns the mixture with the classes' priors, and each component's weight in its class."""
    weights = mixture.weights.astype(np.float64)
    of_classes = np.bincount(of_components, weights)
    own = (weights / of_classes[of_components]).astype(mixture.dtype)
    joint = _core.Mixture.from_precisions_cholesky(
        joint_weights(own, of_components, priors),
        mixture.means,
        mixture.precisions_cholesky,
        "tied",
        mixture.covariances,
    )
    return joint, own
