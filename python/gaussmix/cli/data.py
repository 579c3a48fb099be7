"""DATA as a command reads it, and what it tells of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from gaussmix.cli import table
from gaussmix.cli.messages import listed, say


def read(options: argparse.Namespace, text_of: str | None = None) -> table.Table:
    """Reads DATA, of which the column `text_of` keeps its text, and tells of a missing header."""
    with about(options.data):
        decimal = {"point": ".", "comma": ","}[options.decimal]
        data = table.read(options.data, options.delimiter, options.header, decimal, text_of)
    if data.names is None and data.line_word == "line" and options.header is None:
        say("no header found in DATA: its columns are called x1, x2, ...")
    return data


@contextmanager
def about(path: str) -> Iterator[None]:
    """Begins the messages of errors with the file that they are about."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{'standard input' if path == '-' else path}: {error}") from error


def tell_of_rest(rows: table.Selection) -> None:
    """Tells which columns and how many rows were left out."""
    if rows.left_out:
        say(f"columns left out: {listed(rows.left_out)}")
    if n_dropped := np.count_nonzero(~rows.complete):
        say(f"rows left out for a missing value: {n_dropped} of {len(rows.complete)}")
