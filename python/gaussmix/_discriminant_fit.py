"""One fit of a classifier: each class by itself, or all with one covariance; then one mixture."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import exceptions
from gaussmix._arrays import as_floats, as_sample_weight, check_finite, drop_weightless
from gaussmix._class_labels import ClassLabels, by_class, class_labels
from gaussmix._class_mixtures import ClassRows, fit_class
from gaussmix._discriminant import Discriminant, joined
from gaussmix._discriminant_settings import DiscriminantSettings
from gaussmix._seeds import draw_seed
from gaussmix._shared_covariance import fit_shared
from gaussmix._types import FeatureNames, Floats
from gaussmix.report import FitReport


def fit_discriminant(
    settings: DiscriminantSettings,
    table: Floats,
    labels: NDArray[Any],
    sample_weight: ArrayLike | None,
    feature_names: FeatureNames | None,
) -> Discriminant:
    """Returns the classifier of a table's rows, whose labels are as `as_labels` returns them.

    The settings are checked but for what depends on the classes. Raises ValueError or TypeError for
    what cannot be fitted. Tells of repairs, and warns of classes whose fit did not converge.
    """
    weights = as_sample_weight(sample_weight, table.shape[0])
    found = class_labels(labels, weights)
    priors = _priors(settings.priors, found, weights)
    rows, weights = drop_weightless(table, weights)
    found = ClassLabels(found.classes, found.numbers[found.numbers >= 0])
    check_finite(rows, "X", type(settings).__name__, feature_names)
    shared = isinstance(settings.covariance_type, str) and settings.covariance_type == "shared"
    numbers = by_class("n_components", settings.n_components, found.classes)
    samples = _by_class(rows, weights, found)
    _check_sizes(samples, numbers, minimum=1 if shared else 2)
    params = settings._mixture_settings()
    params["random_state"] = draw_seed(settings.random_state)
    if shared:
        model = fit_shared(rows, weights, found, priors, numbers, params, feature_names)
    else:
        types = by_class("covariance_type", settings.covariance_type, found.classes)
        model = _fit_classes(samples, found, priors, numbers, types, params, feature_names)
    _tell(model, settings)
    return model


def _fit_classes(
    samples: Sequence[ClassRows],
    found: ClassLabels,
    priors: NDArray[np.float64],
    numbers: Sequence[Any],
    types: Sequence[Any],
    params: dict[str, Any],
    feature_names: FeatureNames | None,
) -> Discriminant:
    """Fits each class's rows by themselves."""
    fits = [fit_class(*of_class, params) for of_class in zip(samples, numbers, types, strict=True)]
    mixture, component_classes, weights = joined([fit.model.mixture for fit in fits], priors)
    return Discriminant(
        found.classes,
        priors,
        mixture,
        component_classes,
        weights,
        [fit.covariance_type for fit in fits],
        [fit.model.result for fit in fits],
        feature_names,
    )


def _priors(
    given: ArrayLike | None, found: ClassLabels, weights: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Returns the classes' probabilities: as given, or their shares of the rows' weight."""
    n_classes = len(found.classes)
    if given is None:
        counted = found.numbers >= 0
        counts = np.bincount(
            found.numbers[counted], None if weights is None else weights[counted], n_classes
        ).astype(np.float64)
        shares: NDArray[np.float64] = counts / counts.sum()
        return shares
    return as_priors(given, n_classes)


def as_priors(given: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """Returns the probabilities of classes that the user gave, which sum to 1."""
    priors = as_floats(given, "priors", np.float64)
    if priors.shape != (n_classes,):
        raise ValueError(
            f"priors should have a probability for each class, the shape ({n_classes},), but have "
            f"{priors.shape}"
        )
    check_finite(priors, "priors")
    if (priors < 0).any():
        raise ValueError(f"priors should be at least 0, but the least is {priors.min()}")
    if abs(priors.sum() - 1.0) > 1e-6:
        raise ValueError(f"priors should sum to 1, but their sum is {priors.sum()}")
    scaled: NDArray[np.float64] = priors / priors.sum()
    return scaled


def _by_class(
    rows: Floats, weights: NDArray[np.float64] | None, found: ClassLabels
) -> list[ClassRows]:
    samples = []
    for number, label in enumerate(found.classes.tolist()):
        own = found.numbers == number
        samples.append(ClassRows(label, rows[own], None if weights is None else weights[own]))
    return samples


def _check_sizes(samples: Sequence[ClassRows], numbers: Sequence[Any], minimum: int) -> None:
    """Raises ValueError for a class with fewer rows than `minimum`, or than it has components.

    For the first, a row of weight 2 is as good as two.
    """
    for sample, number in zip(samples, numbers, strict=True):
        n = len(sample.rows)
        few = f"class {sample.label!r} has {n} row(s), too few for"
        if number != "bic" and n < number:
            raise ValueError(f"{few} n_components={number}: give it at least {number}")
        if max(n, sample.total_weight) < minimum:
            raise ValueError(f"{few} covariances of its own: give it at least {minimum}")


def _tell(model: Discriminant, settings: DiscriminantSettings) -> None:
    """Logs repairs, and warns once of all fits that did not converge."""
    for result in dict.fromkeys(model.results):
        FitReport.of(result).log_repairs()
    labels = model.classes.tolist()
    unfinished = [
        repr(label)
        for label, result in zip(labels, model.results, strict=True)
        if not result.converged
    ]
    if unfinished and settings.max_iter > 0:
        warnings.warn(
            f"The fit of class {', '.join(unfinished)} did not converge. Try to increase max_iter "
            "or tol, or check for degenerate data.",
            exceptions.ConvergenceWarning,
            stacklevel=4,  # where a method of the estimator is called
        )
