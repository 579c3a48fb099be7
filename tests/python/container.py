"""Model files taken apart and put together without gaussmix, in the way of docs/model-file.md."""

import json
from typing import Any, NamedTuple

import numpy as np
import xxhash

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "U8": np.dtype("u1")}
MARK = b'"checksum":"xxh64:'


class Container(NamedTuple):
    """A header and a buffer; `header["__metadata__"]` holds texts."""

    header: dict[str, Any]
    buffer: bytes

    @property
    def metadata(self) -> dict[str, str]:
        return self.header["__metadata__"]

    def tensor(self, name: str) -> np.ndarray:
        """The tensor; an array of the buffer's numbers that may be changed."""
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(self.buffer[begin:end], DTYPES[entry["dtype"]])
        return flat.reshape(entry["shape"]).copy()

    def with_tensor(self, name: str, array: np.ndarray) -> "Container":
        """The same with other numbers in the place of those of a tensor."""
        begin, end = self.header[name]["data_offsets"]
        data = array.astype(DTYPES[self.header[name]["dtype"]]).tobytes()
        assert len(data) == end - begin
        return Container(self.header, self.buffer[:begin] + data + self.buffer[end:])

    def with_metadata(self, **texts: str | None) -> "Container":
        """The same with other texts; None removes one."""
        merged = self.metadata | texts
        kept = {key: text for key, text in merged.items() if text is not None}
        return Container(self.header | {"__metadata__": kept}, self.buffer)


def take_apart(content: bytes) -> Container:
    length = int.from_bytes(content[:8], "little")
    return Container(json.loads(content[8 : 8 + length]), content[8 + length :])


def put_together(container: Container) -> bytes:
    header = json.dumps(container.header, separators=(",", ":"), ensure_ascii=False)
    return with_header(header.encode("utf-8", "surrogatepass"), container.buffer)


def with_header(header: bytes, buffer: bytes) -> bytes:
    """A file with this header and a right checksum, if the header has a place for one."""
    return with_checksum(len(header).to_bytes(8, "little") + header + buffer)


def with_checksum(content: bytes) -> bytes:
    """The file with the right digits in its checksum."""
    begin = content.find(MARK) + len(MARK)
    if begin < len(MARK):
        return content
    blank = content[:begin] + b"0" * 16 + content[begin + 16 :]
    digits = xxhash.xxh64(blank).hexdigest().encode()
    return content[:begin] + digits + content[begin + 16 :]
