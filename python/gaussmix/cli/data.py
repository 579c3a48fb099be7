"""DATA as a command reads it, and what it tells of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from gaussmix.cli import table
from gaussmix.cli.messages import listed, say


def read(options: argparse.Namespace, text_of: str | None = None) -> table.Table:
    """Reads DATA, of which the column `text_of` keeps its text, and tells of a missing header."""
    with about(options.data):
        decimal = {"point": ".", "comma": ","}[options.decimal]
        data = table.read(options.data, options.delimiter, options.header, decimal, text_of)
    if data.names is None and data.may_have_header and options.header is None:
        say("no header found in DATA: its columns are called x1, x2, ...")
    return data


@contextmanager
def about(path: str) -> Iterator[None]:
    """Begins the messages of errors with the file that they are about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{'standard input' if path == '-' else path}: {error}") from error


def labelled_rows(
    options: argparse.Namespace, select: Callable[[table.Table], table.Selection]
) -> tuple[table.Selection, NDArray[np.str_]]:
    """Reads DATA: the numbers of the rows that are complete, and their classes.

    `select` takes the numbers of it.
    """
    data = read(options, text_of=options.label)
    with about(options.data):
        labels = data.labels(options.label, options.drop_missing)
        rows = select(data)
    known = labels != ""
    rows = table.Selection(
        rows.values[known[rows.complete]], rows.columns, rows.complete & known, rows.left_out
    )
    return rows, labels[rows.complete]


def tell_of_rest(rows: table.Selection) -> None:
    """Tells which columns and how many rows were left out."""
    if rows.left_out:
        say(f"columns left out: {listed(rows.left_out)}")
    if n_dropped := np.count_nonzero(~rows.complete):
        say(f"rows left out for a missing value: {n_dropped} of {len(rows.complete)}")
