"""Arrays and tables of other libraries as NumPy's, without importing any of them unasked.

Tensors come by DLPack, tables that NumPy cannot read by Arrow's C stream, all else as NumPy has it.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

# DLPack's numbers of devices whose memory the CPU reads: its own, and what CUDA and ROCm pin there.
_READABLE = (1, 3, 11)


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Returns `values` as an array of NumPy; without a copy where they lie in the CPU's memory.

    `name` is the argument's name in messages. Raises TypeError for a tensor on another device or
    that requires grad, and for a stream that can be read once.
    """
    if isinstance(values, np.ndarray | list | tuple):
        return np.asarray(values)
    if hasattr(values, "__dlpack__") and hasattr(values, "__dlpack_device__"):
        return _from_dlpack(values, name)
    if hasattr(values, "__arrow_c_stream__") and not hasattr(values, "__array__"):
        return _from_arrow(values, name)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(values, pandas.DataFrame):
        return _from_pandas(values)
    return np.asarray(values)


def arrow_names(values: Any) -> list[str]:
    """Returns the names of the columns of a table that has an Arrow C stream."""
    names: list[str] = list(_pyarrow("X").table(values).column_names)
    return names


def _from_dlpack(values: Any, name: str) -> NDArray[Any]:
    if getattr(values, "requires_grad", False):
        raise TypeError(
            f"{name} is a tensor that requires grad, but nothing here has gradients: pass "
            f"{name}.detach()"
        )
    try:
        device = values.__dlpack_device__()[0]
    except (BufferError, RuntimeError, TypeError, ValueError) as error:  # torch's meta, or shards
        return _without_dlpack(values, name, error)
    if device not in _READABLE:
        where = getattr(values, "device", f"DLPack's number {int(device)}")
        raise TypeError(
            f"{name} is on the device {where}, but must be in the memory of the CPU: copy it there "
            f"first, for example with {name}.cpu()"
        )
    try:
        return np.from_dlpack(values)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        if str(getattr(values, "dtype", "")) == "torch.bfloat16":  # NumPy has none
            return np.from_dlpack(values.double())
        return _without_dlpack(values, name, error)


def _without_dlpack(values: Any, name: str, reason: Exception) -> NDArray[Any]:
    """Returns what is exported in another way: say, an Arrow array with nulls."""
    try:
        array = np.asarray(values)
    except (BufferError, RuntimeError, TypeError, ValueError):
        array = None
    if array is None or (array.dtype.kind == "O" and array.ndim == 0):
        kind = type(values).__name__
        raise TypeError(f"{name} is a {kind} that NumPy cannot read: {reason}") from reason
    return array


def _from_pandas(frame: Any) -> NDArray[Any]:
    """Returns a frame's numbers; of nullable and Arrow types too, which NumPy takes for objects."""
    types = [getattr(dtype, "numpy_dtype", dtype) for dtype in frame.dtypes]
    plain = all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
    if plain or not all(isinstance(t, np.dtype) and t.kind in "biuf" for t in types):
        return np.asarray(frame)
    dtype = np.float32 if {*types} == {np.dtype(np.float32)} else np.float64
    array: NDArray[Any] = frame.to_numpy(dtype=dtype, na_value=np.nan)
    return array


def _from_arrow(values: Any, name: str) -> NDArray[Any]:
    if hasattr(values, "read_next_batch") or hasattr(values, "__next__"):
        raise TypeError(
            f"{name} is a stream that can be read once, but must be a table: read it into one "
            "first, or pass it to fit_batches"
        )
    return np.asarray(_pyarrow(name).table(values))


def _pyarrow(name: str) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise ImportError(
            f"{name} is a table of Arrow, which is read with pyarrow: pip install 'gaussmix[arrow]'"
        ) from None
    return pyarrow
