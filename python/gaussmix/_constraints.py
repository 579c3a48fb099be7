"""What each constructor parameter of the estimators may be.

Parameters are stored as given and checked when they are used, so that set_params can change
several of them one after another. The arrays of a user's start are checked in `_starts`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gaussmix._types import COVARIANCE_TYPES

C_INT_MAX = 2**31 - 1
SEED_MAX = 2**64 - 1


class Constraint(NamedTuple):
    accepts: Callable[[Any], bool | np.bool_]
    description: str


def _is_int(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _integer(low: int, high: int | None = None) -> Constraint:
    interval = f"[{low}, inf)" if high is None else f"[{low}, {high}]"
    return Constraint(
        lambda value: _is_int(value) and low <= value and (high is None or value <= high),
        f"an int in the range {interval}",
    )


def _one_of(*options: str) -> Constraint:
    return Constraint(
        lambda value: isinstance(value, str) and value in options,
        f"a str among {{{', '.join(map(repr, sorted(options)))}}}",
    )


_NON_NEGATIVE = Constraint(
    lambda value: (
        isinstance(value, float | int | np.floating | np.integer)
        and not _is_bool(value)
        and 0 <= value < float("inf")
    ),
    "a float in the range [0.0, inf)",
)
_BOOL = Constraint(_is_bool, "an instance of 'bool'")
_RANDOM_STATE = Constraint(
    lambda value: (
        value is None
        or value is np.random
        or (_is_int(value) and 0 <= value <= SEED_MAX)
        or isinstance(value, np.random.RandomState | np.random.Generator)
    ),
    f"an int in the range [0, {SEED_MAX}], an instance of 'numpy.random.RandomState' or "
    "'numpy.random.Generator' or None",
)

_N_JOBS = Constraint(
    lambda value: value is None or (_is_int(value) and value != 0), "an int other than 0 or None"
)

_N_INIT = Constraint(
    lambda value: (
        (isinstance(value, str) and value == "auto") or (_is_int(value) and 1 <= value <= C_INT_MAX)
    ),
    f"an int in the range [1, {C_INT_MAX}] or 'auto'",
)

_PRIOR_KEYS = ("shrinkage", "mean", "dof", "scale")


def _is_prior(value: Any) -> bool:
    if isinstance(value, Mapping):  # what it holds is checked in `_prior`
        return all(key in _PRIOR_KEYS for key in value)
    return value is None or (isinstance(value, str) and value == "default")


_INIT_METHOD = _one_of("kmeans", "k-means++", "random", "random_from_data")

CONSTRAINTS: Mapping[str, Constraint] = {
    "n_components": _integer(1),
    "covariance_type": _one_of(*COVARIANCE_TYPES),
    "tol": _NON_NEGATIVE,
    "reg_covar": _NON_NEGATIVE,
    "max_iter": _integer(0, C_INT_MAX),
    "n_init": _N_INIT,
    "n_resamples": _integer(1, C_INT_MAX),
    "init_params": Constraint(
        lambda value: callable(value) or _INIT_METHOD.accepts(value),
        f"{_INIT_METHOD.description} or a callable",
    ),
    "prior": Constraint(
        _is_prior,
        f"None, 'default' or a dict with keys among {{{', '.join(map(repr, _PRIOR_KEYS))}}}",
    ),
    "noise": Constraint(
        lambda value: (
            value is None
            or _is_bool(value)
            or (isinstance(value, float | np.floating) and 0 < value < 1)
        ),
        "None, an instance of 'bool' or a float in the range (0.0, 1.0)",
    ),
    "acceleration": Constraint(
        lambda value: value is None or (isinstance(value, str) and value == "squarem"),
        "None or 'squarem'",
    ),
    "truncation": Constraint(
        lambda value: _NON_NEGATIVE.accepts(value) and value <= 0.1,
        "a float in the range [0.0, 0.1]",
    ),
    "random_state": _RANDOM_STATE,
    "warm_start": _BOOL,
    "verbose": Constraint(
        lambda value: _is_bool(value) or (_is_int(value) and value >= 0),
        "an int in the range [0, inf) or an instance of 'bool'",
    ),
    "verbose_interval": _integer(1),
    "degenerate": _one_of("repair", "raise"),
    "n_jobs": _N_JOBS,
    "callback": Constraint(lambda value: value is None or callable(value), "a callable or None"),
    "progress": Constraint(
        lambda value: _is_bool(value) or callable(value),
        "an instance of 'bool' or a class like tqdm.tqdm",
    ),
}

_CLASS_TYPES = [name for name in COVARIANCE_TYPES if name != "fixed"]
_INTEGER_OF_1, _CLASS_TYPE = CONSTRAINTS["n_components"], _one_of(*_CLASS_TYPES)


def _by_class(of_one: Constraint, *words: str) -> Constraint:
    """For one value, the same for all classes, one of the words, or a value for each class."""

    def accepts(value: Any) -> bool | np.bool_:
        if isinstance(value, str) and value in words:
            return True
        if isinstance(value, Mapping):
            value = list(value.values())
        if isinstance(value, list | tuple | np.ndarray):
            return np.ndim(value) == 1 and all(map(of_one.accepts, value))
        return of_one.accepts(value)

    chosen = "".join(f", {word!r}" for word in words)
    return Constraint(
        accepts,
        f"{of_one.description}{chosen}, a sequence of one for each class or a dict by class",
    )


DISCRIMINANT_CONSTRAINTS: Mapping[str, Constraint] = {
    "n_components": _by_class(_INTEGER_OF_1, "bic"),
    "covariance_type": _by_class(_CLASS_TYPE, "bic", "shared"),
    **{
        name: CONSTRAINTS[name]
        for name in (
            *("tol", "reg_covar", "max_iter", "n_init", "random_state", "degenerate", "prior"),
            "n_jobs",
        )
    },
}

KMEANS_CONSTRAINTS: Mapping[str, Constraint] = {
    "n_clusters": _integer(1),
    "init": Constraint(
        lambda value: not isinstance(value, str) or value in ("k-means++", "random"),
        "a str among {'k-means++', 'random'}, a callable or an array-like",
    ),
    "n_init": _N_INIT,
    "max_iter": _integer(1, C_INT_MAX),
    "tol": _NON_NEGATIVE,
    "random_state": _RANDOM_STATE,
    "n_jobs": _N_JOBS,
}


def check_parameters(
    params: Mapping[str, Any],
    class_name: str,
    constraints: Mapping[str, Constraint] = CONSTRAINTS,
) -> None:
    """Raises ValueError for the first of the parameters that is not as `constraints` says."""
    for name, value in params.items():
        constraint = constraints.get(name)
        if constraint is not None and not constraint.accepts(value):
            raise ValueError(
                f"The {name!r} parameter of {class_name} must be {constraint.description}. "
                f"Got {value!r} instead."
            )
