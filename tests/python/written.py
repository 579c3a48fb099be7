"""Tables that tests write to a file, and read from there."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from gaussmix.cli import table


class Reader:
    """Reads tables that are written to a file first."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "data"

    def __call__(self, content: str | bytes, **options: Any) -> table.Table:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return table.read(str(self.path), **options)

    def array(self, array: np.ndarray) -> table.Table:
        file = io.BytesIO()
        np.save(file, array)
        return self(file.getvalue())
