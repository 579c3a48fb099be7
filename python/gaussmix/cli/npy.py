"""Read the bytes of a .npy file without trusting them."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"


def parse(data: bytes) -> NDArray[Any]:
    """Returns the array that `data`, the bytes of a .npy file, holds.

    The array is a read-only view of `data`: whatever shape a header claims, nothing of that size
    is allocated.

    Raises:
        ValueError: `data` is not a .npy file of version 1 or 2, holds Python objects, or its
            length is not what its header says.
    """
    stream = io.BytesIO(data)
    shape, fortran_order, dtype = _read_header(stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, not numbers")
    start = stream.tell()
    size, expected = len(data) - start, math.prod(shape) * dtype.itemsize
    if size != expected:
        raise ValueError(
            f"shape {shape} of {dtype} needs {expected} bytes, but {size} bytes follow its header"
        )
    try:
        flat = np.frombuffer(data, dtype, offset=start) if size else np.empty(0, dtype)
        return flat.reshape(shape, order="F" if fortran_order else "C")
    except (ValueError, OverflowError) as error:
        raise ValueError(f"shape {shape} of {dtype} is not possible") from error


def _read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    # numpy parses the header as Python source and lets errors of many kinds through: tokenizer,
    # recursion, memory, type.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(stream)
            if version == (1, 0):
                return np.lib.format.read_array_header_1_0(stream)
            if version == (2, 0):
                return np.lib.format.read_array_header_2_0(stream)
    except Exception as error:
        raise ValueError("its .npy header is malformed") from error
    raise ValueError(f"its .npy format version {version} is not 1.0 or 2.0")
