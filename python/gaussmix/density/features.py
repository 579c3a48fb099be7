"""Features as users name them: by number or by the name that a data frame's column had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._feature_names import check_feature_names, feature_names_of
from gaussmix._types import FeatureNames

Feature: TypeAlias = int | np.integer | str
Features: TypeAlias = Feature | Iterable[Feature]
Indices: TypeAlias = NDArray[np.intp]


def feature_index(feature: Feature, names: FeatureNames | None, n_features: int) -> int:
    """Returns the number of a feature, from 0.

    Raises TypeError for what is neither an int nor a str, ValueError for a feature that is not
    there.
    """
    if isinstance(feature, str):
        return _number_of_name(feature, names)
    if isinstance(feature, bool | np.bool_) or not isinstance(feature, int | np.integer):
        raise TypeError(f"a feature should be an int or a str, but got {feature!r}")
    if not 0 <= feature < n_features:
        raise ValueError(
            f"there is no feature {feature}: the mixture has {n_features}, numbered from 0"
        )
    return int(feature)


def feature_indices(features: Features, names: FeatureNames | None, n_features: int) -> Indices:
    """Returns the numbers of one or more features, in the order given.

    Raises as `feature_index` does, and ValueError for none, or for one that is there twice.
    """
    if isinstance(features, np.ndarray) and features.ndim == 0:
        features = features.item()
    several = isinstance(features, Iterable) and not isinstance(features, str)
    listed: list[Any] = list(features) if several else [features]  # type: ignore[arg-type]
    indices = [feature_index(feature, names, n_features) for feature in listed]
    if not indices:
        raise ValueError("features should name at least one feature, but it is empty")
    if len(set(indices)) < len(indices):
        raise ValueError(f"features should name each feature once, but got {listed!r}")
    return np.array(indices, np.intp)


def other_features(indices: Indices, n_features: int) -> Indices:
    """Returns the numbers of the features that are not in `indices`; ValueError if there is none.

    They are in the order of the mixture.
    """
    others = np.setdiff1d(np.arange(n_features), indices)
    if others.size == 0:
        raise ValueError("features should leave at least one feature, but it names all of them")
    return others


def names_at(names: FeatureNames | None, indices: Indices) -> FeatureNames | None:
    """Returns the names of the features at `indices`, if there are names."""
    return None if names is None else names[indices]


def check_columns(X: object, names: FeatureNames | None, class_name: str) -> None:
    """Raises ValueError if X is a data frame whose columns are not those that are expected."""
    if names is not None and feature_names_of(X) is not None:
        check_feature_names(X, names, class_name)


def _number_of_name(name: str, names: FeatureNames | None) -> int:
    if names is None:
        raise ValueError(
            f"there is no feature {name!r}: the mixture has no feature names, use numbers"
        )
    found = np.flatnonzero(names == name)
    if found.size != 1:
        problem = "there is no feature" if found.size == 0 else "there are several features"
        raise ValueError(f"{problem} {name!r}: the mixture has {names.tolist()}")
    return int(found[0])
