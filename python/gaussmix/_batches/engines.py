"""E-steps over batches: of one after another, as they are read or as they are kept."""

from __future__ import annotations

from collections.abc import Sequence

from gaussmix import _core
from gaussmix._batches.reader import Batch, Read
from gaussmix._batches.survey import is_same_weight
from gaussmix._batches.tree_sum import TreeSum
from gaussmix._core import Mixture, Statistics


class Rereading:
    """Reads the batches for each E-step."""

    def __init__(self, read: Read, n_rows: int, weight: float, n_threads: int) -> None:
        """`n_rows` is how many there were the first time, and `weight` the sum of their weights."""
        self._read, self._n_rows, self._weight = read, n_rows, weight
        self._n_threads = n_threads

    def expect(self, mixture: Mixture) -> Statistics:
        """As `Engine` says. Raises ValueError where the batches are not those of the first pass."""
        all_rows: TreeSum[Statistics] = TreeSum()
        n_rows = 0
        with self._read() as batches:
            for batch in batches:
                n_rows += len(batch.rows)
                statistics = _core.expect(
                    batch.rows,
                    mixture,
                    sample_weight=batch.weights,
                    known_labels=batch.labels,
                    n_threads=self._n_threads,
                )
                all_rows.add(batch.number, statistics)
        total = all_rows.total()
        if total is None or n_rows != self._n_rows:
            raise ValueError(
                "batches must give the same rows each time that they are read, but gave "
                f"{self._n_rows} row(s) the first time, and {n_rows} later"
            )
        if not is_same_weight(total.row_weight, self._weight):
            raise ValueError(
                "batches must give the same weights each time that they are read, but their sum "
                f"was {self._weight:g} the first time, and {total.row_weight:g} later"
            )
        return total


class Keeping:
    """Has all batches in memory, and remembers of each which components are far away."""

    def __init__(self, batches: Sequence[Batch], mixture: Mixture, n_threads: int) -> None:
        self._numbers = [batch.number for batch in batches]
        self._batches = [
            _core.KeptRows(
                batch.rows,
                mixture,
                sample_weight=batch.weights,
                known_labels=batch.labels,
                n_threads=n_threads,
            )
            for batch in batches
        ]

    def expect(self, mixture: Mixture) -> Statistics:
        """As `Engine` says."""
        all_rows: TreeSum[Statistics] = TreeSum()
        for number, batch in zip(self._numbers, self._batches, strict=True):
            all_rows.add(number, batch.expect(mixture))
        total = all_rows.total()
        assert total is not None
        return total
