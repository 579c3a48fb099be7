"""One column of DATA: its numbers, and the cells that are none."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix.cli.messages import listed, shown
from gaussmix.cli.notation import notation

# A column with so many different texts that are no numbers is not looked at for numbers further.
_MAX_TEXTS = 1000
MISSING_MARKERS = frozenset({"", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "?", ".", "-"})


class Cell(NamedTuple):
    """A cell as it was written, and the line (of a .npy array: the row) it is in, from 1."""

    line: int
    text: str


@lru_cache(maxsize=4096)
def read_cell(cell: str, decimal: str = ".", known_notations: bool = True) -> tuple[float, str]:
    """Returns a cell's number, or nan, and its kind.

    Kinds are "number", "infinite", "missing", "text", and what `notation` names if that is wanted.
    """
    text = cell.strip()
    if text.lower() in MISSING_MARKERS:
        return np.nan, "missing"
    try:
        number = float(_to_python(text, decimal))
    except ValueError:
        return np.nan, (known_notations and notation(text, decimal)) or "text"
    return number, "number" if isfinite(number) else "infinite"


def _to_python(text: str, decimal: str) -> str:
    # float() also takes 1_000 and the digits of other scripts.
    if not text.isascii() or "_" in text or (decimal == "," and "." in text):
        raise ValueError
    return text.replace(decimal, ".")


class Column:
    """A column that grows by batches of cells.

    Attributes:
        counts: how many cells there are of each kind but "number".
        first: the first cell of each of these kinds.
    """

    def __init__(self, decimal: str = ".") -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, Cell] = {}
        self._decimal = decimal
        self._texts: set[str] = set()
        self._batches: list[NDArray[np.floating[Any]]] = []

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Appends a batch of cells, which stand in these lines."""
        try:
            plain = _to_python("\0".join(cells), self._decimal)
            parts = cells if self._decimal == "." else plain.split("\0")
            numbers = np.array(list(map(float, parts)))
        except ValueError:
            numbers = np.array([np.nan])
        if not np.isfinite(numbers).all():
            numbers = np.array([self._read(cell) for cell in map(Cell, lines, cells)])
        self._batches.append(numbers)

    def add_array(self, numbers: NDArray[np.floating[Any]]) -> None:
        """Appends numbers, which stand in rows from 1 on; nan is a missing value."""
        self._batches.append(numbers)
        for row in np.flatnonzero(~np.isfinite(numbers)).tolist():
            self._read(Cell(row + 1, str(numbers[row])))

    def _read(self, cell: Cell) -> float:
        looks = len(self._texts) < _MAX_TEXTS
        number, kind = read_cell(cell.text, self._decimal, looks)
        if kind != "number":
            self.counts[kind] += 1
            self.first.setdefault(kind, cell)
        if looks and kind == "text":
            self._texts.add(cell.text)
        return number

    @cached_property
    def numbers(self) -> NDArray[np.floating[Any]]:
        """(n_rows,), nan where a cell is missing or is text."""
        return np.concatenate(self._batches) if self._batches else np.empty(0)

    @property
    def n_present(self) -> int:
        return len(self.numbers) - self.counts["missing"]

    @property
    def n_numbers(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.numbers)))

    @property
    def is_whole(self) -> bool:
        """Whether all are whole numbers, and no two the same."""
        whole = np.array_equal(self.numbers, np.floor(self.numbers))
        return whole and len(set(self.numbers.tolist())) == len(self.numbers)

    @property
    def notations(self) -> set[str]:
        """The kinds that are other notations of numbers; a doubtful one if it has no rival."""
        kinds = self.counts.keys() - {"missing", "infinite", "text"}
        doubtful = {kind for kind in kinds if kind.startswith("the ")}
        return kinds if len(doubtful) == 1 else kinds - doubtful

    @property
    def is_numeric(self) -> bool:
        """Whether at least half of the cells that are not missing are numbers in any notation."""
        n_numbers = self.n_numbers + sum(self.counts[kind] for kind in self.notations)
        return 2 * n_numbers >= self.n_present > 0

    @property
    def faults(self) -> list[tuple[int, Cell, str]]:
        """Of each kind but "number" its rank, the worst is 0, its first cell, and the kind.

        Where there are numbers in another notation, other text is not named.
        """
        ranks = dict.fromkeys(self.notations or self.first, 0) | {"infinite": 1, "missing": 2}
        return [(ranks[kind], cell, kind) for kind, cell in self.first.items() if kind in ranks]


def positions_of(wanted: Sequence[str], names: Sequence[str]) -> list[int]:
    """Returns where the wanted columns are. Raises ValueError for one not there, or twice."""
    positions = {name: i for i, name in enumerate(names)}
    if unknown := [shown(name) for name in wanted if name not in positions]:
        raise ValueError(
            f"no column is named {listed(unknown)}; there "
            f"{'is' if len(names) == 1 else 'are'} {listed(map(shown, names))}"
        )
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"a column is wanted twice: {listed(map(shown, wanted))}")
    return [positions[name] for name in wanted]


def default_names(n_columns: int) -> list[str]:
    """Returns the names of columns that have none: x1, x2, ..."""
    return [f"x{i + 1}" for i in range(n_columns)]


class TextColumn(Column):
    """A column that also keeps its cells as they were written, but for blanks around them."""

    def __init__(self, decimal: str = ".") -> None:
        super().__init__(decimal)
        self.cells: list[Cell] = []

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        super().add(cells, lines)
        self.cells += [Cell(line, cell.strip()) for line, cell in zip(lines, cells, strict=True)]

    def add_array(self, numbers: NDArray[np.floating[Any]]) -> None:
        super().add_array(numbers)
        self.cells += [Cell(i + 1, f"{number:.15g}") for i, number in enumerate(numbers.tolist())]
