"""fit of DATA that is read again and again: a .npy or Parquet file too large for memory."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaussmix._batches.arrow import ArrowBatches
from gaussmix._batches.npy import NpyBatches
from gaussmix._batches.sources import Source, kind_of_file
from gaussmix._fit_history import FitSummary
from gaussmix._memory import available_memory
from gaussmix._types import Floats
from gaussmix.cli import parquet
from gaussmix.cli.column import default_names, positions_of
from gaussmix.cli.messages import ProgressLine, listed, say, shown
from gaussmix.cli.table import Selection
from gaussmix.mixture import GaussianMixture

_SHARE_OF_MEMORY = 0.5
_UNPACKED = {"npy": 1, "Parquet": 4}
"""How many times its size a file takes in memory, about."""


def is_streamed(options: argparse.Namespace) -> bool:
    """Whether DATA is to be read again and again; raises ValueError where it cannot."""
    kind = _kind(options.data)
    if kind is None:
        is_there = options.data == "-" or os.path.exists(options.data)
        if options.stream and is_there:
            raise ValueError("--stream needs a .npy or a Parquet file")
        return False  # what is not there, reading tells of
    if options.stream:
        return True
    memory = available_memory()
    in_memory = os.path.getsize(options.data) * _UNPACKED[kind]
    if memory is None or in_memory <= _SHARE_OF_MEMORY * memory:
        return False
    say(f"{options.data} is large beside the memory: it is read in each iteration (--stream)")
    return True


@dataclass
class StreamedRows:
    """The rows of DATA, of the columns in use."""

    source: Source
    names: list[str] | None
    columns: list[int]
    drop_missing: bool

    def batches(self) -> Iterator[tuple[Selection, NDArray[np.bool_] | None]]:
        """Yields the rows of each batch, and which of them count; None: all."""
        for batch in self.source.batches():
            every = list(range(batch.shape[1]))
            rows = batch if self.columns == every else batch[:, self.columns]
            counts = self._counts(rows)
            there = np.ones(len(rows), bool) if counts is None else counts
            yield Selection(np.ascontiguousarray(rows), self.names, there, []), counts

    def _counts(self, rows: Floats) -> NDArray[np.bool_] | None:
        if not self.drop_missing:
            return None
        is_number: NDArray[np.bool_] = np.logical_not(np.isnan(rows))
        complete = np.all(is_number, axis=1)
        return None if complete.all() else complete


def streamed_rows(options: argparse.Namespace) -> StreamedRows:
    """Finds the columns of DATA that are in use, and tells of the others. Raises ValueError."""
    if _kind(options.data) == "npy":
        source = NpyBatches.of_file(options.data, None, one_column=True)
        every = default_names(source.shape[1])
        wanted = options.columns or every
        columns = positions_of(wanted, every)
        return StreamedRows(source, options.columns, columns, options.drop_missing)
    schema = parquet.schema(options.data)
    numeric = [field.name for field in schema if parquet.is_numeric(field.type)]
    if options.columns is not None:
        positions_of(options.columns, list(schema.names))
        if others := [shown(name) for name in options.columns if name not in numeric]:
            raise ValueError(f"columns that are not numeric: {listed(others)}")
    elif len(numeric) < len(schema.names):
        others = [shown(name) for name in schema.names if name not in numeric]
        say(f"columns left out: {listed(f'{name} (not numeric)' for name in others)}")
    names = options.columns or numeric
    if not names:
        raise ValueError("no column is numeric")
    of_file = ArrowBatches.of_files([options.data], None, names)
    return StreamedRows(of_file, names, list(range(len(names))), options.drop_missing)


def fit_stream(rows: StreamedRows, model: GaussianMixture) -> tuple[GaussianMixture, FitSummary]:
    """Returns the fitted model, and how well it fits; shows how it goes on."""
    if _shows_bar():
        model.set_params(progress=True).fit_batches(rows.batches)
        model.set_params(progress=False)
    else:
        with ProgressLine() as line:
            model.set_params(callback=line).fit_batches(rows.batches)
    return model.set_params(callback=None), _summary(rows, model)


def _summary(rows: StreamedRows, model: GaussianMixture) -> FitSummary:
    n_rows = n_read = 0
    log_likelihood = 0.0
    for batch, counts in rows.batches():
        n_read += len(batch.values)
        there = batch.values if counts is None else batch.values[counts]
        if len(there):
            n_rows += len(there)
            selected = Selection(there, batch.columns, np.ones(len(there), bool), [])
            log_likelihood += model.score(selected) * len(there)
    if n_rows < n_read:
        say(f"rows left out for a missing value: {n_read - n_rows} of {n_read}")
    return FitSummary(n_rows, log_likelihood)


def _kind(path: str) -> str | None:
    return kind_of_file(path) if os.path.isfile(path) else None


def _shows_bar() -> bool:
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    return on_terminal and importlib.util.find_spec("tqdm") is not None
