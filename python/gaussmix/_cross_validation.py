"""Cross-validation of classifiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats

if TYPE_CHECKING:
    from gaussmix.discriminant import MixtureDiscriminant


def stratified_folds(labels: NDArray[Any], n_folds: int, seed: int) -> NDArray[np.intp]:
    """Returns a fold for each row, from 0: of each class as many in each, or one more or less.

    Which rows is drawn; the folds' sizes differ by one at most.
    """
    rng = np.random.default_rng(seed)
    folds = np.empty(len(labels), np.intp)
    n_dealt = 0
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        folds[own] = (n_dealt + np.arange(len(own))) % n_folds
        n_dealt += len(own)
    return folds


def predicted_in_folds(
    classifier: MixtureDiscriminant,
    X: Floats,
    labels: NDArray[Any],
    n_folds: int,
    seed: int,
    begin: Callable[[int], None] = lambda fold: None,
) -> NDArray[Any]:
    """Returns the class of each row as a fit to the rows of the other folds predicts it.

    `begin` is told of each fold before its fit. Raises ValueError where the other folds have too
    few rows of a class, or a fold has none.
    """
    if n_folds > len(labels):
        raise ValueError(f"{n_folds} folds are too many for {len(labels)} rows")
    folds = stratified_folds(labels, n_folds, seed)
    predicted = np.empty_like(labels)
    for fold in range(n_folds):
        begin(fold)
        own = folds == fold
        try:
            predicted[own] = classifier.fit(X[~own], labels[~own]).predict(X[own])
        except ValueError as error:
            raise ValueError(f"without fold {fold + 1} of {n_folds}: {error}") from error
    return predicted
