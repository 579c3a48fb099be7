"""Scoring with as little around it as possible: for a request path or a control loop."""

from __future__ import annotations

from functools import partial
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gaussmix import _core
from gaussmix._arrays import as_floats, check_finite
from gaussmix._core import Mixture
from gaussmix._feature_names import check_feature_names, feature_names_of
from gaussmix._noise import Parts, noise_from, parts_of
from gaussmix._threads import n_threads
from gaussmix._types import CovarianceLayout, FeatureNames, Floats


class _Frozen:
    """An object whose attributes can be neither set nor deleted."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} never changes: {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} never changes: {name!r} cannot be deleted")


class Scorer(_Frozen, _core.Scorer):
    """A mixture that scores single rows, or tables of them, in little time.

    `GaussianMixture.scorer()` makes one. It never changes, also not when the estimator does, can be
    pickled, and many threads may use one at once.

    Each method takes x as one row of n_features numbers, or as a table of shape
    (n_samples, n_features), and gives one result or one for each row, to the bit what the
    estimator's methods give. Fastest is an array of the model's dtype, C-contiguous; a list or
    tuple of floats is next. The interpreter is released while a table is scored, and kept for a
    row. ValueError or TypeError tells what is wrong with x.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical")
    >>> scorer = model.scorer()
    >>> scorer.predict([4.0]), scorer.predict([[4.0], [1.0]]).tolist()
    (1, [1, 0])
    >>> round(scorer.score([0.0]), 4)
    -1.6121
    >>> scorer.responsibilities([2.5]).tolist()
    [0.5, 0.5]
    """

    __slots__ = ("_arguments",)
    _arguments: tuple[FeatureNames | None, int | None]

    def __init__(
        self,
        mixture: Mixture,
        feature_names: FeatureNames | None = None,
        n_jobs: int | None = None,
    ) -> None:
        convert = partial(_as_rows, mixture.n_features, mixture.dtype, feature_names)
        super().__init__(mixture, convert, n_threads(n_jobs))
        object.__setattr__(self, "_arguments", (feature_names, n_jobs))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (_parts(self.mixture), self._arguments)

    def __repr__(self) -> str:
        mixture = self.mixture
        return (
            f"<{type(self).__name__} of {mixture.n_components} components, "
            f"{mixture.n_features} features, {mixture.dtype}>"
        )


class ClassScorer(_Frozen, _core.ClassScorer):
    """A classifier of single rows, or tables of them, in little time.

    `MixtureDiscriminant.scorer()` makes one. It takes x as a `Scorer` does, and like one it never
    changes, can be pickled, and serves many threads at once. `predict` returns a label as a Python
    object, and of a table an array of them; `probabilities` has the bits of `predict_proba`.

    Examples
    --------
    >>> from gaussmix import MixtureDiscriminant
    >>> X, y = [[0.0], [2.0], [2.0], [4.0]], ["a", "a", "b", "b"]
    >>> scorer = MixtureDiscriminant(1, covariance_type="shared").fit(X, y).scorer()
    >>> scorer.predict([1.0]), scorer.probabilities([2.0]).tolist()
    ('a', [0.5, 0.5])
    """

    __slots__ = ("_arguments",)
    _arguments: tuple[FeatureNames | None, int | None]

    def __init__(
        self,
        mixture: Mixture,
        component_classes: NDArray[np.int32],
        labels: NDArray[Any],
        feature_names: FeatureNames | None = None,
        n_jobs: int | None = None,
    ) -> None:
        convert = partial(_as_rows, mixture.n_features, mixture.dtype, feature_names)
        super().__init__(mixture, component_classes.tolist(), labels, convert, n_threads(n_jobs))
        object.__setattr__(self, "_arguments", (feature_names, n_jobs))

    def __reduce__(self) -> tuple[Any, ...]:
        classes = np.array(self.component_classes, np.int32)
        return _restore_classes, (_parts(self.mixture), classes, self.labels, self._arguments)

    def __repr__(self) -> str:
        mixture = self.mixture
        return (
            f"<{type(self).__name__} of {len(self.labels)} classes, {mixture.n_components} "
            f"components, {mixture.n_features} features, {mixture.dtype}>"
        )


_Parts: TypeAlias = tuple[Floats, Floats, Floats, CovarianceLayout, Floats, Parts | None]


def _parts(mixture: Mixture) -> _Parts:
    """What `_mixture_of` makes the mixture of, in another process too."""
    return (
        mixture.weights,
        mixture.means,
        mixture.precisions_cholesky,
        mixture.covariance_type,
        mixture.covariances,
        parts_of(mixture.noise),
    )


def _mixture_of(parts: _Parts) -> Mixture:
    return Mixture.from_precisions_cholesky(*parts[:5], noise_from(parts[5]))


def _restore(parts: _Parts, arguments: tuple[FeatureNames | None, int | None]) -> Scorer:
    return Scorer(_mixture_of(parts), *arguments)


def _restore_classes(
    parts: _Parts,
    component_classes: NDArray[np.int32],
    labels: NDArray[Any],
    arguments: tuple[FeatureNames | None, int | None],
) -> ClassScorer:
    return ClassScorer(_mixture_of(parts), component_classes, labels, *arguments)


def _as_rows(
    n_features: int, dtype: DTypeLike, feature_names: FeatureNames | None, x: ArrayLike
) -> Floats:
    """Returns x as an array that the core reads: one row, or a table."""
    if feature_names is not None and feature_names_of(x) is not None:
        check_feature_names(x, feature_names, "Scorer")
    rows = as_floats(x, "x", dtype)
    if rows.ndim not in (1, 2) or rows.shape[-1] != n_features:
        raise ValueError(
            f"x should be a row of shape ({n_features},) or a table of shape (n_samples, "
            f"{n_features}), but got {rows.shape}"
        )
    check_finite(rows, "x")
    return rows
