"""What `select` is given, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from gaussmix._arrays import (
    as_sample_weight,
    as_table,
    check_finite,
    check_number_of_rows,
    drop_weightless,
)
from gaussmix._constraints import CONSTRAINTS
from gaussmix._feature_names import feature_names_of
from gaussmix._many_arguments import check_params
from gaussmix._sample import Sample
from gaussmix._types import COVARIANCE_TYPES, FAMILIES, CovarianceType

_NAME = "select"


def sample_of(X: ArrayLike, sample_weight: ArrayLike | None) -> Sample:
    """Returns the rows that count, looked through once for all fits."""
    table = as_table(X, _NAME)
    rows, weights = drop_weightless(table, as_sample_weight(sample_weight, len(table)))
    check_finite(rows, "X", _NAME, feature_names_of(X))
    check_number_of_rows(rows.shape, _NAME, 2)
    return Sample(rows, weights)


def check_settings(settings: dict[str, Any]) -> None:
    """Raises TypeError for what is no parameter of GaussianMixture, ValueError for its value."""
    if "covariance_type" in settings:
        raise TypeError("select() takes covariance_types, and not covariance_type")
    check_params(_NAME, settings)


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raises ValueError unless an argument is one of the choices."""
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, but is {value!r}")


def component_numbers(n_components: int | Iterable[int]) -> list[int]:
    """Returns the numbers of components, each once."""
    accepts, description = CONSTRAINTS["n_components"]
    try:
        numbers = list(n_components)  # type: ignore[arg-type]
    except TypeError:
        numbers = [n_components]  # type: ignore[list-item]
    for number in numbers:
        if not accepts(number):
            raise ValueError(
                f"n_components must be {description} or an iterable of such, but has {number!r}"
            )
    if not numbers:
        raise ValueError("n_components must have at least one number, but is empty")
    return list(dict.fromkeys(int(number) for number in numbers))


def covariance_types_of(covariance_types: str | Sequence[CovarianceType]) -> list[CovarianceType]:
    """Returns the covariance types, each once."""
    if isinstance(covariance_types, str):
        return covariance_types_of(FAMILIES if covariance_types == "all" else [covariance_types])  # type: ignore[list-item]
    try:
        names = list(covariance_types)
    except TypeError:
        names = [covariance_types]  # type: ignore[list-item]
    accepts, _ = CONSTRAINTS["covariance_type"]
    for name in names:
        if not accepts(name):
            raise ValueError(
                f"covariance_types must be some of {', '.join(map(repr, COVARIANCE_TYPES))}, or "
                f"'all', but has {name!r}"
            )
    if not names:
        raise ValueError("covariance_types must have at least one name, but is empty")
    return list(dict.fromkeys(names))


def check_resamples(n_resamples: object) -> None:
    """Raises ValueError unless it is a number of splits."""
    accepts, description = CONSTRAINTS["n_resamples"]
    if not accepts(n_resamples):
        raise ValueError(f"n_resamples must be {description}, but is {n_resamples!r}")
