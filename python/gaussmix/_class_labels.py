"""The classes of rows: labels of any kind, and settings that are given by class."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import exceptions
from gaussmix._arrays import check_finite, reject_sparse_and_masked
from gaussmix._other_arrays import as_array

# What labels of a kind of dtype are in a file.
_PYTHON_TYPES: Mapping[str, set[type]] = {
    "b": {bool},
    "i": {int},
    "u": {int},
    "f": {int, float},
    "U": {str},
    "O": {str, int, float, bool},
}


class ClassLabels(NamedTuple):
    """Which class each row belongs to."""

    classes: NDArray[Any]
    """The distinct labels, sorted."""
    numbers: NDArray[np.int32]
    """Of each row the index of its label in `classes`."""


def as_labels(y: ArrayLike, n_samples: int, class_name: str) -> NDArray[Any]:
    """Returns the labels of rows as an array (n_samples,) of text, ints, bools or objects.

    Raises ValueError or TypeError for what is none: missing labels, numbers that are not whole,
    more than one column, another length. A single column is taken with a DataConversionWarning.
    """
    if y is None:
        raise ValueError(
            f"{class_name} requires y to be passed, but the target y is None: it should be the "
            "label of each row"
        )
    reject_sparse_and_masked(y, "y")
    labels = as_array(y, "y")
    if labels.ndim == 2 and labels.shape[1] == 1:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of "
            "y to (n_samples,), for example using ravel().",
            exceptions.DataConversionWarning,
            stacklevel=3,  # where a method of the estimator is called
        )
        labels = labels.ravel()
    if labels.ndim != 1:
        raise ValueError(f"y should be a 1d array, got an array of shape {labels.shape} instead.")
    if len(labels) != n_samples:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {n_samples}, y has "
            f"{len(labels)}"
        )
    return _check_kind(labels)


def class_labels(labels: NDArray[Any], weights: NDArray[np.float64] | None) -> ClassLabels:
    """Returns the classes of labels, but for those of rows of weight 0, whose number is then -1.

    Raises ValueError unless there are two classes, TypeError for labels that have no order.
    """
    counted = np.full(len(labels), True) if weights is None else weights > 0
    try:
        classes, own = np.unique(labels[counted], return_inverse=True)
    except TypeError as error:
        raise TypeError(f"the labels in y should all be of one type: {error}") from None
    if len(classes) < 2:
        only = f": {classes.tolist()[0]!r}" if len(classes) else ""
        raise ValueError(
            f"The number of classes has to be greater than one; got {len(classes)} class{only}"
        )
    numbers = np.full(len(labels), -1, np.int32)
    numbers[counted] = own
    return ClassLabels(classes, numbers)


def by_class(name: str, value: Any, classes: NDArray[Any]) -> list[Any]:
    """Returns a parameter's value for each class.

    It is a dict by class, a sequence in the order of the classes, or else the same for all. Raises
    ValueError for other keys than the classes, or another number of values.
    """
    labels = classes.tolist()
    if isinstance(value, Mapping):
        given = {key.item() if isinstance(key, np.generic) else key: value[key] for key in value}
        if given.keys() != set(labels):
            raise ValueError(
                f"The keys of {name} should be the classes, {labels!r}, but are {list(given)!r}"
            )
        return [given[label] for label in labels]
    if isinstance(value, list | tuple | np.ndarray):
        if len(value) != len(labels):
            raise ValueError(
                f"{name} should have a value for each of the {len(labels)} classes, but has "
                f"{len(value)}: {value!r}"
            )
        return list(value)
    return [value] * len(labels)


def _check_kind(labels: NDArray[Any]) -> NDArray[Any]:
    kind = labels.dtype.kind
    if kind == "T":  # numpy's strings of variable width
        return labels.astype(str)
    if kind == "f":
        check_finite(labels, "y")
        if (labels != np.floor(labels)).any():
            raise ValueError(
                "Unknown label type: continuous. y should be the class of each row, but has "
                "numbers that are not whole"
            )
    elif kind == "O":
        missing = [i for i, label in enumerate(labels) if _is_missing(label)]
        if missing:
            raise ValueError(f"Input y contains NaN: the label y[{missing[0]}] is missing.")
    elif kind not in "biuU":
        raise ValueError(
            f"Unknown label type: y should be text, ints or bools, but its dtype is {labels.dtype}"
        )
    return labels


def _is_missing(label: Any) -> bool:
    pandas_na = getattr(sys.modules.get("pandas"), "NA", None)
    if label is None or label is pandas_na:
        return True
    return isinstance(label, float | np.floating) and bool(np.isnan(label))


def plain_labels(classes: NDArray[Any]) -> dict[str, Any]:
    """Returns what `read_labels` reads; ValueError for labels that a file cannot hold."""
    labels: list[Any] = classes.tolist()
    if len(set(map(type, labels))) != 1 or not isinstance(labels[0], str | int | float):
        raise ValueError(
            f"a model file holds labels that are text, ints, floats or bools, but not {labels!r}"
        )
    return {"labels": labels, "dtype": classes.dtype.str}


def read_labels(text: Mapping[str, Any], n_classes: int) -> NDArray[Any]:
    """Returns the labels of classes in a file, by default 0, 1, ...; ValueError if unsound."""
    if "labels" not in text:
        return np.arange(n_classes)
    labels, name = text["labels"], text.get("dtype", "|O")
    if not isinstance(labels, list) or len(labels) != n_classes:
        raise ValueError(f"classes.labels should be {n_classes} labels")
    types = {type(label) for label in labels}
    if len(types) != 1 and types != {int, float}:
        raise ValueError("classes.labels should be of one type")
    found = re.fullmatch(
        r"[<>|=](b1|[iu][1248]|f[248]|U\d+|O)", name if isinstance(name, str) else ""
    )
    if found is None:
        raise ValueError(f"classes.dtype should be that of text, ints, floats or bools: {name!r}")
    kind = found[1][0]
    if not types <= _PYTHON_TYPES[kind]:
        raise ValueError(f"classes.labels should be of the dtype {name}")
    try:  # the width of text is that of the longest label, whatever the file says
        classes = np.array(labels, str if kind == "U" else np.dtype(found[1]))
    except (OverflowError, ValueError, TypeError) as error:
        raise ValueError(f"classes.labels should be of the dtype {name}: {error}") from error
    if classes.ndim != 1 or np.unique(classes).tolist() != classes.tolist():
        raise ValueError("classes.labels should be different, and sorted")
    return classes
