"""Batches of rows of a .npy file, or of what a memory map is of.

They are read into a few buffers that are used again and again. So the memory that a pass takes is
bounded, and no page of the file counts as memory of the process, as those of a map do.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches.prefetch import ITEMS_AT_ONCE
from gaussmix._types import FeatureNames, Floats

MAGIC = b"\x93NUMPY"
BATCH_BYTES = 32 * 2**20
"""A batch has so many bytes, where its size is not given."""

_COMPARED_BYTES = 4096


def rows_of_a_batch(n_features: int, item_size: int) -> int:
    """Returns how many rows a batch has, where its size is not given; at least 1."""
    return max(1, BATCH_BYTES // max(1, n_features * item_size))


@dataclass(frozen=True)
class NpyBatches:
    """The rows of a file in batches: float32 if they are that, in any byte order, or else float64.

    A batch is good until the third one after it is asked for.
    """

    path: str
    offset: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    is_fortran: bool
    batch_size: int
    is_own = True
    is_slow = True
    feature_names: FeatureNames | None = None

    @classmethod
    def of_file(cls, path: str, batch_size: int | None, *, one_column: bool = False) -> NpyBatches:
        """With `one_column`, an array of one dimension is a column.

        Raises OSError, or ValueError for what is no .npy file of rows of real numbers.
        """
        with open(path, "rb") as file:
            try:
                version = np.lib.format.read_magic(file)
                read_header = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }[version]
                shape, is_fortran, dtype = read_header(file)
            except Exception as error:  # of many kinds: numpy parses the header as Python source
                raise ValueError(f"{path} has no .npy header of version 1 or 2") from error
            offset = file.tell()
        if one_column and len(shape) == 1:
            shape = (*shape, 1)
        return cls._of(path, offset, shape, dtype, is_fortran, batch_size)

    @classmethod
    def of_map(cls, array: np.memmap[Any, Any], batch_size: int | None) -> NpyBatches | None:
        """Returns the batches of a memory map, or None where its file cannot be read instead."""
        root = array
        while isinstance(root.base, np.memmap):
            root = root.base
        is_contiguous = array.flags.c_contiguous or array.flags.f_contiguous
        if array.filename is None or array.mode == "c" or array.ndim != 2 or not is_contiguous:
            return None
        path = os.fspath(array.filename)
        offset = root.offset + _address(array) - _address(root)
        if not array.size or not _begins_with(path, offset, array):
            return None
        is_fortran = not array.flags.c_contiguous
        return cls._of(path, offset, array.shape, array.dtype, is_fortran, batch_size)

    @classmethod
    def _of(
        cls,
        path: str,
        offset: int,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        is_fortran: bool,
        batch_size: int | None,
    ) -> NpyBatches:
        if dtype.kind not in "biuf":
            raise ValueError(f"{path} holds {dtype}, not real numbers")
        if len(shape) != 2 or shape[1] == 0:
            raise ValueError(f"{path} has the shape {shape}, not (n_samples, n_features)")
        found, expected = os.path.getsize(path) - offset, math.prod(shape) * dtype.itemsize
        if found < expected:
            raise ValueError(
                f"{path} should hold {expected} bytes for the shape {shape} of {dtype}, but "
                f"{found} bytes follow its header"
            )
        size = rows_of_a_batch(shape[1], dtype.itemsize) if batch_size is None else batch_size
        return cls(path, offset, (shape[0], shape[1]), dtype, is_fortran, size)

    def batches(self) -> Iterator[Floats]:
        """Yields the batches, from the first on. Raises OSError, ValueError for a shorter file."""
        n, d = self.shape
        size = min(self.batch_size, n)
        buffers = [_Buffer(size, d, self.dtype, self.is_fortran) for _ in range(ITEMS_AT_ONCE)]
        with open(self.path, "rb", buffering=0) as file:
            for i, first in enumerate(range(0, n, self.batch_size)):
                count = min(size, n - first)
                raw = buffers[i % len(buffers)].raw(count)
                if self.is_fortran:
                    for column in range(d):
                        self._read(file, column * n + first, raw[column])
                else:
                    self._read(file, first * d, raw)
                yield buffers[i % len(buffers)].rows(count)

    def _read(self, file: BinaryIO, item: int, out: NDArray[Any]) -> None:
        """Fills a contiguous array with the items of the file from number `item` on."""
        file.seek(self.offset + item * self.dtype.itemsize)
        view = out.reshape(-1).data  # of bytes
        done = 0
        while done < len(view):
            n_read = file.readinto(view[done:])  # type: ignore[attr-defined]
            if not n_read:
                raise ValueError(f"{self.path} has become shorter while it was read")
            done += n_read


class _Buffer:
    """Memory of a batch: as the file has it and, if that differs, as the core reads it."""

    def __init__(self, size: int, d: int, dtype: np.dtype[Any], is_fortran: bool) -> None:
        native = dtype.newbyteorder("=")
        self._d, self._dtype, self._is_fortran = d, dtype, is_fortran
        self._bytes = np.empty(size * d * dtype.itemsize, np.uint8)
        is_float = native in (np.float32, np.float64)
        self._floats: Floats | None = None
        if is_fortran or not is_float or dtype != native:
            self._floats = np.empty((size, d), native if is_float else np.float64)

    def raw(self, count: int) -> NDArray[Any]:
        """Returns where to read `count` rows to, a column a row if the file is in Fortran order.

        Its items are unsigned bytes, of which the last axis has those of one item.
        """
        shape = (self._d, count) if self._is_fortran else (count, self._d)
        size = self._dtype.itemsize
        return self._bytes[: math.prod(shape) * size].reshape(*shape, size)

    def rows(self, count: int) -> Floats:
        """Returns the rows that were read there."""
        values = self.raw(count).reshape(-1).view(self._dtype)
        table = values.reshape(self._d, count).T if self._is_fortran else values.reshape(count, -1)
        if self._floats is None:
            return table
        np.copyto(self._floats[:count], table)
        return self._floats[:count]


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _begins_with(path: str, offset: int, array: NDArray[Any]) -> bool:
    """Whether the file at `path` has there what the array begins and ends with.

    The file that is mapped may have been removed, and another one be in its place.
    """
    flat = array.reshape(-1, order="A")
    items = max(1, _COMPARED_BYTES // array.itemsize)
    try:
        with open(path, "rb") as file:
            for first in (0, max(0, flat.size - items)):
                expected = flat[first : first + items].tobytes()
                file.seek(offset + first * array.itemsize)
                if file.read(len(expected)) != expected:
                    return False
    except OSError:
        return False
    return True
