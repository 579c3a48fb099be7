"""What a classifier holds once it is fitted: one mixture of all classes' components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._core import Classifier, FitResult, Mixture, Predictor
from gaussmix._families import LAYOUTS
from gaussmix._model import Model
from gaussmix._types import CovarianceLayout, CovarianceType, FeatureNames, Floats


@dataclass(frozen=True, eq=False)
class Discriminant:
    """Classes, and the mixture that scores their rows. Immutable.

    Attributes:
        classes: (n_classes,) labels, sorted.
        priors: (n_classes,) probabilities.
        mixture: of the components of all classes, one class after another; each has its class's
            prior times its weight in the class as weight.
        component_classes: (k,) of each component the index of its class.
        weights: (k,) of each component the weight in its class.
        covariance_types: of each class.
        results: of each class how its fit went; all the same for one fit of all.
    """

    classes: NDArray[Any]
    priors: NDArray[np.float64]
    mixture: Mixture
    component_classes: NDArray[np.int32]
    weights: Floats
    covariance_types: Sequence[CovarianceType]
    results: Sequence[FitResult]
    feature_names: FeatureNames | None = None
    classifier: Classifier = field(init=False, repr=False)
    predictor: Predictor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        classifier = Classifier(self.mixture, self.component_classes.tolist())
        object.__setattr__(self, "classifier", classifier)
        object.__setattr__(self, "predictor", Predictor(self.mixture))

    def class_model(self, number: int) -> Model:
        """The mixture of one class, with the bits of its fit."""
        own = np.flatnonzero(self.component_classes == number)
        name = self.covariance_types[number]
        layout = LAYOUTS[name]
        precisions_cholesky, covariances = (
            _taken(array, own, self.mixture.covariance_type, layout)
            for array in (self.mixture.precisions_cholesky, self.mixture.covariances)
        )
        mixture = Mixture.from_precisions_cholesky(
            self.weights[own], self.mixture.means[own], precisions_cholesky, name, covariances
        )
        return Model(self.results[number].with_mixture(mixture), self.feature_names)


def joined(
    mixtures: Sequence[Mixture], priors: NDArray[np.float64]
) -> tuple[Mixture, NDArray[np.int32], Floats]:
    """Returns one mixture of those of classes, its components' classes, and their weights there.

    Its covariances are stored as those of the classes, where all are stored alike and each
    component has its own, and else as full matrices.
    """
    numbers = [mixture.n_components for mixture in mixtures]
    classes = np.repeat(np.arange(len(mixtures), dtype=np.int32), numbers)
    weights = np.concatenate([mixture.weights for mixture in mixtures])
    layouts = {mixture.covariance_type for mixture in mixtures}
    common = layouts.pop() if len(layouts) == 1 else "full"
    layout: CovarianceLayout = "full" if common == "tied" else common
    precisions_cholesky, covariances = (
        np.concatenate([_expanded(getattr(m, name), m, layout) for m in mixtures])
        for name in ("precisions_cholesky", "covariances")
    )
    mixture = Mixture.from_precisions_cholesky(
        joint_weights(weights, classes, priors),
        np.concatenate([mixture.means for mixture in mixtures]),
        precisions_cholesky,
        layout,
        covariances,
    )
    return mixture, classes, weights


def joint_weights(
    weights: Floats, component_classes: NDArray[np.int32], priors: NDArray[np.float64]
) -> Floats:
    """Returns the weights of components of all classes, from those in their classes."""
    joint = priors[component_classes] * weights.astype(np.float64)
    scaled: Floats = (joint / joint.sum()).astype(weights.dtype)
    return scaled


def _expanded(array: Floats, mixture: Mixture, layout: CovarianceLayout) -> Any:
    """Returns covariances, or their factors, of a mixture in its own layout, or as k matrices."""
    own = mixture.covariance_type
    if own == layout:
        return array
    k, d = mixture.n_components, mixture.n_features
    if own == "tied":
        return np.repeat(array[np.newaxis], k, axis=0)
    matrices = np.zeros((k, d, d), array.dtype)
    matrices[:, np.arange(d), np.arange(d)] = array if own == "diag" else array[:, np.newaxis]
    return matrices


def _taken(
    array: Floats,
    components: NDArray[np.intp],
    stored: CovarianceLayout,
    layout: CovarianceLayout,
) -> Floats:
    """Returns what `_expanded` was given, of some of the components."""
    own: Any = array if stored == "tied" else array[components]
    if stored != layout:
        own = own[0] if layout == "tied" else np.diagonal(own, axis1=1, axis2=2)
        own = own[:, 0] if layout == "spherical" else own
    contiguous: Floats = np.ascontiguousarray(own)
    return contiguous
