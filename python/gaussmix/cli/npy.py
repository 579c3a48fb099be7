"""Read the bytes of a .npy file without trusting them."""

import io
import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix.cli.column import Column, TextColumn, default_names

MAGIC = b"\x93NUMPY"
_HEADER_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def parse(data: bytes, text_of: str | None = None) -> list[Column]:
    """Returns the columns of a .npy file, of float32 if it is, else of float64.

    The one whose name is `text_of`, x1, x2, ..., is a TextColumn.

    Raises:
        ValueError: `data` is not a .npy file of version 1 or 2, its length is not what its header
            says, or it holds something else than rows and columns of real numbers.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = _load(data)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"the array holds {array.dtype}, not real numbers")
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2 or array.shape[1] == 0:
        raise ValueError(f"the array has shape {array.shape}, not (rows, columns)")
    single = array.dtype.newbyteorder("=") == np.float32
    names = default_names(array.shape[1])
    columns = [TextColumn() if name == text_of else Column() for name in names]
    for column, numbers in zip(columns, array.T, strict=True):
        column.add_array(numbers.astype(np.float32 if single else np.float64))
    return columns


def _load(data: bytes) -> NDArray[Any]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        shape, _, dtype = _HEADER_READERS[version](stream)
    except KeyError:
        raise ValueError(f"its .npy format version {version} is not 1.0 or 2.0") from None
    except Exception as error:  # of many kinds: numpy parses the header as Python source
        raise ValueError("its .npy header is malformed") from error
    if dtype.hasobject:
        raise ValueError("it holds Python objects, not numbers")
    size, expected = len(data) - stream.tell(), math.prod(shape) * dtype.itemsize
    if size != expected:  # np.load would allocate what the header claims before it reads
        raise ValueError(
            f"shape {shape} of {dtype} needs {expected} bytes, but {size} bytes follow its header"
        )
    stream.seek(0)
    try:
        array: NDArray[Any] = np.load(stream, allow_pickle=False)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"shape {shape} of {dtype} is not possible") from error
    return array
