"""Checkpoints: files that hold how far a fit has come, so that another process can go on.

A file is, with lengths as unsigned 64-bit numbers and the checksum as one of 32 bits, all
little-endian:

    MAGIC
    length of the header, header: a JSON object in UTF-8
    number of mixtures, and for each: length of a model file, model file (docs/model-file.md)
    CRC-32 of all bytes before

What the header says is for whoever writes and reads it. Mixtures come back with the same bits.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from gaussmix import _core, _json_text
from gaussmix._atomic_file import replace_file
from gaussmix._core import Mixture

PathLike: TypeAlias = str | os.PathLike[str]

MAGIC = b"gaussmix checkpoint 1\n"

_LENGTH, _CHECKSUM = struct.Struct("<Q"), struct.Struct("<I")


def write(path: PathLike, header: Mapping[str, Any], mixtures: Sequence[Mixture]) -> None:
    """Writes a checkpoint, whole or not at all. Raises OSError.

    The header is of plain values, as JSON has them; infinities become strings.
    """
    parts = [MAGIC, *_with_length(_json_text.dumps(header).encode()), _LENGTH.pack(len(mixtures))]
    for mixture in mixtures:
        parts += _with_length(_core.model_bytes(mixture, "", "", ""))
    content = b"".join(parts)
    with replace_file(path) as file:
        file.write(content)
        file.write(_CHECKSUM.pack(zlib.crc32(content)))


def read(path: PathLike) -> tuple[dict[str, Any], list[Mixture]]:
    """Returns the header and the mixtures of a checkpoint.

    Raises OSError if it cannot be read, ValueError for what is none, or is damaged.
    """
    data = Path(path).read_bytes()
    try:
        return _content(data)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)} is not a sound checkpoint: {error}") from error


def _with_length(content: bytes) -> tuple[bytes, bytes]:
    return _LENGTH.pack(len(content)), content


def _content(data: bytes) -> tuple[dict[str, Any], list[Mixture]]:
    if not data.startswith(MAGIC):
        raise ValueError("it does not begin like one of this version of gaussmix")
    end = len(data) - _CHECKSUM.size
    if data[end:] != _CHECKSUM.pack(zlib.crc32(data[:end])):
        raise ValueError("its checksum is wrong")
    left = memoryview(data)[len(MAGIC) : end]
    header, left = _cut_off(left)
    count, left = _number(left)
    mixtures = []
    for _ in range(count):
        content, left = _cut_off(left)
        mixtures.append(_core.load_bytes(content).mixture)
    return _json_text.loads_object(header.decode(), "its header"), mixtures


def _number(data: memoryview) -> tuple[int, memoryview]:
    if len(data) < _LENGTH.size:
        raise ValueError("it is too short")
    return _LENGTH.unpack_from(data)[0], data[_LENGTH.size :]


def _cut_off(data: memoryview) -> tuple[bytes, memoryview]:
    size, rest = _number(data)
    if len(rest) < size:
        raise ValueError("it is too short")
    return bytes(rest[:size]), rest[size:]
