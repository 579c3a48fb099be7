"""The lines of a text file, and what stands above its table."""

import codecs
import io
import re
from collections.abc import Iterator
from itertools import islice

_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class Lines:
    """The lines of a table, as often as they are iterated.

    Attributes:
        n_above: how many lines stand above the table: `sep=;`, comments (#) and blank ones.
        separator: the delimiter that a line `sep=;` names, or "".
        comment: the last of the comments, which may hold names, without its mark; or "".
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._encoding = data, _encoding(data)
        self.n_above: int = 0
        self.separator: str = ""
        self.comment: str = ""
        for number, line in enumerate(self._all()):
            if line[0] == "#":
                self.comment = line.lstrip("#").removeprefix(" ")
            elif number == 0 and (sep_line := _SEP_LINE.fullmatch(line)):
                self.separator = sep_line[1]
            elif line.strip():
                self.n_above = number
                break
        else:  # where all lines begin with #, they are no comments but, say, colours
            self.comment = ""

    def __iter__(self) -> Iterator[str]:
        return islice(self._all(), self.n_above, None)

    def _all(self) -> Iterator[str]:
        return io.TextIOWrapper(io.BytesIO(self._data), self._encoding, newline="")


def _encoding(data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding, name = ("utf-16", "UTF-16") if utf16 else ("utf-8-sig", "UTF-8")
    try:
        is_binary = (b"\0" in data and not utf16) or "\0" in data.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(f"{data[: error.start].decode(encoding)}x".encode().splitlines())
        raise ValueError(f"line {line}: it is not {name} text; save it as UTF-8") from error
    if is_binary:
        raise ValueError("it is binary, neither CSV nor .npy")
    return encoding
