"""What a picture shows of a model and of rows: some features of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_table
from gaussmix._feature_names import as_feature_names, feature_names_of
from gaussmix.density.arrays import covariance_matrices, in_double
from gaussmix.kmeans import KMeans

# Without a choice the first so many features are drawn.
MOST_FEATURES = 6


@dataclass(frozen=True, eq=False)
class Components:
    """The components of a mixture, or the clusters of a KMeans, in the features that are drawn.

    Attributes:
        means: (n_components, n).
        covariances: (n_components, n, n); those of a KMeans are 0.
        weights: (n_components,); a KMeans has none: (0,).
    """

    means: NDArray[np.float64]
    covariances: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def have_density(self) -> bool:
        return len(self.weights) > 0

    def deviations(self, i: int) -> NDArray[np.float64]:
        """The standard deviations (n_components,) of a feature."""
        deviations: NDArray[np.float64] = np.sqrt(self.covariances[:, i, i])
        return deviations

    def densities(
        self, points: NDArray[np.float64], at: Sequence[int]
    ) -> Iterator[NDArray[np.float64]]:
        """Yields each component's weighted densities (m,) at points (m, f) of the features `at`.

        In some of its features, a Gaussian is the Gaussian with their means and covariances.
        """
        factors = np.linalg.inv(np.linalg.cholesky(self.covariances[:, at][:, :, at]))
        scales = np.prod(np.diagonal(factors, axis1=1, axis2=2), axis=1)
        scales *= self.weights / (2.0 * np.pi) ** (len(at) / 2)
        for scale, mean, factor in zip(scales, self.means[:, at], factors, strict=True):
            yield scale * np.exp(-0.5 * (((points - mean) @ factor.T) ** 2).sum(axis=1))


@dataclass(frozen=True, eq=False)
class View:
    """Some features of a model and of rows.

    Attributes:
        names: of the features, n of them.
        components: in these features.
        rows: (n_rows, n); without rows (0, n).
        labels: the component (n_rows,) of each row, -1 for noise.
    """

    names: list[str]
    components: Components
    rows: NDArray[np.float64]
    labels: NDArray[np.integer[Any]]

    def limits(self, i: int, radius: float) -> tuple[float, float]:
        """Where the axis of a feature begins and ends: it has all rows, and the means ± radius."""
        centres, reach = self.components.means[:, i], radius * self.components.deviations(i)
        shown = np.concatenate([centres - reach, centres + reach, self.rows[:, i]])
        low, high = float(shown.min()), float(shown.max())
        margin = 0.04 * (high - low) or 1.0
        return low - margin, high + margin

    def only(self, index: NDArray[np.intp] | slice) -> View:
        """Returns the view with these rows alone, in this order."""
        return replace(self, rows=self.rows[index], labels=self.labels[index])


def view_of(
    model: Any,
    X: ArrayLike | None,
    features: Sequence[int | str] | None,
    feature_names: Sequence[str] | None,
) -> View:
    """Returns what to draw. Raises as `model.predict` does for X, and for what is no model."""
    check_model(model)
    every = model.cluster_centers_ if isinstance(model, KMeans) else model.means_
    names = _names(model, X, feature_names, every.shape[1])
    chosen = _indices(range(len(names))[:MOST_FEATURES] if features is None else features, names)
    labels = np.empty(0, np.intp) if X is None else model.predict(X)
    rows = np.empty((0, len(names))) if X is None else as_table(X, type(model).__name__)
    shown = np.asarray(rows[:, chosen], np.float64)
    return View([names[i] for i in chosen], _components(model, chosen), shown, labels)


def check_model(model: Any, *, kmeans: bool = True) -> None:
    """Raises TypeError unless it is an estimator, with `kmeans` a KMeans, too."""
    if hasattr(type(model), "means_") or (kmeans and isinstance(model, KMeans)):
        return
    expected = "a fitted GaussianMixture" + " or KMeans" * kmeans
    raise TypeError(f"model should be {expected}, but is a {type(model).__name__}")


def check_share(share: Any, name: str) -> float:
    """Raises ValueError unless it is between 0 and 1."""
    if not isinstance(share, float | np.floating) or not 0.0 < share < 1.0:
        raise ValueError(f"{name} should be a float between 0 and 1, but is {share!r}")
    return float(share)


def radius_of(share: float) -> float:
    """Returns how far, in standard deviations, the ellipse of two features goes that has it."""
    return math.sqrt(-2.0 * math.log1p(-share))


def shown_rows(view: View, max_points: int) -> NDArray[np.intp] | slice:
    """Returns which rows are drawn as points: all, or so many at random, always the same."""
    if not isinstance(max_points, int | np.integer) or max_points < 1:
        raise ValueError(f"max_points should be an int of at least 1, but is {max_points!r}")
    if len(view.rows) <= max_points:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(len(view.rows), max_points, replace=False))


def _names(model: Any, X: Any, feature_names: Sequence[str] | None, n_features: int) -> list[str]:
    given = as_feature_names(feature_names, n_features)
    found = getattr(model, "feature_names_in_", None) if given is None else given
    if found is None and X is not None:
        found = feature_names_of(X)
    return [f"feature {i}" for i in range(n_features)] if found is None else list(found)


def _indices(features: Sequence[int | str], names: list[str]) -> list[int]:
    if isinstance(features, str | int | np.integer):
        raise TypeError(f"features should be a list of columns, but is {features!r}")
    chosen = []
    for feature in features:
        known = names if isinstance(feature, str) else range(len(names))
        if isinstance(feature, bool) or feature not in known:
            raise ValueError(
                f"features has {feature!r}, but should have columns: an int from 0 to "
                f"{len(names) - 1}, or one of the names {', '.join(map(repr, names))}"
            )
        chosen.append(names.index(feature) if isinstance(feature, str) else int(feature))
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"features should have columns, each once, but is {list(features)!r}")
    return chosen


def _components(model: Any, chosen: Sequence[int]) -> Components:
    n = len(chosen)
    if isinstance(model, KMeans):
        centres = np.asarray(model.cluster_centers_, np.float64)[:, chosen]
        return Components(centres, np.zeros((len(centres), n, n)), np.empty(0))
    means = np.asarray(model.means_, np.float64)[:, chosen]
    weights = np.asarray(model.weights_, np.float64)
    covariances = covariance_matrices(in_double(model._get_model().mixture))
    return Components(means, covariances[:, chosen][:, :, chosen], weights)
