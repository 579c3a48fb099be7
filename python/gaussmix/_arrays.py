"""From what a caller passes to the arrays that the core takes.

The core reads C-contiguous, aligned float32 or float64 arrays of native byte order. Such an
array is handed on as it is; anything else that holds real numbers is converted once.
"""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gaussmix._other_arrays import as_array
from gaussmix._types import FeatureNames, Floats


def as_floats(values: ArrayLike, name: str, dtype: DTypeLike | None = None) -> Floats:
    """Returns `values` as an array the core can read; without a copy if it already is one.

    The result is of `dtype`, or if that is None float32 for float32 and float64 for all else.
    `name` is the argument's name in messages. Text is converted if Python's float() takes it. NaN
    and infinity pass: see `check_finite`.
    """
    reject_sparse_and_masked(values, name)
    array = as_array(values, name)
    kind = array.dtype.kind
    if kind in "OUST":  # objects, and what holds text
        array = _floats_from_objects(array, name)
    elif kind == "c":
        raise ValueError(f"Complex data not supported\n{array}\n")
    elif kind == "V" and array.dtype.type is not np.void:  # another library's, such as bfloat16
        array = array.astype(np.float64)
    elif kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, but its dtype is {array.dtype}")
    if dtype is None:
        single = array.dtype.newbyteorder("=") == np.float32
        dtype = np.float32 if single else np.float64
    with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is found so
        return np.require(array, np.dtype(dtype), ["C_CONTIGUOUS", "ALIGNED"])


def as_table(X: ArrayLike, class_name: str, dtype: DTypeLike | None = None) -> Floats:
    """`as_floats` for the rows of a table: 2-D, with at least one column."""
    if isinstance(X, np.matrix):
        raise TypeError(
            "np.matrix is not supported. Please convert to a numpy array with np.asarray."
        )
    table = as_floats(X, "X", dtype)
    if table.ndim < 2:
        found = "scalar" if table.ndim == 0 else "1D"
        raise ValueError(
            f"Expected 2D array, got {found} array instead:\narray={table}.\n"
            "Reshape your data either using array.reshape(-1, 1) if your data has a single "
            "feature or array.reshape(1, -1) if it contains a single sample."
        )
    if table.ndim > 2:
        raise ValueError(
            f"Found array with dim {table.ndim}, while dim <= 2 is required by {class_name}."
        )
    if table.shape[1] == 0 and table.shape[0] > 0:
        raise ValueError(
            f"Found array with 0 feature(s) (shape={table.shape}) while a minimum of 1 is "
            f"required by {class_name}."
        )
    return table


