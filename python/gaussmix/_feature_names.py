"""The names of a table's columns: taken from a data frame in fit, compared afterwards."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._arrays import as_table
from gaussmix._other_arrays import arrow_names
from gaussmix._types import FeatureNames, Floats

_PACKAGE = __name__.split(".", maxsplit=1)[0]


def feature_names_of(X: Any) -> FeatureNames | None:
    """Returns the column names of a data frame if all are strings, and None for anything else.

    Raises TypeError where some names are strings and some are not.
    """
    is_table = hasattr(X, "shape") or hasattr(X, "__arrow_c_stream__")
    if isinstance(X, np.ndarray | list | tuple) or not is_table:
        return None
    names = getattr(X, "column_names", None)  # pyarrow; there, columns are the data
    if names is None:
        names = getattr(X, "columns", None)
    if names is None and hasattr(X, "__arrow_c_stream__") and not hasattr(X, "__array__"):
        names = arrow_names(X)
    if names is None or len(names) == 0:
        return None
    types = sorted({type(name).__qualname__ for name in names})
    if len(types) > 1 and "str" in types:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your "
            f"input has {types} as feature name / column name types. Convert them all to "
            "strings, for instance by X.columns = X.columns.astype(str), or none of them."
        )
    return np.asarray(names, dtype=object) if types == ["str"] else None


def as_feature_names(names: Sequence[str] | None, n_features: int) -> FeatureNames | None:
    """Returns names that a caller gives for the columns; ValueError if they cannot be those."""
    if names is None:
        return None
    array = np.asarray(list(names), dtype=object)
    if array.shape != (n_features,) or not all(isinstance(name, str) for name in array):
        raise ValueError(f"feature_names should be {n_features} strings, but got {names!r}")
    return array


def known_names(fitted: FeatureNames | None, class_name: str) -> FeatureNames:
    """Returns the names of the fit; AttributeError if it saw none."""
    if fitted is None:
        raise AttributeError(
            f"This {class_name} has no attribute 'feature_names_in_': it was fitted without "
            "feature names"
        )
    return fitted


def check_feature_names(X: Any, fitted: FeatureNames | None, class_name: str) -> None:
    """Compares the columns of X with those of the fit.

    Warns where only one of the two has names; raises ValueError where the names differ.
    """
    names = feature_names_of(X)
    if names is None and fitted is None:
        return
    if names is not None and fitted is not None:
        if list(names) != list(fitted):
            raise ValueError(_difference(set(names), set(fitted)))
        return
    if fitted is None:
        message = f"X has feature names, but {class_name} was fitted without feature names"
    else:
        message = (
            f"X does not have valid feature names, but {class_name} was fitted with feature names"
        )
    warnings.warn(message, UserWarning, stacklevel=_levels_to_the_user())


def _levels_to_the_user() -> int:
    """The stacklevel, for the caller, of the call into this package."""
    level, frame = 0, sys._getframe(1)
    while frame.f_globals.get("__name__", "").split(".")[0] == _PACKAGE and frame.f_back:
        level, frame = level + 1, frame.f_back
    return level + 1


def table_like_the_fits(
    X: Any,
    fitted: FeatureNames | None,
    n_features: int,
    dtype: DTypeLike,
    class_name: str,
) -> Floats:
    """Returns X as a table of `dtype` if its columns are those of the fit; see the above."""
    check_feature_names(X, fitted, class_name)
    table = as_table(X, class_name, dtype)
    if table.shape[1] != n_features:
        raise ValueError(
            f"X has {table.shape[1]} features, but {class_name} is expecting {n_features} "
            "features as input."
        )
    return table


def _difference(names: set[str], fitted: set[str]) -> str:
    message = "The feature names should match those that were passed during fit.\n"
    if names == fitted:
        return message + "Feature names must be in the same order as they were in fit.\n"
    if names - fitted:
        message += "Feature names unseen at fit time:\n" + _listing(names - fitted)
    if fitted - names:
        message += "Feature names seen at fit time, yet now missing:\n" + _listing(fitted - names)
    return message


def _listing(names: set[str]) -> str:
    shown = sorted(names)[:5] + ["..."] * (len(names) > 5)
    return "".join(f"- {name}\n" for name in shown)