def as_sample_weight(
    sample_weight: ArrayLike | None, n_samples: int, *, all_zero: bool = False
) -> NDArray[np.float64] | None:
    """Returns one weight for each row: finite, at least 0. None stays None.

    Unless `all_zero` allows it, they may not all be 0.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, numbers.Number):
        sample_weight = np.full(n_samples, sample_weight)
    weights = as_floats(sample_weight, "sample_weight", np.float64)
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weights.ndim}D array. Expected "
            f"either a scalar value or a 1D array of length {n_samples} as sample_weight."
        )
    if weights.shape != (n_samples,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}!")
    check_finite(weights, "sample_weight")
    if (weights < 0).any():
        raise ValueError(
            f"Negative values in data passed to `sample_weight`: the least is {weights.min()}"
        )
    if not all_zero and not weights.any():
        raise ValueError(
            "Sample weights must contain at least one non-zero number, but sample_weight is all 0."
        )
    with np.errstate(over="ignore"):
        if np.isinf(weights.sum()):
            raise ValueError("sample_weight is too large: its sum is infinite")
    return weights  # type: ignore[return-value]


def as_known_labels(
    known_labels: ArrayLike | None, n_samples: int, n_components: int, noise: bool
) -> NDArray[np.int32] | None:
    """Returns a component's number for each row, -1 where it is not known. None stays None.

    With `noise` the number after the last component is that of the noise.
    """
    if known_labels is None:
        return None
    reject_sparse_and_masked(known_labels, "known_labels")
    labels = as_array(known_labels, "known_labels")
    if labels.shape != (n_samples,):
        raise ValueError(f"known_labels.shape == {labels.shape}, expected {(n_samples,)}!")
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"known_labels must hold ints, but its dtype is {labels.dtype}: number the components "
            "from 0, and give -1 where a row's is not known"
        )
    wrong = np.flatnonzero((labels < -1) | (labels >= n_components + noise))
    if wrong.size:
        row = wrong[0]
        if noise:
            about_noise = f", or {n_components} for noise"
        else:
            no_noise = ", and there is no noise component"
            about_noise = no_noise if labels[row] == n_components else ""
        raise ValueError(
            f"known_labels[{row}] is {labels[row]}, but must be a component, from 0 to "
            f"{n_components - 1}, or -1 where it is not known{about_noise}"
        )
    return np.require(labels, np.int32, ["C_CONTIGUOUS", "ALIGNED"])


def drop_weightless(
    table: Floats, weights: NDArray[np.float64] | None
) -> tuple[Floats, NDArray[np.float64] | None]:
    """Returns the rows that count, and their weights: 0 means that a row is not there."""
    if weights is None or weights.all():
        return table, weights
    return table[weights > 0], weights[weights > 0]


def check_rows(
    table: Floats, class_name: str, names: FeatureNames | None, minimum: int = 1
) -> None:
    """Raises ValueError unless there are `minimum` rows and every value is finite.

    `names` are those of the columns, for the message.
    """
    check_finite(table, "X", class_name, names)
    check_number_of_rows(table.shape, class_name, minimum)


def check_number_of_rows(shape: tuple[int, ...], class_name: str, minimum: int) -> None:
    """Raises ValueError unless a table of this shape has `minimum` rows."""
    if shape[0] < minimum:
        raise ValueError(
            f"Found array with {shape[0]} sample(s) (shape={shape}) while a minimum "
            f"of {minimum} is required by {class_name}."
        )


def check_finite(
    array: Floats,
    name: str,
    class_name: str | None = None,
    names: FeatureNames | None = None,
) -> None:
    """Raises ValueError if there is a NaN or an infinity in `array`; `names` are of its columns."""
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):  # one pass, no temporary; a sum may overflow without cause
            return
    if np.isnan(array).any():
        advice = (
            f"\n{class_name} does not accept missing values: drop or impute those rows first."
            if class_name
            else ""
        )
        where = _column_with(np.isnan(array), names)
        raise ValueError(f"Input {name} contains NaN{where}.{advice}")
    if np.isinf(array).any():
        where = _column_with(np.isinf(array), names)
        raise ValueError(
            f"Input {name} contains infinity or a value too large for {array.dtype!r}{where}."
        )


def _column_with(bad: NDArray[np.bool_], names: FeatureNames | None) -> str:
    """Returns which columns have a bad value, if they have names: the first, and how many more."""
    if names is None or bad.ndim != 2:
        return ""
    columns = np.flatnonzero(bad.any(axis=0))
    more = f" and in {len(columns) - 1} more" if len(columns) > 1 else ""
    return f" in the column {names[columns[0]]!r}{more}"


def reject_sparse_and_masked(values: Any, name: str) -> None:
    scipy_sparse = sys.modules.get("scipy.sparse")
    if scipy_sparse is not None and scipy_sparse.issparse(values):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. "
            "Use '.toarray()' to convert to a dense numpy array."
        )
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(f"Input {name} contains masked values, which are not supported.")


def _floats_from_objects(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    pandas_na = getattr(sys.modules.get("pandas"), "NA", None)
    floats = np.empty(array.size)
    for i, value in enumerate(array.flat):
        if value is None or value is pandas_na:
            floats[i] = math.nan
        elif isinstance(value, complex | np.complexfloating):
            raise ValueError(f"Complex data not supported\n{array}\n")
        else:
            try:
                floats[i] = float(value)
            except OverflowError:  # an int beyond all floats; `check_finite` finds it
                floats[i] = math.inf
            except (TypeError, ValueError) as error:
                raise _not_a_number(value, array.shape, i, name, error) from None
    return floats.reshape(array.shape)


def _not_a_number(
    value: Any, shape: tuple[int, ...], i: int, name: str, error: Exception
) -> Exception:
    indices = ", ".join(str(index) for index in np.unravel_index(i, shape))
    where = f"{name}[{indices}]" if shape else name
    if isinstance(value, str | bytes):
        text = value.item() if isinstance(value, np.generic) else value
        return ValueError(f"could not convert string to float: {text!r}; {where} must be a number")
    kind = ValueError if isinstance(error, ValueError) else TypeError
    return kind(f"{where} must be a real number: {error}")
